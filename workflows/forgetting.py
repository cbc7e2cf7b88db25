"""Ending everything Temporal holds of one person: workflows end by themselves, then their histories are deleted."""

from __future__ import annotations

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.events import Event, EventKind
from workflows.handoff import HandoffWorkflow
from workflows.lead import LeadWorkflow


async def forget(client: Client, workflow: str, stop: Event) -> list[str]:
    """Tell a lead and its hand-offs to end and wait until they have; return the ids of the workflows there were.

    `stop` is the stored fact STOPPED. A workflow that runs hears it as any other and comes to its end; nothing is
    terminated, and a lead at rest is not woken.
    """
    found = []
    if await _is_running(client, workflow):
        await client.get_workflow_handle(workflow).signal(LeadWorkflow.happened, stop)
    for number in range(1, 1_000):
        handoff = f"handoff-{stop.lead}-{number}"
        running = await _is_running(client, handoff)
        if running is None:
            break
        found.append(handoff)
        if running:
            facts = {"reason": "erased", "rep": ""}
            answer = Event(f"{handoff}:erased", EventKind.HANDOFF_REJECTED, stop.lead, stop.at, handoff, details=facts)
            await client.get_workflow_handle(handoff).signal(HandoffWorkflow.happened, answer)
            await _ended(client, handoff)
    if await _is_running(client, workflow) is not None:
        found.append(workflow)
        await _ended(client, workflow)
    return found


async def delete_histories(client: Client, workflows: list[str]) -> int:
    """Delete every run of these ended workflows from Temporal; return how many runs were found."""
    count = 0
    for workflow in workflows:
        async for run in client.list_workflows(f"WorkflowId = '{workflow}'"):
            execution = WorkflowExecution(workflow_id=workflow, run_id=run.run_id)
            request = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
            await client.workflow_service.delete_workflow_execution(request)
            count += 1
    return count


async def _is_running(client: Client, workflow: str) -> bool | None:
    """Return whether it runs now, None when there is no such workflow."""
    try:
        found = await client.get_workflow_handle(workflow).describe()
    except RPCError as unknown:
        if unknown.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    return found.status is WorkflowExecutionStatus.RUNNING


async def _ended(client: Client, workflow: str) -> None:
    """Wait for the end, however it came; a workflow that failed has ended too."""
    try:
        await client.get_workflow_handle(workflow).result()
    except WorkflowFailureError:
        return
