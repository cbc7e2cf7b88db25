"""One ordered resend: the same touch through the same gates and ledger, once, wherever its lead's journey is by now."""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.messaging import Messaging
    from activities.resending import Resending
    from nurture.domain.touch import Answer, TouchAnswer
    from workflows import patience
    from workflows.silence import cause_of
    from workflows.starts import ResendStart

MOST_TRIES = 40
"""How often a resend may be told "not yet" before it is given up: weeks, with any sane window and cap."""


@workflow.defn(name="Resend")
class ResendWorkflow:
    """Workflow id: `resend-<ref of the touch>-<number of the order>`."""

    @workflow.run
    async def run(self, start: ResendStart) -> str:
        """Send once, waiting for every "not yet"; return how it ended. What does not go out is uncertain again."""
        for _ in range(MOST_TRIES):
            answer = await self.send(start)
            if answer.answer is not Answer.NOT_YET or answer.until is None:
                break
            await self.wait(start, answer, answer.until)
        if answer.answer is not Answer.SENT:
            await self.stays_uncertain(start, answer)
        return f"{answer.answer} {answer.why}".strip()

    async def send(self, start: ResendStart) -> TouchAnswer:
        """Send through the gates and the ledger; an activity that fails for good leaves the touch uncertain."""
        words = f"resends {start.touch.channel} {start.touch.step}, as {start.by} asked"
        try:
            return await workflow.execute_activity_method(
                Messaging.send, start.touch, **patience.at(str(start.touch.channel), patience.ON_THE_WIRE, words)
            )
        except ActivityError as failure:
            return TouchAnswer(Answer.UNKNOWN, start.scale.at(workflow.now()), "failed", cause_of(failure))

    async def wait(self, start: ResendStart, answer: TouchAnswer, until: datetime) -> None:
        """Sleep until the gates may agree."""
        workflow.set_current_details(f"**Not yet:** {answer.why}")
        left = start.scale.real_wait(start.scale.at(workflow.now()), until) + patience.BREATH
        await workflow.sleep(left, summary=f"waits until {until:%a %d %b %H:%M} UTC: {answer.why}")

    async def stays_uncertain(self, start: ResendStart, answer: TouchAnswer) -> None:
        """Write down that the resend did not go out, and why."""
        await workflow.execute_activity_method(
            Resending.stay_uncertain,
            args=[start.touch.id, answer.why],
            **patience.at(patience.BACK_OFFICE, patience.AT_THE_DESK, f"stays uncertain: {answer.why}"),
        )
