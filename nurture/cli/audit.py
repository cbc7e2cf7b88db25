"""`nurture audit`: every promise held against the ledger, the facts and, if given, what the providers took."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nurture.cli._desk import AsJson, at_home, clock, note, progress, reached, say_json, soon
from nurture.domain.errors import Invalid, NurtureError
from nurture.domain.findings import Promise

if TYPE_CHECKING:
    from nurture.domain.evidence import Arrival, Evidence
    from nurture.domain.promises import Broken
    from nurture.store.evidence import Records
    from nurture.wiring import House

YOUNG = timedelta(minutes=15)
"""A touch or fact younger than this may still be on its way to its end (our time): the reconciler needs two sweeps."""

Against = Annotated[
    list[Path] | None,
    typer.Option(metavar="JOURNAL", help="What a provider or sink accepted, one JSON object a line. May be repeated."),
]
Since = Annotated[str, typer.Option(metavar="DAY", help="Judge only touches begun since this day or time (UTC).")]
Vouch = Annotated[bool, typer.Option("--vouch", help="Seal the rows that have no seal, as they lie there now.")]


def command(against: Against = None, since: Since = "", vouch: Vouch = False, as_json: AsJson = False) -> None:
    """Prove promise by promise that the ledger holds: nothing lost, nothing twice, nothing after a stop, no cap broken.

    Each row's seal is checked as well, so that a row that was edited past the engine is found. Hours and caps are those
    of policies/ as it is now. A journal speaks for the channels it has a line of. Exit 1 on any finding.

    Examples: `nurture audit --json`, `nurture audit --against var/up/mail.jsonl --against var/up/texts.jsonl`
    """
    document = asyncio.run(_audit(against or [], _moment(since), vouch))
    if as_json:
        say_json(document)
    else:
        print("\n".join(_lines(document)))
    if document["findings"]:
        raise typer.Exit(1)


async def _audit(journals: Sequence[Path], begin: datetime | None, vouch: bool) -> dict[str, Any]:
    from nurture.domain.promises import audit
    from nurture.store.evidence import since

    arrivals = _arrivals(journals)
    async with at_home() as house:
        vouched = await house.store.evidence.vouch() if vouch else 0
        with progress("reading the ledger", None):
            records = await house.store.evidence.gather()
        walking = await _walking(house)
        if begin is not None:
            records = since(records, begin)
        broken = audit(_evidence(house, records, arrivals, walking), records.findings)
        return _document(house.clock.now(), records, broken, journals) | {"vouched": vouched}


def _arrivals(journals: Sequence[Path]) -> list[Arrival]:
    from nurture.local.arrivals import arrivals_in

    return [arrival for journal in journals for arrival in arrivals_in(journal)]


async def _walking(house: House) -> frozenset[str] | None:
    """Return the leads whose workflow is alive; None, and a word about it, when Temporal does not answer."""
    try:
        walked = await soon((await reached(house)).leads.walkers())
    except NurtureError as away:
        note(f"nurture: {away} Touches under way are judged by their age alone.")
        return None
    return frozenset(lead for lead, is_alive in walked.items() if is_alive)


def _evidence(house: House, records: Records, arrivals: Sequence[Arrival], walking: frozenset[str] | None) -> Evidence:
    from nurture.domain.evidence import Evidence

    return Evidence(
        records.marks,
        records.facts,
        arrivals,
        records.stands,
        records.homes,
        house.shelf.policies,
        records.sequences,
        walking=walking,
        covered=frozenset(arrival.channel for arrival in arrivals),
        foreign_clock=True,
        ended_at=house.clock.now() - YOUNG,
    )


def _document(at: datetime, records: Records, broken: Broken, journals: Sequence[Path]) -> dict[str, Any]:
    found = [
        {"promise": each.promise, "touch": each.touch, "fact": each.fact, "way_out": each.way_out}
        for each in broken.findings
    ]
    asked = [promise for promise in Promise if promise is not Promise.UNCERTAIN_IS_SEEN]
    return {
        "at": at,
        "touches": len(records.marks),
        "journals": [str(path) for path in journals],
        "kept": {promise: not any(each["promise"] == promise for each in found) for promise in asked},
        "findings": found,
        "uncertain": [each.touch for each in broken.uncertain],
    }


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as odd:
        raise Invalid(f'"{text}" is no day', remedy="Write --since 2026-03-01 or --since 2026-03-01T09:00") from odd
    return at if at.tzinfo else at.replace(tzinfo=UTC)


_NAMES = {
    Promise.LEDGER: "ledger  every row is as the engine wrote it, and none is gone",
    Promise.NO_LOSS: "P1      nothing lost: every touch has an end",
    Promise.NOTHING_TWICE: "P2      nothing twice",
    Promise.STOP_IS_FINAL: "P4      nothing after a stop",
    Promise.WINDOWS_AND_CAPS: "P7      windows and caps",
}


def _lines(found: dict[str, Any]) -> list[str]:
    against = f", against {', '.join(found['journals'])}" if found["journals"] else ", without a journal"
    lines = [f"{found['touches']:,} touches at {clock(found['at'])} UTC{against}"]
    lines += [f"  {'kept  ' if kept else 'BROKEN'}  {_NAMES[promise]}" for promise, kept in found["kept"].items()]
    lines += [f"  listed  P3      {len(found['uncertain'])} uncertain (nurture uncertain)"]
    for each in found["findings"]:
        lines += [f"{each['promise']}: {each['touch']} {each['fact']}".replace(":  ", ": "), f"    {each['way_out']}"]
    return [*lines, *([f"{found['vouched']} rows were sealed as they are."] if found["vouched"] else [])]
