"""What a real outage left behind, read from the ledger and from the decisions as they were written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from nurture.chaos.downtime import Downtime
from nurture.domain.evidence import Evidence
from nurture.domain.evidence import Mark as Row
from nurture.domain.findings import Finding
from nurture.domain.lead import Channel
from nurture.domain.outage import Aftermath, Mark, Outage
from nurture.domain.promises import audit
from nurture.domain.rulings import Ruling
from nurture.domain.timing import OVERDUE

_SKIPS = ("stale", "unreachable", "only_if", "holdout")
_DAY = timedelta(days=1)


def broken_promises(evidence: Evidence, ends: datetime) -> list[str]:
    """Return every promise the ledger breaks: lost, twice, outside, over a cap, or two touches of one day."""
    found = audit(evidence)
    findings: Iterable[Finding] = (*found.lost, *found.twice, *found.after_stop, *found.outside_window, *found.over_cap)
    return [*map(str, findings), *_within_a_day(evidence.marks, ends)]


def _within_a_day(marks: Sequence[Row], ends: datetime) -> Iterator[str]:
    """Yield overdue touches that left less than a day after another one: all that left after `ends` were overdue."""
    by_lead: dict[str, list[datetime]] = {}
    for mark in marks:
        if mark.wire_at is not None and mark.wire_at >= ends:
            by_lead.setdefault(mark.lead, []).append(mark.wire_at)
    for lead, moments in by_lead.items():
        for first, second in pairwise(sorted(moments)):
            if second - first < _DAY:
                yield f"{lead} got two overdue touches within {second - first}"


async def aftermath_of(stack: Downtime, leads: Sequence[str], outage: Outage, marks: Sequence[Row]) -> Aftermath:
    """Return what became of every step that fell due in the outage, for the table that the simulator shows."""
    found = Aftermath(outage.begins, outage=outage, policies=stack.house.policies)
    for lead in leads:
        seen: set[str] = set()
        for ruling in await stack.house.store.leads.rulings(lead):
            _follow(found, lead, ruling, seen)
    for mark in sorted((m for m in marks if m.wire_at), key=lambda m: m.wire_at or outage.ends):
        _left(found, mark)
    return found


def _follow(found: Aftermath, lead: str, ruling: Ruling, seen: set[str]) -> None:
    """Take in one decision: a step fell due in the outage, was put off, skipped, or ended.

    The first decision at a step after the outage says when the step was due; later ones know the new time only.
    """
    place, outage = (lead, ruling.sequence, ruling.step), found.outage
    if ruling.at < outage.ends or not ruling.run or not ruling.step:
        return
    due = datetime.fromisoformat(str(ruling.inputs["due at"]))
    if ruling.sequence not in seen and outage.begins <= due < outage.ends:
        found.overdue[place] = due
    seen.add(ruling.sequence)
    if place not in found.overdue or place in found.fates:
        return
    if ruling.kind == "replan" or (ruling.kind == "touched" and ruling.until is not None):
        found.put_off[ruling.rule] += 1
    elif ruling.kind == "touched":
        found.fates[place] = ("stopped", ruling.rule)  # by the last gate, unless its mark says that it left
    elif ruling.kind == "stop":
        found.fates[place] = ("stopped", ruling.rule.partition("[")[0])
    elif ruling.kind == "go" and ruling.rule in _SKIPS:
        found.fates[place] = ("skipped", ruling.rule)


def _left(found: Aftermath, mark: Row) -> None:
    """Take in one touch of the ledger. A sequence of this cell has one step."""
    assert mark.wire_at is not None
    place = next((p for p in ((mark.lead, mark.sequence, "one"),) if p in found.overdue), None)
    if place is not None:
        day = (mark.wire_at - found.outage.ends) // _DAY + 1
        found.fates[place] = ("sent", f"on day {day} after it")
    if mark.wire_at < found.outage.ends:
        return
    window = found.policies.calendar(mark.window, mark.timezone, "GR")
    late = place is not None and found.outage.ends - found.overdue[place] > OVERDUE
    found.marks.append(Mark(mark.lead, Channel(mark.channel), mark.wire_at, late, window.is_open(mark.wire_at)))
