"""`nurture worker`: runs workflows and activities."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

Only = Annotated[
    list[str] | None,
    typer.Option(help="Work on this task queue only: nurture, email, sms, whatsapp or back-office. May be repeated."),
]


def command(only: Only = None) -> None:
    """Run workflows and activities, as NURTURE_* says, until Ctrl-C. More processes share the work."""
    chosen = [word for queue in only or () for word in ("--only", queue)]
    os.execv(sys.executable, [sys.executable, "-m", "worker", *chosen])
