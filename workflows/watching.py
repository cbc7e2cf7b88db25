"""A look at what runs on the server, which changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.clock import TimeScale
from nurture.domain.errors import NotFound
from workflows.enrolment import EnrolmentWorkflow
from workflows.histories import Histories
from workflows.keeping import KeptMark
from workflows.lead import LeadWorkflow

AGAIN = (0.1, 0.3, 1.0, 3.0)
"""Seconds between looks at a run that has begun and not yet had its first turn."""


def workflow_id(lead: str) -> str:
    """Return the id of a lead's workflow: opaque, and the same for ever."""
    return f"lead-{lead}"


class Watching:
    """Questions about workflows and their server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def ask(self, lead: str) -> Mapping[str, Any] | None:
        """Return state, plan and explanation of a lead that is awake, None of one that rests or never woke.

        A run that continues as new has nothing to say before its first turn: it is asked again, for some seconds.
        """
        handle = self._handle(lead)
        for pause in (*AGAIN, None):
            try:
                return {
                    "state": await handle.query(LeadWorkflow.state),
                    "plan": await handle.query(LeadWorkflow.plan),
                    "explanation": await handle.query(LeadWorkflow.explanation),
                }
            except RPCError as unknown:
                if unknown.status is RPCStatusCode.NOT_FOUND:
                    return None
                if pause is None or unknown.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("the last look returns or raises")

    def _handle(self, lead: str) -> WorkflowHandle[LeadWorkflow, str]:
        return self._client.get_workflow_handle_for(LeadWorkflow.run, workflow_id(lead))

    @property
    def client(self) -> Client:
        """The connection, for whoever starts workers on it."""
        return self._client

    @property
    def store_mark(self) -> KeptMark:
        """What Temporal knows of how far the store is."""
        return KeptMark(self._client)

    def histories(self, scale: TimeScale) -> Histories:
        """What the server still knows of every lead: facts and ends. `scale` puts its moments on our clock."""
        return Histories(self._client, scale)

    async def progress(self, enrolment: str) -> Mapping[str, Any]:
        """Return how far a bulk enrolment is. Raises NotFound."""
        handle: WorkflowHandle[EnrolmentWorkflow, dict[str, int]]
        handle = self._client.get_workflow_handle_for(EnrolmentWorkflow.run, enrolment)
        try:
            return await handle.query(EnrolmentWorkflow.progress)
        except RPCError as unknown:
            if unknown.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise NotFound(f"There is no enrolment {enrolment}") from unknown

    async def awake(self) -> list[str]:
        """Return every lead whose workflow runs now, as far as the server has listed it yet."""
        query = "WorkflowType = 'Lead' AND ExecutionStatus = 'Running'"
        return [run.id.removeprefix("lead-") async for run in self._client.list_workflows(query)]

    async def is_reachable(self) -> bool:
        """Return whether the Temporal frontend serves. Raises RPCError when nobody answers."""
        return await self._client.service_client.check_health()

    async def pollers(self, queue: str) -> list[str]:
        """Return who takes activities from a task queue at present: `pid@host` of each worker process."""
        asked = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
        answer = await self._client.workflow_service.describe_task_queue(asked)
        return [poller.identity for poller in answer.pollers]

    async def walkers(self) -> dict[str, bool]:
        """Return every lead that has, or had, a workflow, and whether it is alive now."""
        found: dict[str, bool] = {}
        async for run in self._client.list_workflows("WorkflowType = 'Lead'"):
            lead = run.id.removeprefix("lead-")
            found[lead] = found.get(lead, False) or run.status is WorkflowExecutionStatus.RUNNING
        return found

    async def history_lengths(self) -> dict[str, int]:
        """Return how many events the latest history of each lead holds."""
        found: dict[str, int] = {}
        async for run in self._client.list_workflows("WorkflowType = 'Lead'"):
            found.setdefault(run.id.removeprefix("lead-"), run.history_length)
        return found
