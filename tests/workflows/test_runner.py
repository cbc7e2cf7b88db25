"""Workers run workflows lightly: nothing is loaded or asked for that no lead has a use for."""

from __future__ import annotations

from temporalio.converter import WithSerializationContext

from nurture.connecting import SharedPayloadConverter, converter
from nurture.settings import Settings
from tests.workflows.house import House
from workflows.client import QUEUE

KEY = "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U="
"""32 bytes in base64."""
ONE_MAIL = {
    "sequence": "beside",
    "purpose": "marketing",
    "enter": {"by_hand": True},
    "timing": {"window": "any-time", "when_late": "send"},
    "steps": [{"id": "hello", "email": "content-thanks"}],
}


def test_our_converters_have_no_use_for_a_context():
    for settings in (Settings(), Settings(payload_key=KEY)):
        ours = converter(settings)

        assert not isinstance(ours.payload_codec, WithSerializationContext)
        assert not issubclass(ours.failure_converter_class, WithSerializationContext)
    for each in SharedPayloadConverter().converters.values():
        assert not isinstance(each, WithSerializationContext)


async def test_a_leads_file_is_read_and_written_beside_its_workflow(house: House):
    story = await house.enrols("ada", ONE_MAIL)
    await story.ends()

    history = await story.handle.fetch_history()
    asked = [event.activity_task_scheduled_event_attributes for event in history.events]
    queues = {each.activity_type.name: each.task_queue.name for each in asked if each.activity_type.name}
    assert queues == {"recall": QUEUE, "send": "email", "rest": QUEUE}
