"""E4: our database comes back as it was a while ago, while Temporal and the world have gone on."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from nurture.chaos.cell import Case, Cell
from nurture.chaos.commands import nurture
from nurture.chaos.doors import Doors, stop_by_mail
from nurture.chaos.ground import Ground
from nurture.chaos.letters import first_mails
from nurture.chaos.quiet import until

LOOKED_FOR = 10.0
"""Seconds in which nothing may leave after the start on an old database."""
STOPS = 4
SLOWER = 24.0
"""Seconds of a day: people must be under way when the backup takes its place."""


async def restored(ground: Ground, case: Case) -> None:
    """E4: a backup takes the database's place after people stopped and got mails; an operator reconciles it."""
    await ground.enrol(case.crowd, case.cell.sequence)

    await first_mails(ground, case, case.crowd.addresses, 120.0)
    live, backup = ground.folder / "nurture.db", ground.folder / "backup.db"
    await asyncio.to_thread(_copy, live, backup)
    letters = [mail for mail in ground.mail.kept if mail.to in case.crowd.addresses]
    async with Doors(ground) as doors:
        for letter in letters[:STOPS]:
            await stop_by_mail(doors, case, letter)

    async def second_mails() -> bool:
        return sum(mail.to in case.crowd.addresses for mail in ground.mail.kept) > len(letters) * 4 / 3

    case.demand(await until(second_mails, 60.0), "the second mails did not arrive")
    await _put_back(ground, live, backup)
    before = len(ground.mail.kept)
    await asyncio.sleep(LOOKED_FOR)
    left = len(ground.mail.kept) - before
    case.seen["mails in the first ten seconds"] = left
    case.demand(not left, f"{left} mails left on a database that is older than what was sent")
    await _reconcile(ground, case)


async def _reconcile(ground: Ground, case: Case) -> None:
    """Run the command as an operator would; the checker looks at what leaves afterwards."""
    dry = await nurture(ground, "reconcile", "--dry-run", "--json")
    said = await nurture(ground, "reconcile", "--by", "olga", "--json")
    case.demand(said.code == 0 and bool(said.document.get("accepted")), f"nurture reconcile: {said}")
    case.demand(dry.document.get("facts") == said.document.get("facts"), "the dry run counted other facts")
    case.seen |= {name: said.document.get(name) for name in ("facts", "facts_without_history")}
    case.seen["touches brought back"] = len(said.document.get("touches", {}))
    again = await nurture(ground, "reconcile", "--by", "olga", "--json")
    case.demand(again.document.get("older") is False, f"a second nurture reconcile: {again}")

    async def proven() -> None:
        audit = await nurture(ground, "audit", "--json")
        case.demand(audit.code == 0, f"nurture audit: {audit.document.get('findings')}")

    case.afterwards.append(proven)


async def _put_back(ground: Ground, live: Path, backup: Path) -> None:
    for part in ground.parts:
        part.child.send(signal.SIGKILL)
    for part in ground.parts:
        await part.child.ended()
    await asyncio.to_thread(_copy, backup, live)
    for part in ground.parts:
        await part.child.start()
    await ground.ready()


def _copy(source: Path, target: Path) -> None:
    """Copy a database over another, page by page, as `.backup` and `.restore` do."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)


def cells() -> Iterable[Cell]:
    """Return the cell; its ground is not fit for others afterwards."""
    criterion = "nothing is sent on an older database until it is reconciled; twice 0"
    yield Cell("E4", restored, criterion, "backup", leads=(12, 100), day=SLOWER, exact=False)
