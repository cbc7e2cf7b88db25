"""`nurture reconcile`: the way out when the store is older than what Temporal knows of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nurture.cli._desk import AsJson, at_home, reached, say_json, soon
from nurture.domain.store_mark import StoreMark, is_older, why_refused

if TYPE_CHECKING:
    from nurture.wiring import House

By = Annotated[str, typer.Option(metavar="NAME", help="Who says so, for the log.")]
Accept = Annotated[str, typer.Option(metavar="WHY", help="Go on with the store as it is, and why that is right.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what is missing, and change nothing.")]


def command(by: By = "", accept: Accept = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Let a store that came back from an older backup send again, when you know what became of the time between.

    Temporal remembers how far the store was. While the store is behind that, nothing leaves: what was sent since would
    go out again, and who said stop since would be written to. Facts are still taken in, and no journey is lost.

    With --accept you go on without what is missing: look first at what was sent and who said stop since the backup.

    Examples: `nurture reconcile --dry-run`,
    `nurture reconcile --by olga --accept "nothing was sent between backup and crash"`
    """
    document = asyncio.run(_reconcile(by.strip(), accept.strip(), dry_run))
    if as_json:
        say_json(document)
    else:
        print("\n".join(_lines(document)))


async def _reconcile(by: str, accept: str, dry_run: bool) -> dict[str, Any]:
    from nurture.domain.halts import STORE

    async with at_home() as house:
        house = await reached(house)
        kept = await soon(house.leads.store_mark.read())
        mark, _ = await house.store.marks.read()
        older = kept is not None and is_older(mark, kept)
        halted = any(each.key == STORE for each in await house.store.halts.current(house.clock.now()))
        document: dict[str, Any] = {"dry_run": dry_run, "older": older, "halted": halted, "accepted": False}
        if kept is not None and older:
            document["why"] = why_refused(mark, kept)
        if (older or halted) and not dry_run:
            _demand(by, accept)
            await _accept(house, kept or mark, by, accept)
            document["accepted"] = True
        return document


def _demand(by: str, accept: str) -> None:
    for said, option in ((by, "--by"), (accept, "--accept")):
        if not said:
            raise typer.BadParameter("say it in words", param_hint=option)


async def _accept(house: House, kept: StoreMark, by: str, why: str) -> None:
    """Make this store the one that counts, tell Temporal, and only then let go."""
    from activities.store_guard import UNTOLD
    from nurture.domain.halts import STORE

    now = house.clock.now()
    await house.store.marks.number_behind(kept.facts + UNTOLD)
    await soon(house.leads.store_mark.tell(await house.store.marks.accept(kept, now)))
    await house.store.halts.lift(STORE, why=why, by=by, now=now)


def _lines(document: dict[str, Any]) -> list[str]:
    if not document["older"] and not document["halted"]:
        return ["The store is as far as Temporal knows: there is nothing to reconcile."]
    lines = [f"Nothing is sent: {document['why']}."] if "why" in document else []
    if document["accepted"]:
        lines.append("This store counts from now on, and messages may leave again.")
    return lines or ["Nothing is missing, and the switch that stops everything can be lifted."]
