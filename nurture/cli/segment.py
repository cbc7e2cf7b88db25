"""`nurture segment`: who would enter a sequence now because they belong to its segment, and why the others do not."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nurture.cli._desk import AsJson, aligned, at_home, name_of, progress, reached, say_json
from nurture.domain.errors import Invalid

if TYPE_CHECKING:
    from nurture.domain.segments import Look
    from nurture.wiring import House

SequenceName = Annotated[str, typer.Argument(metavar="SEQUENCE", help="The id of a sequence with `enter: segment`.")]
Show = Annotated[int, typer.Option(help="How many of those who would enter are named.")]
Now = Annotated[bool, typer.Option("--enrol", help="Let them enter at once, without waiting for the next sweep.")]


def command(sequence: SequenceName, show: Show = 20, enrol: Now = False, as_json: AsJson = False) -> None:
    """Show who would enter a sequence now by its segment, with the values that decided. Changes nothing.

    Workers sweep every segment each quarter of an hour of themselves; each lead's own workflow has the last word.

    Examples: `nurture segment win-back`, `nurture segment win-back --enrol`
    """
    asyncio.run(_segment(sequence, show, enrol, as_json))


async def _segment(sequence: str, show: int, enrol: bool, as_json: bool) -> None:
    async with at_home() as house:
        house.sequence(sequence)
        if sequence not in house.segments:
            raise Invalid(f"{sequence} has no segment", remedy="Write enter: { segment: <condition> }")
        looks = await _looks(house, sequence)
        coming = [look for look in looks if not look.code]
        out = Counter(look.code for look in looks if look.code)
        entered = await _enter(house, sequence, coming) if enrol and coming else None
        if as_json:
            say_json(_document(sequence, looks, coming, out) | ({"enrolment": entered} if entered else {}))
        else:
            await _tell(house, sequence, coming[:show], len(coming), out)


async def _looks(house: House, sequence: str) -> list[Look]:
    found: list[Look] = []
    with progress(f"looking who belongs to {sequence}", None) as bar:
        async for look in house.sweeps().look(sequence):
            found.append(look)
            bar(len(found))
    return found


async def _enter(house: House, sequence: str, coming: list[Look]) -> dict[str, Any]:
    from nurture.cli.enrol import _enrol_many

    return await _enrol_many(await reached(house), sequence, [look.lead for look in coming], "belongs to the segment")


def _document(sequence: str, looks: list[Look], coming: list[Look], out: Counter[str]) -> dict[str, Any]:
    people = [{"lead": look.lead, "why": look.why} for look in coming]
    return {"sequence": sequence, "looked_at": len(looks), "would_enter": len(coming), "who": people, "not": dict(out)}


async def _tell(house: House, sequence: str, shown: list[Look], coming: int, out: Counter[str]) -> None:
    from nurture.cli.enrol import words

    print(f"{coming:,} of {coming + out.total():,} would enter {sequence} now.")
    rows = []
    for look in shown:
        contact = await house.store.leads.find(look.lead)
        rows.append((name_of(contact) if contact else look.lead, look.why))
    for line in aligned(rows) if rows else ():
        print(line)
    if coming > len(shown):
        print(f"  … and {coming - len(shown):,} more")
    for code, count in out.most_common():
        print(f"{count:>8,}  {_ASKED if code == 'asked_before' else words(code)} [{code}]")


_ASKED = "was asked by an earlier sweep, and is not asked again yet"
