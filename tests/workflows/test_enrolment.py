"""Bulk enrolment of a list: progress, pause, refusals by code, and what a failure in the middle does."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from nurture.domain.errors import NotFound
from nurture.domain.events import Event, EventKind
from tests.workflows.house import MOST_LOOKS, is_idle
from workflows.client import QUEUE
from workflows.enrolment import BITE, EnrolmentWorkflow
from workflows.starts import EnrolmentStart

SEQUENCE = "quarterly-nurture"
CROWD = [f"lead-{number}" for number in range(2 * BITE + 10)]


class Door:
    """Answers for every lead that is asked; holds them while it is shut."""

    def __init__(self, **answers):
        self.open, self.answers, self.asked = asyncio.Event(), answers, Counter()
        self.open.set()
        self.somebody_came = asyncio.Event()

    async def __call__(self, lead):
        self.asked[lead] += 1
        self.somebody_came.set()
        await self.open.wait()
        answer = self.answers.get(lead.replace("-", "_"), "")
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else ""
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def door(house):
    """A door in front of everybody, instead of their workflows."""
    house.at_the_door = Door()
    yield house.at_the_door
    house.at_the_door = None


async def enrols(house, leads, key="spring"):
    """Start a bulk enrolment and return its handle."""
    name = await house.leads.enrol_many(key, SEQUENCE, leads, "spring campaign")
    return house.client.get_workflow_handle_for(EnrolmentWorkflow.run, name)


async def comes_to(house, handle, **wanted):
    """Return when the progress shows what is wanted and nothing is under way."""
    for _ in range(MOST_LOOKS):
        progress, now = await house.leads.progress(handle.id), await handle.describe()
        if is_idle(now.raw_description) and wanted.items() <= progress.items():
            return
    raise AssertionError(f"{handle.id} is at {progress}, not at {wanted}")


async def test_everybody_is_asked_and_each_refusal_is_counted_by_its_code(house):
    ada, bob = await house.knows("ada"), await house.knows("bob")
    told = Event(f"{bob}:stop", EventKind.OPTED_OUT, bob, house.clock.now(), details={"channel": "", "how": "page"})
    await house.tell(await house.store.inbox.record(told))

    handle = await enrols(house, [ada, bob, ada, "nobody"], key="refusals")

    assert await handle.result() == {"enrolled": 1, "already_in": 1, "silenced": 1, "not_found": 1}
    assert await house.leads.progress(handle.id) == {
        "total": 4,
        "left": 0,
        "paused": False,
        "tally": {"enrolled": 1, "already_in": 1, "silenced": 1, "not_found": 1},
    }


async def test_a_pause_is_felt_after_the_bite_under_way_and_resume_goes_on(house, door):
    door.open.clear()
    handle = await enrols(house, CROWD, key="pause")
    await door.somebody_came.wait()
    await handle.signal(EnrolmentWorkflow.pause)

    door.open.set()
    await comes_to(house, handle, paused=True, left=len(CROWD) - BITE)
    assert door.asked.total() == BITE
    await handle.signal(EnrolmentWorkflow.resume)

    assert await handle.result() == {"enrolled": len(CROWD)}
    assert set(door.asked.values()) == {1}


async def test_the_same_key_joins_the_enrolment_that_runs(house, door):
    door.open.clear()
    first, again = await enrols(house, CROWD[:3], key="twice"), await enrols(house, CROWD[:3], key="twice")
    door.open.set()

    assert first.id == again.id
    assert await again.result() == {"enrolled": 3}
    assert set(door.asked.values()) == {1}


async def test_a_failure_in_the_middle_asks_only_those_without_an_answer_again(house, door):
    door.answers = {"lead_1": [ConnectionError("the frontend went away")], "lead_2": "already_in"}

    handle = await enrols(house, CROWD[:4], key="once")

    assert await handle.result() == {"enrolled": 3, "already_in": 1}
    assert door.asked == {"lead-0": 1, "lead-1": 2, "lead-2": 1, "lead-3": 1}


async def test_a_fresh_history_takes_over_the_tally_and_the_pause(house, door):
    taken_over = EnrolmentStart(SEQUENCE, "spring campaign", CROWD[:5], total=30, tally={"enrolled": 25}, paused=True)
    handle = await house.client.start_workflow(
        EnrolmentWorkflow.run, taken_over, id="enrolment-taken-over", task_queue=QUEUE
    )

    await comes_to(house, handle, total=30, left=5, paused=True)
    assert door.asked.total() == 0
    await handle.signal(EnrolmentWorkflow.resume)

    assert await handle.result() == {"enrolled": 30}


async def test_an_enrolment_that_never_was_has_no_progress(house):
    with pytest.raises(NotFound, match="no enrolment"):
        await house.leads.progress("enrolment-nobody-started")


async def test_an_operator_reads_how_far_it_is(house, door):
    handle = await enrols(house, CROWD[:2], key="words")
    await handle.result()

    description = await handle.describe()
    assert await description.static_summary() == f"Enrols 2 leads into {SEQUENCE}"
