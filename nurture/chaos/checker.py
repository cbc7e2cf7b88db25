"""The invariants I1 to I8 of a case, from the database, the journals and Temporal, not from the code that sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nurture.chaos import witness
from nurture.chaos.cell import Case, Finding
from nurture.chaos.ground import Ground
from nurture.domain.evidence import Evidence
from nurture.domain.promises import audit
from nurture.domain.tasks import TaskKind
from nurture.local.arrivals import arrivals_in
from nurture.wiring import House

_ENDS = frozenset({"sent", "delivered", "refused", "suppressed", "cancelled", "uncertain"})
_QUIETENS = frozenset({"opted_out", "complained", "bounced", "replied", "stopped"})
_SHOWN = 5
_NO_TIME = datetime.max.replace(tzinfo=UTC)


async def evidence_of(house: House, *journals: Path) -> Evidence:
    """Return the ledger and what arrived by the journals that there are, for an audit that asks no code that sends."""
    walkers = await house.leads.walkers()
    records = await house.store.evidence.gather()
    return Evidence(
        records.marks,
        records.facts,
        [arrival for journal in journals if journal.is_file() for arrival in arrivals_in(journal)],
        records.stands,
        records.homes,
        house.shelf.policies,
        records.sequences,
        walking=frozenset(lead for lead, is_alive in walkers.items() if is_alive),
        ended_at=house.clock.now(),
    )


async def check(ground: Ground, case: Case, whole: Evidence, moving: Sequence[str]) -> Finding:
    """Return what is to be said of one case. `moving` is what did not come to rest in time."""
    evidence = _part(whole, case)
    if not case.cell.one_clock:
        evidence = replace(evidence, arrivals=[replace(each, at=_NO_TIME) for each in evidence.arrivals])
    broken = audit(evidence)
    missing = tuple(_missing(evidence, case))
    marks = await witness.marks_after_stops(ground.settings.database_url, case.crowd.leads)
    late = (f"{touch}: marked after a stop was committed" for touch in marks)
    after_stop = (*broken.after_stop, *_after_ack(evidence, case), *late, *case.after_stop)
    uncertain = {mark.touch for mark in evidence.marks if mark.state in ("uncertain", "wire")}
    unprocessed = sum(not fact.told for fact in evidence.facts)
    wrong = (
        *moving,
        *map(str, broken.lost),
        *missing,
        *map(str, broken.twice),
        *map(str, after_stop),
        *map(str, broken.outside_window),
        *map(str, broken.over_cap),
        *_unlisted(uncertain, await _listed(ground), case, ground.caught),
        *await _tasks(ground, case),
        *_vacuous(evidence, case),
        *case.wrong,
    )
    return Finding(
        id=case.cell.id,
        variant=case.cell.variant,
        criterion=case.cell.criterion,
        leads=len(case.crowd.leads),
        lost=len(broken.lost) + len(missing),
        twice=len(broken.twice),
        uncertain=len(uncertain),
        after_stop=len(after_stop),
        outside_window=len(broken.outside_window) + len(broken.over_cap),
        unprocessed=unprocessed,
        passed=not wrong and not unprocessed,
        seconds=round(case.seconds, 1),
        seen=case.seen,
        why=wrong[:_SHOWN] + ((f"and {len(wrong) - _SHOWN} more",) if len(wrong) > _SHOWN else ()),
    )


def judge_negative(finding: Finding) -> Finding:
    """Return the finding of a negative control: it passes when the checker saw duplicates."""
    why = () if finding.twice else ("the build without a ledger sent nothing twice: the checker proves nothing",)
    return replace(finding, negative_control=True, passed=finding.twice > 0, why=why)


def _part(whole: Evidence, case: Case) -> Evidence:
    """Return the evidence about the people of this case."""
    leads, addresses = set(case.crowd.leads), case.crowd.addresses
    return replace(
        whole,
        marks=[mark for mark in whole.marks if mark.lead in leads],
        facts=[fact for fact in whole.facts if fact.lead in leads],
        arrivals=[arrival for arrival in whole.arrivals if arrival.to in addresses],
        stands=[stand for stand in whole.stands if stand.lead in leads],
    )


def _missing(evidence: Evidence, case: Case) -> Iterator[str]:
    """Yield who is due touches that came to no end at all (I3). Whoever said something may rightly have got fewer."""
    ended = Counter(mark.lead for mark in evidence.marks if mark.state in _ENDS)
    quiet = {fact.lead for fact in evidence.facts if fact.kind in _QUIETENS}
    for lead in case.crowd.leads:
        if case.cell.touches and lead not in quiet and ended[lead] != case.cell.touches:
            yield f"{lead} is due {case.cell.touches} touches and {ended[lead]} came to an end"


def _vacuous(evidence: Evidence, case: Case) -> Iterator[str]:
    """Yield a word about a case in which nothing ever went to the wire: whatever holds there, holds for nothing."""
    if case.cell.touches and case.crowd.leads and not any(mark.wire_at for mark in evidence.marks):
        yield "nothing went to the wire: it proves nothing"


def _after_ack(evidence: Evidence, case: Case) -> Iterator[str]:
    """Yield every wire mark that came after our stop was acknowledged (I4)."""
    for mark in evidence.marks:
        at = case.stopped.get(mark.lead)
        if at is None or mark.wire_at is None:
            continue
        if mark.touch not in case.wired_at_stop.get(mark.lead, frozenset()) or mark.wire_at > at:
            yield f"{mark.touch} went to the wire at {mark.wire_at}, and the stop was acknowledged at {at}"


async def _listed(ground: Ground) -> frozenset[str]:
    """Return the touches that `nurture uncertain` lists."""
    rows = await ground.house.store.reports.uncertain(ground.house.clock.now())
    return frozenset(row.touch.id for row in rows)


def _unlisted(uncertain: set[str], listed: frozenset[str], case: Case, caught: Set[str]) -> Iterator[str]:
    """Yield how the list of uncertain touches differs from what was caught between wire and result (I8).

    `caught` are touches of anybody that another cell's strike caught on its way.
    """
    yield from (f"{touch} is uncertain and not listed" for touch in sorted(uncertain - listed))
    if case.most_uncertain is not None and len(uncertain) > case.most_uncertain:
        yield f"{len(uncertain)} touches are uncertain, and no more than {case.most_uncertain} can have been caught"
    if case.cell.exact:
        yield from (
            f"{touch} is uncertain, and nothing caught it" for touch in sorted(uncertain - case.caught - caught)
        )
        yield from (
            f"{touch} was caught on the wire, and is not uncertain" for touch in sorted(case.caught - uncertain)
        )


async def _tasks(ground: Ground, case: Case) -> list[str]:
    """Return who replied and has not exactly one task of a person: a hand-off, or an answer to give (I7)."""
    if not case.replied:
        return []
    tasks = await ground.house.store.tasks.of(limit=100_000)
    found = Counter(task.lead for task in tasks if task.kind in (TaskKind.HANDOFF, TaskKind.REPLY))
    return [f"{lead} replied and has {found[lead]} tasks" for lead in sorted(case.replied) if found[lead] != 1]
