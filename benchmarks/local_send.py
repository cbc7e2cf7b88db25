"""The lead's workflow with one difference: a local activity sends. Measured for a decision, never shipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.messaging import Messaging
    from nurture.domain.decisions import Decision, Speak
    from nurture.domain.touch import Answer, TouchAnswer
    from workflows import deeds, patience
    from workflows.lead import LeadWorkflow
    from workflows.mind import Mind
    from workflows.signs import in_words, score_of
    from workflows.silence import cause_of
    from workflows.starts import LeadStart


@workflow.defn(name="Lead")
class LocalSendLead(LeadWorkflow):
    """One person, one workflow, one state; sends without asking the server for a task."""

    @workflow.init
    def __init__(self, start: LeadStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: LeadStart) -> str:
        """Live as LeadWorkflow does."""
        return await super().run(start)

    async def carry_out(self, mind: Mind, decision: Decision) -> None:
        """Do what was decided."""
        if not isinstance(decision, Speak):
            await super().carry_out(mind, decision)
            return
        touch = replace(decision.touch, score=score_of(mind, self.now()))
        try:
            answer = await workflow.execute_local_activity_method(
                Messaging.send,
                touch,
                start_to_close_timeout=timedelta(minutes=15),
                retry_policy=patience.GENTLY,
                summary=in_words(decision),
            )
        except ActivityError as failure:
            answer = TouchAnswer(Answer.UNKNOWN, self.now(), "failed", cause_of(failure))
        mind.hear(deeds.touched(touch, answer, self.now()), self.now())
