"""What the histories of leads and hand-offs know: the facts they were told, and how their touches ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription

from nurture.domain.clock import TimeScale
from nurture.domain.events import Event
from nurture.domain.orders import HandoffOffer, HandoffOrder, Standing, TaskOrder
from nurture.domain.recovering import Attempt
from nurture.domain.touch import Touch, TouchAnswer

_ASKED = "WorkflowType = 'Lead' OR WorkflowType = 'Handoff' OR WorkflowType = 'Resend'"
_TOUCHES = ("send", "ask")
"""Activities that are a touch each."""
_DEFINITE = "Unavailable"
"""The one failure of a send activity that says: nothing was accepted."""


@dataclass
class Told:
    """One run: what it was told (`target` is its id if it is a hand-off), what it tried, and when, who, and with which
    state (JSON text) it rested.

    `offered` are the hand-offs it gave to people, by id.
    """

    target: str = ""
    facts: list[Event] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    rested: tuple[datetime, str, str] | None = None
    offered: list[str] = field(default_factory=list)


class Histories:
    """Reads every history that the server still has, one run at a time; it needs no worker."""

    def __init__(self, client: Client, scale: TimeScale) -> None:
        self._client, self._scale = client, scale

    async def __aiter__(self) -> AsyncIterator[Told]:
        async for run in self._client.list_workflows(_ASKED):
            yield await self._told(run)

    async def _told(self, run: WorkflowExecution) -> Told:
        handle = self._client.get_workflow_handle(run.id, run_id=run.run_id)
        told = Told(run.id if run.workflow_type == "Handoff" else "")
        asked: dict[int, HistoryEvent] = {}
        begun: dict[int, HistoryEvent] = {}
        async for event in handle.fetch_history_events():
            match event.event_type:
                case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                    told.facts += await self._fact(event)
                case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                    asked[event.event_id] = event
                case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
                    begun[event.activity_task_started_event_attributes.scheduled_event_id] = event
                case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                    number = event.activity_task_completed_event_attributes.scheduled_event_id
                    await self._completed(told, asked.pop(number), begun.pop(number), event)
                case EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED:
                    number = event.activity_task_failed_event_attributes.scheduled_event_id
                    await self._given_up(told, asked.pop(number), event)
                case EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
                    number = event.activity_task_timed_out_event_attributes.scheduled_event_id
                    await self._given_up(told, asked.pop(number), event)
        if any(_name(each) in _TOUCHES for each in asked.values()):
            await self._pending(told, await handle.describe(), list(asked.values()))
        return told

    async def _fact(self, event: HistoryEvent) -> list[Event]:
        signal = event.workflow_execution_signaled_event_attributes
        return [(await self._read(signal.input, Event))[0]] if signal.signal_name == "happened" else []

    async def _completed(self, told: Told, asked: HistoryEvent, begun: HistoryEvent, done: HistoryEvent) -> None:
        """Note the result of an activity; `begun` names the last try, and how the one before it failed."""
        start = begun.activity_task_started_event_attributes
        result = done.activity_task_completed_event_attributes.result
        given = asked.activity_task_scheduled_event_attributes.input
        match _name(asked):
            case "send" | "ask":
                lost = start.HasField("last_failure") and _is_doubtful(start.last_failure)
                at = self._at(begun if start.attempt == 1 else asked)
                [answer] = await self._read(result, TouchAnswer)
                told.attempts.append(Attempt(await self._touch(asked), at, self._at(done), answer, lost))
            case "offer_handoff":
                [offer] = await self._read(result, HandoffOffer)
                [order] = await self._read(given, HandoffOrder)
                told.offered += [] if offer.full else [order.id]
            case "rest":
                standing, snapshot = await self._read(given, Standing, str)
                told.rested = (self._at(done), standing.lead, snapshot)

    async def _given_up(self, told: Told, asked: HistoryEvent, over: HistoryEvent) -> None:
        """Note a touch whose activity failed for good: it may have left."""
        if _name(asked) in _TOUCHES:
            told.attempts.append(Attempt(await self._touch(asked), self._at(asked), self._at(over), lost=True))

    async def _pending(self, told: Told, now: WorkflowExecutionDescription, asked: Sequence[HistoryEvent]) -> None:
        """Note the touches that are being tried: whoever tried them before may have been lost on the wire."""
        tried = {each.activity_id: each for each in now.raw_description.pending_activities}
        for event in asked:
            each = tried.get(event.activity_task_scheduled_event_attributes.activity_id)
            if each is None or not each.HasField("last_started_time") or _name(event) not in _TOUCHES:
                continue
            lost = not each.HasField("last_failure") or _is_doubtful(each.last_failure)
            seen = self._scale.at(each.last_started_time.ToDatetime(UTC))
            told.attempts.append(Attempt(await self._touch(event), self._at(event), seen, lost=lost))

    async def _touch(self, asked: HistoryEvent) -> Touch:
        given = asked.activity_task_scheduled_event_attributes.input
        if _name(asked) == "send":
            [touch] = await self._read(given, Touch)
            return touch  # type: ignore[no-any-return]
        [order] = await self._read(given, TaskOrder)
        return order.touch  # type: ignore[no-any-return]

    async def _read(self, payloads: Payloads, *types: type[Any]) -> list[Any]:
        return await self._client.data_converter.decode(payloads.payloads, list(types))

    def _at(self, event: HistoryEvent) -> datetime:
        return self._scale.at(event.event_time.ToDatetime(UTC))


def _name(asked: HistoryEvent) -> str:
    return asked.activity_task_scheduled_event_attributes.activity_type.name


def _is_doubtful(failure: Failure) -> bool:
    """Whether a try that failed like this may have left: its worker was lost, or could not write its result."""
    return failure.application_failure_info.type != _DEFINITE
