"""Reads what a history keeps: every payload in it, and the words that operators see beside its events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle


def payloads(message: Message) -> Iterator[Payload]:
    """Yield every payload inside a protobuf message, at any depth."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for each in _messages(field, value):
            yield from payloads(each)


def _messages(field: Any, value: Any) -> list[Message]:
    if field.message_type.GetOptions().map_entry:
        return [each for each in value.values() if isinstance(each, Message)]
    return list(value) if isinstance(value, (list, tuple)) or hasattr(value, "add") else [value]


async def everything_in(handle: WorkflowHandle[Any, Any]) -> str:
    """Return the whole history as text: its JSON, and the bytes of every payload in it, in clear."""
    history = await handle.fetch_history()
    kept = [payload.data.decode(errors="replace") for event in history.events for payload in payloads(event)]
    return "\n".join([history.to_json(), *kept])


async def summaries(handle: WorkflowHandle[Any, Any], kind: EventType.ValueType) -> list[str]:
    """Return what an operator reads beside each event of a kind, "" where nobody wrote anything."""
    history = await handle.fetch_history()
    return [event.user_metadata.summary.data.decode() for event in history.events if event.event_type == kind]


async def current_details(handle: WorkflowHandle[Any, Any]) -> str:
    """Return the Markdown an operator sees as "current details"."""
    found = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return found.current_details
