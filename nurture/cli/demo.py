"""`nurture demo`: the whole product on this machine, with made-up people, for some weeks in some minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    import asyncio
    import json as json_
    import logging
    import sys
    from datetime import datetime

    from nurture.local.demo import Show, Wish, demonstrate
    from nurture.local.root import project_root
    from nurture.local.screen import Screen

    root = project_root()
    folder = root / "var" / f"demo-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=folder / "demo.log", level=logging.WARNING, force=True)
    wish = Wish(root, folder, leads, leadmap, limit, days, seed, keep)
    with Screen(plain=json or not sys.stderr.isatty()) as screen:
        outcome = asyncio.run(demonstrate(wish, Show(screen.say, screen.look, screen.end)))
    if json:
        print(json_.dumps(outcome.document()))
    raise typer.Exit(0 if outcome.broken.is_kept else 1)
