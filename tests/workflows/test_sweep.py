"""People who come to belong to a segment enter by themselves: found, asked once, and remembered."""

from __future__ import annotations

import uuid

from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.clock import TimeScale
from nurture.domain.events import Event, EventKind
from nurture.domain.orders import SequenceFile
from tests.workflows.house import MOST_LOOKS
from workflows.client import QUEUE
from workflows.schedules import keep_sweeping
from workflows.sweep import SweepWorkflow


def a_sequence(segment, **enter):
    name = f"swept-{uuid.uuid4().hex[:6]}"
    steps = [{"id": "hello", "after": "5 days", "email": "welcome"}]
    enter = {"segment": segment, **enter}
    return name, {"sequence": name, "purpose": "marketing", "enter": enter, "steps": steps}


async def put_up(house, name, document):
    await house.store.library.keep(name, f"v-{name}", document)

    async def enters(lead):
        return await house.leads.enrol(lead, SequenceFile(name, f"v-{name}", document), "segment")

    house.at_the_door = enters


async def stored(house, kind, lead, **details):
    return await house.store.inbox.record(Event(uuid.uuid4().hex, kind, lead, house.clock.now(), details=details))


async def sweeps(house, name):
    return await house.client.execute_workflow(
        SweepWorkflow.run, name, id=f"sweep-{name}-{uuid.uuid4().hex[:6]}", task_queue=QUEUE
    )


async def test_whoever_comes_to_belong_enters_once(house):
    town = uuid.uuid4().hex[:8]
    name, document = a_sequence(f'lead.town == "{town}"')
    inside = await house.knows("ada", fields={"town": town})
    later = await house.knows("bob", fields={"town": "elsewhere"})
    await put_up(house, name, document)
    try:
        assert await sweeps(house, name) == {"enrolled": 1}
        assert await sweeps(house, name) == {}

        await house.tell(await stored(house, EventKind.LEAD_CHANGED, later, town=town))

        assert await sweeps(house, name) == {"enrolled": 1}
        assert set(await house.store.sweeps.asked(name)) == {inside, later}
    finally:
        house.at_the_door = None


async def test_points_are_counted_from_what_was_stored(house):
    town = uuid.uuid4().hex[:8]
    name, document = a_sequence(f'lead.town == "{town}" and engagement > 0')
    hot, _cold = await house.knows("hot", fields={"town": town}), await house.knows("cold", fields={"town": town})
    await stored(house, EventKind.REPLIED, hot, intent="interested")
    await put_up(house, name, document)

    try:
        looks = {look.lead: look async for look in house.sweeps().look(name)}
    finally:
        house.at_the_door = None

    assert [lead for lead, look in looks.items() if not look.code] == [hot]
    assert "engagement" in looks[hot].why


async def test_each_segment_has_one_schedule_and_loses_it_with_its_sequence(house):
    names = [f"sweep-of-{uuid.uuid4().hex[:6]}" for _ in range(2)]

    assert await keep_sweeping(house.client, QUEUE, names, TimeScale()) == sorted(f"sweep-{name}" for name in names)
    described = await house.client.get_schedule_handle(f"sweep-{names[0]}").describe()
    assert described.schedule.spec.intervals[0].every.total_seconds() == 900

    for _ in range(MOST_LOOKS):  # what was just made is not listed at once
        await keep_sweeping(house.client, QUEUE, [], TimeScale())
        if not [name for name in names if await is_there(house, f"sweep-{name}")]:
            return
    raise AssertionError("a schedule outlived its sequence")


async def is_there(house, schedule):
    try:
        await house.client.get_schedule_handle(schedule).describe()
    except RPCError as gone:
        if gone.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True
