"""`nurture up`: the whole product on this machine in real time, without made-up people, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path | None, typer.Option(help="Where databases, journals and logs are kept; var/up if left out.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="The web app's port; 0 takes a free one.")]


def command(folder: Folder = None, web_port: Port = 0) -> None:
    """Start Temporal, the web app, the worker, a mail catcher and a Twilio stand-in; stop them all at Ctrl-C.

    No message leaves this machine. What was enrolled goes on where it was at the next start.
    """
    import asyncio
    import contextlib
    import logging
    import signal
    from functools import partial

    from nurture.local.root import project_root
    from nurture.local.up import stay_up

    root = project_root()
    place = folder or root / "var" / "up"
    place.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=place / "up.log", level=logging.WARNING, force=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's way to say Ctrl-C
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
        asyncio.run(stay_up(root, place, partial(print, flush=True), web_port))
