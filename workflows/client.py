"""The only code that starts, signals, updates and queries workflows; it owns their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.clock import TimeScale
from nurture.domain.errors import NotFound
from nurture.domain.events import Event
from nurture.domain.orders import SequenceFile
from nurture.domain.state import HABITS
from workflows import patience
from workflows.enrolment import EnrolmentWorkflow
from workflows.handoff import HandoffWorkflow
from workflows.lead import LeadWorkflow
from workflows.starts import EnrolmentStart, LeadStart

QUEUE = "nurture"
"""The task queue of all workflows."""
SOON, BULK = Priority(priority_key=1), Priority(priority_key=5)
IN_TURN = 3
"""The rank of leads that enter a sequence. It is theirs for the whole run, so those of a bulk enrolment have the same:
else whatever they answer later would come last. Sequences take turns (fairness key), and the bulk is paced."""


def workflow_id(lead: str) -> str:
    """Return the id of a lead's workflow: opaque, and the same for ever."""
    return f"lead-{lead}"


class LeadClient:
    """Talks to leads' workflows, starting them when they are not there."""

    def __init__(self, client: Client, scale: TimeScale) -> None:
        self._client, self._scale = client, scale

    async def enrol(self, lead: str, file: SequenceFile, reason: str) -> str:
        """Ask the lead to enter a sequence; return "" or the code of the reason why not. Starts the lead if need be.

        Raises NotFound when there is no such lead.
        """
        try:
            answer: str = await self._client.execute_update_with_start_workflow(
                LeadWorkflow.enrol,
                args=[file, reason],
                start_workflow_operation=self._waking(lead, _in_turn(file.sequence)),
            )
        except WorkflowUpdateFailedError as refused:
            if isinstance(refused.cause, ApplicationError) and refused.cause.type == "NotFound":
                raise NotFound(refused.cause.message) from refused
            raise
        return answer

    async def tell(self, event: Event, target: str = "") -> None:
        """Deliver a stored fact: to the hand-off named by `target`, else to the lead, which wakes if it was at rest."""
        if target:
            await self._tell_handoff(event, target)
            return
        await self._client.start_workflow(
            LeadWorkflow.run,
            LeadStart(event.lead, self._scale, habits=HABITS),
            id=workflow_id(event.lead),
            task_queue=QUEUE,
            start_signal="happened",
            start_signal_args=[event],
            static_summary=f"Lead {event.lead}",
            priority=SOON,
        )

    async def _tell_handoff(self, event: Event, target: str) -> None:
        try:
            await self._client.get_workflow_handle_for(HandoffWorkflow.run, target).signal(
                HandoffWorkflow.happened, event
            )
        except RPCError as gone:
            if gone.status is not RPCStatusCode.NOT_FOUND:
                raise
            # The hand-off is over (answered or expired): its lead already knows how it ended.

    async def move(self, lead: str, stage: str, reason: str, by: str) -> str:
        """Move a lead to another stage by hand and return the stage it stands at; a lead at rest wakes for it.

        Raises WorkflowUpdateFailedError with the reason when the move is not legal or there is no such lead.
        """
        answer: str = await self._client.execute_update_with_start_workflow(
            LeadWorkflow.move, args=[stage, reason, by], start_workflow_operation=self._waking(lead, SOON)
        )
        return answer

    async def ask(self, lead: str) -> Mapping[str, Any] | None:
        """Return state, plan and explanation of a lead that is awake, None of one that rests or never woke."""
        handle = self._handle(lead)
        try:
            return {
                "state": await handle.query(LeadWorkflow.state),
                "plan": await handle.query(LeadWorkflow.plan),
                "explanation": await handle.query(LeadWorkflow.explanation),
            }
        except RPCError as unknown:
            if unknown.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def enrol_many(self, key: str, sequence: str, leads: Sequence[str], reason: str) -> str:
        """Start a bulk enrolment and return its workflow id; the same key again joins the one that runs."""
        handle = await self._client.start_workflow(
            EnrolmentWorkflow.run,
            EnrolmentStart(sequence, reason, list(leads)),
            id=f"enrolment-{sequence}-{key}",
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Enrols {len(leads)} leads into {sequence}",
            priority=BULK,
        )
        return handle.id

    async def progress(self, enrolment: str) -> Mapping[str, Any]:
        """Return how far a bulk enrolment is. Raises NotFound."""
        try:
            return await self._client.get_workflow_handle_for(EnrolmentWorkflow.run, enrolment).query(
                EnrolmentWorkflow.progress
            )
        except RPCError as unknown:
            if unknown.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise NotFound(f"There is no enrolment {enrolment}") from unknown

    async def is_reachable(self) -> bool:
        """Return whether the Temporal frontend serves. Raises RPCError when nobody answers."""
        return await self._client.service_client.check_health()

    async def walkers(self) -> dict[str, bool]:
        """Return every lead that has, or had, a workflow, and whether it is alive now."""
        found: dict[str, bool] = {}
        async for run in self._client.list_workflows("WorkflowType = 'Lead'"):
            lead = run.id.removeprefix("lead-")
            found[lead] = found.get(lead, False) or run.status is WorkflowExecutionStatus.RUNNING
        return found

    def _waking(self, lead: str, priority: Priority) -> WithStartWorkflowOperation[LeadWorkflow, str]:
        return WithStartWorkflowOperation(
            LeadWorkflow.run,
            LeadStart(lead, self._scale, habits=HABITS),
            id=workflow_id(lead),
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Lead {lead}",
            priority=priority,
        )

    def _handle(self, lead: str) -> WorkflowHandle[LeadWorkflow, str]:
        return self._client.get_workflow_handle_for(LeadWorkflow.run, workflow_id(lead))


def _in_turn(sequence: str) -> Priority:
    return Priority(priority_key=IN_TURN, fairness_key=sequence[: patience.MOST_FAIR])
