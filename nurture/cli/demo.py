"""`nurture demo`: the whole product on this machine, with made-up people, for some weeks in some minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nurture.local.demo import Wish
    from nurture.local.outcome import Outcome

Leads = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Your own CSV file instead of the sample.")
]
Map = Annotated[
    Path | None, typer.Option("--map", exists=True, dir_okay=False, help="How its columns are read (YAML).")
]
Limit = Annotated[int, typer.Option(min=0, help="Take only so many leads; 0 takes all.")]
Days = Annotated[int, typer.Option(min=1, max=90, help="How many days of our time to live through.")]
Seed = Annotated[int, typer.Option(help="Decides what the made-up people do.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave everything up at the end, until Ctrl-C.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


def command(
    leads: Leads = None,
    leadmap: Map = None,
    limit: Limit = 0,
    days: Days = 30,
    seed: Seed = 7,
    keep: Keep = False,
    json: Json = False,
) -> None:
    """Import leads, nurture them for 30 days in a few minutes on real Temporal, and audit every promise.

    Needs no account and no network: mails and texts go to catchers, made-up prospects and reps answer through the real
    doors. Exits 0 only if nothing was lost, sent twice, sent after a no, outside its window or over a cap.
    """
    from datetime import datetime

    from nurture.local.demo import Wish
    from nurture.local.root import project_root

    root = project_root()
    folder = root / "var" / f"demo-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    is_kept = _run(Wish(root, folder, leads, leadmap, limit, days, seed, keep), as_json=json)
    raise typer.Exit(0 if is_kept else 1)


def _run(wish: Wish, *, as_json: bool) -> bool:
    """Run the demo on this terminal and return whether every promise was kept."""
    import asyncio
    import json
    import logging
    import signal
    import sys

    from nurture.local.demo import Show, demonstrate
    from nurture.local.screen import Screen

    wish.folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=wish.folder / "demo.log", level=logging.WARNING, force=True)
    ended: list[Outcome] = []

    def end(outcome: Outcome) -> None:
        screen.end(outcome)
        ended.append(outcome)
        if as_json:
            print(json.dumps(outcome.document()), flush=True)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's way to say Ctrl-C
    with Screen(plain=as_json or not sys.stderr.isatty()) as screen:
        try:
            asyncio.run(demonstrate(wish, Show(screen.say, screen.look, end)))
        except KeyboardInterrupt:
            if not ended:  # with --keep, Ctrl-C is how a demo is meant to end
                raise
    return ended[-1].broken.is_kept
