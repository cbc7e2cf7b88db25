"""`nurture chaos`: real processes, killed and lied to, and a checker that compares the ledger with what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nurture.chaos.report import Report
    from nurture.chaos.suite import Wish

Sequence = Annotated[str, typer.Argument(help="Your own sequence; without it, the whole matrix on built-in ones.")]
Leads = Annotated[int, typer.Option(min=0, help="People in each cell; 0 takes the cell's own number.")]
Subset = Annotated[str, typer.Option(help="full, or ci: the starred cells, in a few minutes.")]
Cells = Annotated[str, typer.Option("--cell", help="Single cells, such as A3,A4 or A2/rcpt.")]
Database = Annotated[str, typer.Option(help="sqlite, or postgres: a server of its own, which must be installed.")]
Seed = Annotated[int, typer.Option(help="Decides what is left to chance.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


def command(
    sequence: Sequence = "",
    leads: Leads = 0,
    subset: Subset = "full",
    cell: Cells = "",
    database: Database = "sqlite",
    seed: Seed = 7,
    json: Json = False,
) -> None:
    """Kill workers, make relays lie, race stops against sends, and count what was lost, sent twice or sent after a no.

    Runs Temporal, two workers, the web app, a mail relay and a Twilio stand-in on this machine; nothing leaves it.
    Exits 0 only if every cell passed. A build without its ledger is run as well, and must show duplicates.

    Example: `nurture chaos --cell A3,A4` or `nurture chaos trial-nurture --leads 20`
    """
    from datetime import datetime

    from nurture.chaos.suite import CI, FULL, POSTGRES, SQLITE, Wish, chosen
    from nurture.domain.errors import Invalid
    from nurture.local.root import project_root

    if subset not in (CI, FULL):
        raise typer.BadParameter(f'There is no subset "{subset}": use {CI} or {FULL}')
    if database not in (SQLITE, POSTGRES):
        raise typer.BadParameter(f'There is no database "{database}": use {SQLITE} or {POSTGRES}')
    root = project_root()
    if sequence and not (root / "sequences" / f"{sequence}.yaml").exists():
        raise typer.BadParameter(f'There is no sequence "{sequence}" in {root / "sequences"}')
    folder = root / "var" / f"chaos-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    ids = tuple(id_.strip() for id_ in cell.split(",") if id_.strip())
    wish = Wish(folder, subset, ids, seed, sequence, root, leads, database)
    try:
        chosen(wish)
    except Invalid as unknown:
        raise typer.BadParameter(str(unknown)) from unknown
    report = _run(wish, as_json=json)
    raise typer.Exit(0 if report.passed else 1)


def _run(wish: Wish, *, as_json: bool) -> Report:
    """Run the suite on this terminal, progress on stderr, and return what was found."""
    import asyncio
    import json
    import logging
    import signal
    import sys

    from rich.console import Console

    from nurture.chaos.report import line, show
    from nurture.chaos.suite import run_suite

    wish.folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=wish.folder / "chaos.log", level=logging.WARNING, force=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    progress = Console(stderr=True, highlight=False)

    def say(words: str) -> None:
        progress.print(words, markup=False, soft_wrap=True)

    report = asyncio.run(run_suite(wish, say, lambda finding: say(line(finding))))
    page = report.keep(wish.folder)
    show(report, Console(stderr=as_json, width=None if sys.stdout.isatty() else 150))
    say(f"The report is in {page}")
    if as_json:
        print(json.dumps(report.document()), flush=True)
    return report
