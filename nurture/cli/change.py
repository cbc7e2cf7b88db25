"""`nurture change`: what a new version of a sequence means for the people inside, and putting it in place for them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from nurture.cli._desk import AsJson, aligned, at_home, progress, reached, say_json, soon
from nurture.domain.errors import NotFound

if TYPE_CHECKING:
    from nurture.domain.changes import Fate
    from nurture.domain.sequence import Sequence
    from nurture.wiring import House

group = typer.Typer(
    help="See what a new version of a sequence means for the people inside, and put it in place.", no_args_is_help=True
)
SequenceName = Annotated[str, typer.Argument(metavar="SEQUENCE", help="The id of a sequence in sequences/.")]
Group = tuple[str, str, str]
"""Who stands together: version, step and state."""
_WAITS = {"with_sales": "after sales has answered"}


@group.command()
def plan(sequence: SequenceName, as_json: AsJson = False) -> None:
    """Show who stands where on older versions, and where each group would go on. Changes nothing.

    Example: `nurture change plan trial-nurture`
    """
    asyncio.run(_plan(sequence, as_json))


@group.command()
def apply(sequence: SequenceName, as_json: AsJson = False) -> None:
    """Move everybody who is inside to the version on the shelf, each at the next decision.

    It goes on in the background, last in line. Repeating it is harmless.

    Example: `nurture change apply trial-nurture`
    """
    asyncio.run(_apply(sequence, as_json))


async def _plan(sequence: str, as_json: bool) -> None:
    async with at_home() as house:
        new = house.sequence(sequence)
        counted = await _inside(await reached(house), sequence)
        current = sum(n for (version, _, _), n in counted.items() if version == new.version)
        old = {where: n for where, n in counted.items() if where[0] != new.version}
        rows = [(where, n, await _fate(house, sequence, where)) for where, n in sorted(old.items())]
        rule = house.people_inside(sequence)
        if as_json:
            groups = [_document(where, n, fate) for where, n, fate in rows]
            found = {"sequence": sequence, "version": new.version, "people_inside": rule, "current": current}
            say_json(found | {"older": sum(old.values()), "groups": groups})
            return
        print(f"{current:,} on the version on the shelf ({new.version}), {sum(old.values()):,} on older ones.")
        for line in aligned([_line(where, n, fate) for where, n, fate in rows]) if rows else ():
            print(line)
        if rows:
            print(_NEXT[rule].format(sequence=sequence))


_NEXT = {
    "finish_on_old": "They finish on the old one. To move them all the same: nurture change apply {sequence}",
    "move": "They move once a worker starts with this version; nurture change apply {sequence} does it now.",
    "plan": "Nothing moves until you say so: nurture change apply {sequence}",
}


async def _apply(sequence: str, as_json: bool) -> None:
    async with at_home() as house:
        version = house.sequence(sequence).version
        there = await reached(house)
        started = await soon(there.leads.change_everybody(sequence, version, again=True))
        if as_json:
            say_json({"sequence": sequence, "version": version, "change": started})
        else:
            print(f"Everybody inside {sequence} moves to version {version}: see {started} in Temporal's UI.")


async def _inside(house: House, sequence: str) -> Counter[Group]:
    found: Counter[Group] = Counter()
    with progress(f"asking who is inside {sequence}", None) as bar:
        async for inside in house.changes().inside(sequence):
            found[inside.version, inside.step, inside.status] += 1
            bar(found.total())
    return found


async def _fate(house: House, sequence: str, where: Group) -> Fate:
    from nurture.domain.changes import fate_of

    version, step, _ = where
    old = await _compiled(house, sequence, version)
    return fate_of(old, await _compiled(house, sequence, ""), step)


async def _compiled(house: House, sequence: str, version: str) -> Sequence:
    from nurture.domain.build import sequence_of

    found = await house.store.library.fetch(sequence, version)
    if found is None:
        raise NotFound(f"The store does not know version {version} of {sequence}", remedy="Restore it from a backup")
    return sequence_of(*found)


def _document(where: Group, count: int, fate: Fate) -> dict[str, object]:
    version, step, status = where
    waits = _WAITS.get(status, "")
    return {"version": version, "step": step, "status": status, "people": count} | {
        "goes_on_at": fate.to,
        "why": fate.why,
        "when": waits or "at the next decision",
    }


def _line(where: Group, count: int, fate: Fate) -> tuple[str, ...]:
    version, step, status = where
    when = f", {_WAITS[status]}" if status in _WAITS else ""
    return (
        f"{count:,}",
        f"at {step or 'the end'}",
        status.replace("_", " "),
        f"→ {fate.to or 'the end'}",
        fate.why + when,
        version,
    )
