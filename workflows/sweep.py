"""One sweep of a segment: find who belongs to it now, and ask each to enter, in small bites and last in line."""

from __future__ import annotations

from collections import Counter

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.enrolments import Enrolments
    from activities.sweeps import Sweeps
    from nurture.domain.orders import EnrolmentBite
    from workflows import patience

BITE = 25
"""Leads a bite, as in a bulk enrolment."""
REASON = "came to belong to the segment"


@workflow.defn(name="Sweep")
class SweepWorkflow:
    """Started by the Temporal Schedule `sweep-<sequence>`, never twice at the same time."""

    @workflow.init
    def __init__(self, sequence: str) -> None:
        self.sequence = sequence
        self.tally: Counter[str] = Counter()

    @workflow.run
    async def run(self, sequence: str) -> dict[str, int]:
        """Ask everybody who came to belong; return how many were `enrolled` and how many refused, by reason code."""
        summary = f"looks who belongs to the segment of {sequence}"
        found = await workflow.execute_activity_method(
            Sweeps.find, sequence, **patience.at(patience.BACK_OFFICE, patience.BULK, summary)
        )
        for start in range(0, len(found), BITE):
            await self.take_a_bite(found[start : start + BITE])
            workflow.set_current_details(
                f"{self.tally.total()} of {len(found)} asked, {self.tally['enrolled']} entered"
            )
        return dict(self.tally)

    async def take_a_bite(self, leads: list[str]) -> None:
        """Ask a few and remember their answers. After a crash in between they are asked again: a second yes is a no."""
        bite = EnrolmentBite(self.sequence, REASON, tuple(leads))
        answers = await workflow.execute_activity_method(
            Enrolments.enrol, bite, **patience.at(patience.BACK_OFFICE, patience.BULK, f"asks {len(leads)} to enter")
        )
        await workflow.execute_activity_method(
            Sweeps.note,
            args=[self.sequence, dict(zip(leads, answers, strict=True))],
            **patience.at(patience.BACK_OFFICE, patience.AT_THE_DESK, "remembers the answers"),
        )
        self.tally.update(answer or "enrolled" for answer in answers)
