"""Bulk enrolment of a list: in small bites, last in line, with progress, and it can be paused."""

from __future__ import annotations

from collections import Counter
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.enrolments import Enrolments
    from nurture.domain.orders import EnrolmentBite
    from workflows import patience
    from workflows.starts import EnrolmentStart

BITE = 25
"""Leads a bite: small enough that a pause is felt at once."""


@workflow.defn(name="Enrolment")
class EnrolmentWorkflow:
    """Workflow id: `enrolment-<sequence>-<caller's key>`."""

    @workflow.init
    def __init__(self, start: EnrolmentStart) -> None:
        self.left = list(start.leads)
        self.total = start.total or len(start.leads)
        self.tally: Counter[str] = Counter(start.tally)
        self.paused = start.paused

    @workflow.run
    async def run(self, start: EnrolmentStart) -> dict[str, int]:
        """Enrol everybody; return how many were `enrolled` and how many were refused, by reason code."""
        while self.left:
            await workflow.wait_condition(lambda: not self.paused)
            await self.take_a_bite(start)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(
                    EnrolmentStart(start.sequence, start.reason, self.left, self.total, dict(self.tally), self.paused)
                )
        return dict(self.tally)

    async def take_a_bite(self, start: EnrolmentStart) -> None:
        """Enrol the next few; an id that comes twice is refused the second time, so a retry is harmless."""
        bite = EnrolmentBite(start.sequence, start.reason, tuple(self.left[:BITE]))
        answers = await workflow.execute_activity_method(
            Enrolments.enrol, bite, **patience.at(patience.BACK_OFFICE, patience.BULK, self.in_words())
        )
        self.tally.update(answer or "enrolled" for answer in answers)
        self.left = self.left[BITE:]
        workflow.set_current_details(self.in_words())

    @workflow.signal
    def pause(self) -> None:
        """Hold still after the bite that is under way."""
        self.paused = True

    @workflow.signal
    def resume(self) -> None:
        """Go on."""
        self.paused = False

    @workflow.query
    def progress(self) -> dict[str, Any]:
        """Return how far it is: total, left, and the tally by outcome."""
        return {"total": self.total, "left": len(self.left), "paused": self.paused, "tally": dict(self.tally)}

    def in_words(self) -> str:
        """Return the progress in one line."""
        return f"{self.total - len(self.left)} of {self.total} asked, {self.tally['enrolled']} enrolled"
