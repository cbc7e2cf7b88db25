"""What the commands that read files share: where sequences/, policies/ and templates/ are, and a patient bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

Root = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The folder that holds sequences/, policies/ and templates/. Default: here."),
]
AT_ONCE = 2.0
"""Seconds of the wall clock a command may take before it shows how far it is."""


def root_for(asked: Path | None, paths: Sequence[Path] = ()) -> Path:
    """Return the root: the one asked for, else the one around the first path, else NURTURE_ROOT or this folder."""
    from nurture.settings import Settings
    from nurture.trying.workshop import root_of

    if asked is not None:
        return asked
    own = Settings().root
    if not paths or paths[0].resolve().is_relative_to(own.resolve()):
        return own
    return root_of(paths[0])


@contextmanager
def patient_bar(what: str) -> Iterator[Callable[[float], None]]:
    """Yield what to tell the share done (0 to 1); a bar appears on a terminal's stderr once it takes two seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=console)
    task, began = bar.add_task(what, total=1.0), time.monotonic()

    def tell(share: float) -> None:
        if sys.stderr.isatty() and time.monotonic() - began > AT_ONCE:
            bar.start()
        bar.update(task, completed=share)

    try:
        yield tell
    finally:
        bar.stop()
