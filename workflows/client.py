"""The only code that starts, signals, updates and queries workflows; it owns their ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.clock import TimeScale
from nurture.domain.errors import NotFound
from nurture.domain.events import Event
from nurture.domain.orders import HandoffOffer, HandoffOrder, SequenceFile
from nurture.domain.state import HABITS
from nurture.domain.timing import ANSWER_GRACE
from nurture.domain.touch import Touch, touch_ref
from workflows import patience
from workflows.change import ChangeWorkflow
from workflows.enrolment import EnrolmentWorkflow
from workflows.forgetting import delete_histories, forget
from workflows.handoff import HandoffWorkflow
from workflows.lead import LeadWorkflow
from workflows.reconciling import keep_reconciling
from workflows.resend import ResendWorkflow
from workflows.schedules import keep_sweeping
from workflows.starts import EnrolmentStart, HandoffStart, LeadStart, ResendStart
from workflows.watching import Watching, workflow_id

QUEUE = patience.AT_HAND
"""The task queue of all workflows."""
SOON, BULK = Priority(priority_key=1), Priority(priority_key=5)
IN_TURN = 3
"""The rank of leads that enter a sequence. It is theirs for the whole run, so those of a bulk enrolment have the same:
else whatever they answer later would come last. Sequences take turns (fairness key), and the bulk is paced."""


class LeadClient(Watching):
    """Talks to leads' workflows, starting them when they are not there."""

    def __init__(self, client: Client, scale: TimeScale) -> None:
        super().__init__(client)
        self._scale = scale

    async def enrol(self, lead: str, file: SequenceFile, reason: str, cause: str = "") -> str:
        """Ask the lead to enter a sequence; return "" or the code of the reason why not. Starts the lead if need be.

        `cause` is the id of the event that it enters by: told again, that event does not let it in again.
        Raises NotFound when there is no such lead.
        """
        # Not one update with a default: the SDK drops the types of all arguments when their number is another one.
        asked, args = (
            (LeadWorkflow.enrol_once, [file, reason, cause]) if cause else (LeadWorkflow.enrol, [file, reason])
        )
        waking = self._waking(lead, _in_turn(file.sequence))
        try:
            answer: str = await self._client.execute_update_with_start_workflow(
                asked, args=args, start_workflow_operation=waking
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
        handle: WorkflowHandle[HandoffWorkflow, str] = self._client.get_workflow_handle_for(HandoffWorkflow.run, target)
        try:
            await handle.signal(HandoffWorkflow.happened, event)
        except RPCError as gone:
            if gone.status is not RPCStatusCode.NOT_FOUND:
                raise
            is_recent = event.at > self._scale.at(datetime.now(UTC)) - ANSWER_GRACE
            if is_recent and not await _has_begun(handle):
                raise NotFound(f"The hand-off {target} has not begun yet", remedy="The relay tells it again") from gone
            # It is over (answered or expired): its lead already knows how it ended.

    async def resend(self, touch: Touch, by: str) -> None:
        """Start an ordered resend (`touch.again` is its number); an order that is told twice is carried out once."""
        try:
            await self._client.start_workflow(
                ResendWorkflow.run,
                ResendStart(touch, by, self._scale),
                id=f"resend-{touch_ref(touch.id)}-{touch.again}",
                task_queue=QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=f"Resends {touch.channel} {touch.step} of {touch.sequence} to lead {touch.lead}",
                priority=SOON,
            )
        except WorkflowAlreadyStartedError:
            return

    async def move(self, lead: str, stage: str, reason: str, by: str) -> str:
        """Move a lead to another stage by hand and return the stage it stands at; a lead at rest wakes for it.

        Raises WorkflowUpdateFailedError with the reason when the move is not legal or there is no such lead.
        """
        answer: str = await self._client.execute_update_with_start_workflow(
            LeadWorkflow.move, args=[stage, reason, by], start_workflow_operation=self._waking(lead, SOON)
        )
        return answer

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

    async def forget(self, stop: Event) -> list[str]:
        """End the workflows of a person who is being erased and wait for it; return their ids (see `forgetting`)."""
        return await forget(self._client, workflow_id(stop.lead), stop)

    async def delete_histories(self, workflows: list[str]) -> int:
        """Delete every run of ended workflows from Temporal; return how many there were."""
        return await delete_histories(self._client, workflows)

    async def change(self, lead: str, file: SequenceFile) -> str:
        """Let a lead move to this version; return the version it is in then, "" when it is not inside or rests."""
        try:
            version: str = await self._handle(lead).execute_update(LeadWorkflow.change, file)
        except RPCError as gone:
            if gone.status is not RPCStatusCode.NOT_FOUND:
                raise
            return ""
        return version

    async def change_everybody(self, sequence: str, version: str, *, again: bool = False) -> str:
        """Start moving everybody inside to this version and return the workflow's id; what runs is joined.

        What ran before is not repeated, unless `again`.
        """
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE if again else WorkflowIDReusePolicy.REJECT_DUPLICATE
        name = f"change-{sequence}-{version}"
        try:
            await self._client.start_workflow(
                ChangeWorkflow.run,
                args=[sequence, version],
                id=name,
                task_queue=QUEUE,
                id_reuse_policy=reuse,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING if again else WorkflowIDConflictPolicy.FAIL,
                static_summary=f"Moves the people inside {sequence} to version {version}",
                priority=BULK,
            )
        except WorkflowAlreadyStartedError:
            return name  # this version was put in place before
        return name

    async def wake(self, lead: str) -> None:
        """Start a lead's workflow from the state the store keeps of it; one that runs goes on as it is."""
        await self._client.start_workflow(
            LeadWorkflow.run,
            LeadStart(lead, self._scale, habits=HABITS),
            id=workflow_id(lead),
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Lead {lead}",
            priority=SOON,
        )

    async def accompany(self, order: HandoffOrder, offer: HandoffOffer, opened_at: datetime) -> None:
        """Start the workflow of a hand-off that was opened already; one that runs goes on as it is."""
        await self._client.start_workflow(
            HandoffWorkflow.run,
            HandoffStart(order, offer, self._scale, opened_at),
            id=order.id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"{order.name} for {order.lead}: {order.why}",
            priority=SOON,
        )

    async def keep_reconciling(self) -> None:
        """Make the schedule that asks providers about what is in doubt, unless it is there."""
        await keep_reconciling(self._client, QUEUE)

    async def keep_sweeping(self, segments: Iterable[str]) -> None:
        """Make the schedules that look who came to belong to these sequences' segments, unless they are there."""
        await keep_sweeping(self._client, QUEUE, segments, self._scale)

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


async def _has_begun(handle: WorkflowHandle[HandoffWorkflow, str]) -> bool:
    """Whether there is, or was, such a hand-off: its task is in the inbox a moment before its workflow begins."""
    try:
        await handle.describe()
    except RPCError as unknown:
        if unknown.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


def _in_turn(sequence: str) -> Priority:
    return Priority(priority_key=IN_TURN, fairness_key=sequence[: patience.MOST_FAIR])
