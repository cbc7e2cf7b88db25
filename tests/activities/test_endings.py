"""A touch whose activity fell silent: the ledger says how it ended, and what never left is ended or planned anew."""

from __future__ import annotations

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.endings import Endings
from nurture.domain.errors import LeaseLost
from nurture.domain.touch import Answer, Intent, TouchState
from tests.activities.conftest import LEASE

HOUR = 60 * LEASE


@pytest.fixture
def end_of(office):
    """Ask for the end of a touch, as the workflow does; `later` is how long after everything else."""
    endings = Endings(office.clock, office.store.ledger, office.store.senders, LEASE.total_seconds())

    async def ask(touch, *, is_defect=False, later=HOUR):
        office.clock.time += later
        return await ActivityEnvironment().run(endings.end_of, touch, "nobody came", is_defect)

    return ask


async def reserved(office, touch):
    """Return the row of a touch that a worker has begun."""
    return await office.store.ledger.reserve(
        Intent(touch, "<a@b>", "hash", "one", "ada@example.com"), office.clock.now()
    )


async def on_the_wire(office, touch):
    row = await reserved(office, touch)
    assert await office.store.ledger.mark_wire(touch.id, row.fence, office.clock.now(), lambda facts: None) is None
    return row


async def test_what_nobody_tried_is_planned_anew_and_leaves_no_row(office, ada, touch, end_of):
    answer = await end_of(touch())

    assert (answer.answer, answer.code, answer.why) == (Answer.NOT_YET, "not_tried", "nobody came")
    assert answer.until == office.clock.now()
    assert await office.store.ledger.find(touch().id) is None


async def test_what_was_begun_and_never_left_is_taken_from_a_worker_that_may_come_back(office, ada, touch, end_of):
    row = await reserved(office, touch())

    assert (await end_of(touch())).answer is Answer.NOT_YET

    with pytest.raises(LeaseLost):
        await office.store.ledger.mark_wire(touch().id, row.fence, office.clock.now(), lambda facts: None)
    assert (await reserved(office, touch())).fence > row.fence  # and is free for the next one at once


@pytest.mark.parametrize("begun", [False, True])
async def test_a_defect_ends_what_never_left_with_its_reason(office, ada, touch, end_of, begun):
    if begun:
        await reserved(office, touch())

    for _ in range(2):
        answer = await end_of(touch(), is_defect=True)
        assert (answer.answer, answer.code, answer.why) == (Answer.NEVER, "broken", "nobody came")

    row = await office.store.ledger.find(touch().id)
    assert (row.state, row.code, row.reason) == (TouchState.SUPPRESSED, "broken", "nobody came")


@pytest.mark.parametrize("is_defect", [False, True])
async def test_what_was_on_the_wire_is_uncertain_whatever_it_failed_of(office, ada, touch, end_of, is_defect):
    await on_the_wire(office, touch())

    assert (await end_of(touch(), is_defect=is_defect)).answer is Answer.UNKNOWN
    assert (await office.store.ledger.find(touch().id)).state is TouchState.UNCERTAIN


@pytest.mark.parametrize("is_defect", [False, True])
async def test_what_left_was_sent_although_its_worker_could_not_say_so(office, ada, touch, end_of, is_defect):
    row = await on_the_wire(office, touch())
    await office.store.ledger.settle(touch().id, row.fence, TouchState.SENT, office.clock.now())

    assert (await end_of(touch(), is_defect=is_defect)).answer is Answer.SENT


@pytest.mark.parametrize("begin", [reserved, on_the_wire])
async def test_a_worker_that_holds_it_still_is_waited_for(office, ada, touch, end_of, begin):
    await begin(office, touch())

    with pytest.raises(ApplicationError, match="Another worker holds"):
        await end_of(touch(), later=LEASE / 2)


async def test_a_resend_that_fell_silent_is_as_uncertain_as_it_was(office, ada, touch, end_of):
    first = await on_the_wire(office, touch())
    await office.store.ledger.settle(touch().id, first.fence, TouchState.UNCERTAIN, office.clock.now())
    again = touch(again=1)
    await reserved(office, again)

    answer = await end_of(again, is_defect=True)

    assert (answer.answer, answer.code) == (Answer.UNKNOWN, "uncertain")
    assert (await office.store.ledger.find(again.id)).state is TouchState.UNCERTAIN
