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
Accept = Annotated[str, typer.Option(metavar="WHY", help="Bring nothing back, and why the store is right as it is.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what is missing and would come back; change nothing.")]


def command(by: By = "", accept: Accept = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Bring back what a store from an older backup has lost, as far as Temporal knows it, and let it send again.

    Temporal remembers how far the store was. While the store is behind that, nothing leaves: what was sent since would
    go out again, and who said stop since would be written to. This reads the history of every lead and writes what the
    store has not: facts with all they silence, touches with their ends (what may have left is listed by nurture
    uncertain). What no history knows is said. Safe to repeat.

    With --accept nothing is brought back: look first at what was sent and who said stop since the backup.

    Examples: `nurture reconcile --dry-run`, `nurture reconcile --by olga`,
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
        if not older and not halted:
            return document
        if not by and not dry_run:
            raise typer.BadParameter("say who you are", param_hint="--by")
        if kept is not None and older:
            document["why"] = why_refused(mark, kept)
            if not accept:
                document |= await _restored(house, mark, kept, dry_run)
        if not dry_run:
            await _accept(house, kept or mark, by, accept or "what the histories know is back")
            document["accepted"] = True
        return document


async def _restored(house: House, mark: StoreMark, kept: StoreMark, dry_run: bool) -> dict[str, Any]:
    """Bring everything back and return what came, and what did not."""
    from activities.store_guard import UNTOLD
    from nurture.cli._reconciling import restore

    if not dry_run:
        await house.store.marks.number_behind(kept.facts + UNTOLD)
    found = await restore(house, mark.at, dry_run)
    return {
        "facts": found.facts,
        "touches": found.touches,
        "states": found.states,
        "tasks": found.tasks,
        "overtaken": found.overtaken,
        "strangers": sorted(found.strangers),
        "facts_without_history": max(kept.facts - mark.facts - found.facts, 0),
    }


async def _accept(house: House, kept: StoreMark, by: str, why: str) -> None:
    """Make this store the one that counts, tell Temporal, and only then let go."""
    from activities.store_guard import UNTOLD
    from nurture.domain.halts import STORE

    now = house.clock.now()
    await house.store.marks.number_behind(kept.facts + UNTOLD)
    await soon(house.leads.store_mark.begin(await house.store.marks.accept(kept, now)))
    await house.store.halts.lift(STORE, why=why, by=by, now=now)


def _lines(document: dict[str, Any]) -> list[str]:
    if not document["older"] and not document["halted"]:
        return ["The store is as far as Temporal knows: there is nothing to reconcile."]
    lines = [f"Nothing is sent: {document['why']}."] if "why" in document else []
    if "facts" in document:
        would = "would come" if document["dry_run"] else "came"
        maybe = sum(state == "uncertain" for state in document["touches"].values())
        lines.append(f"{document['facts']:,} facts and {len(document['touches']):,} touches {would} back.")
        lines += _left(document, maybe)
    if document["accepted"]:
        lines.append("This store counts from now on, and messages may leave again. Prove it with nurture audit.")
    return lines or ["Nothing is missing, and nurture reconcile --by NAME lets messages leave again."]


def _left(document: dict[str, Any], maybe: int) -> list[str]:
    """Return what a person must still look at."""
    lost, strangers, unknown = document["tasks"], document["strangers"], document["facts_without_history"]
    overtaken = len(document["overtaken"])
    looks = {
        f"{maybe:,} of these touches may have left: nurture uncertain lists them": maybe,
        f"calls and hand-offs that the inbox has lost: {', '.join(lost)}": lost,
        f"{overtaken:,} yeses and choices are left out: a later word of the person is there": overtaken,
        f"up to {unknown:,} facts are in no history": unknown,
        f"import these leads again, only Temporal knows them: {', '.join(strangers)}": strangers,
    }
    return [f"  {words}" for words, count in looks.items() if count]
