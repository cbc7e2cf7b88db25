"""Hand-offs: each step done twice is done once, and whoever answers first wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from nurture.domain.duration import parse_duration
from nurture.domain.events import Event, EventKind
from nurture.domain.handoff import plans_of
from nurture.domain.orders import HandoffNews, HandoffOrder
from nurture.domain.tasks import TaskStatus
from tests.zones import database_where

PLAN = plans_of(
    {"handoffs": {"hot": {"route": "sdr", "title": "{{ lead.first_name }} is hot", "accept_within": "2 hours"}}}
)
ORDER = HandoffOrder("handoff-ada-1", "ada", "story", "v1", "hot", PLAN["hot"], "asked for a price", 70)


async def does(activity, *args):
    """Run an activity as a worker would."""
    return await ActivityEnvironment().run(activity, *args)


def closed(office, outcome, **details):
    """The fact that a hand-off ended."""
    facts = {"outcome": outcome, "reason": "", "rep": "", "handoff": "hot"} | details
    return Event("handoff-ada-1:closed", EventKind.HANDOFF_CLOSED, "ada", office.clock.now(), ORDER.id, details=facts)


async def test_an_offer_made_twice_is_one_task_of_one_rep(office, ada):
    first, again = [await does(office.handoffs().offer, ORDER) for _ in range(2)]

    [task] = await office.store.tasks.of(lead=ada)
    assert first.rep == again.rep == task.rep != ""
    assert (task.id, task.title) == (ORDER.id, "Ada is hot")
    assert task.due_at == office.clock.now() + timedelta(hours=2)
    assert first.hours == again.hours


async def test_an_offer_brings_the_clock_its_workflow_counts_by(office, ada, tmp_path):
    offer, now = await does(office.handoffs().offer, ORDER), office.clock.now()
    due = offer.hours.calendar.add(now, parse_duration("9 business hours"))

    with database_where(tmp_path, offer.hours.timezone, is_like="Pacific/Auckland"):
        assert offer.hours.calendar.add(now, parse_duration("9 business hours")) == due
        assert replace(offer.hours, clock={}).calendar.add(now, parse_duration("9 business hours")) != due


async def test_nothing_is_opened_while_nobody_has_room(office, ada):
    await office.store.tasks.save_reps([replace(member, capacity=0) for member in office.policies.team])

    offer = await does(office.handoffs().offer, ORDER)

    assert offer.full
    assert not await office.store.tasks.of(lead=ada)


async def test_a_reassignment_done_twice_takes_it_from_one_rep_once(office, ada):
    first = await does(office.handoffs().offer, ORDER)
    office.clock.pass_by(hours=3)
    now = office.clock.now()

    second = await does(office.handoffs().reassign, ORDER, [first.rep], now)
    again = await does(office.handoffs().reassign, ORDER, [first.rep], now)

    assert second.rep == again.rep
    assert second.rep not in ("", first.rep)
    assert (await office.store.tasks.find(ORDER.id)).rep == second.rep


async def test_when_everybody_had_it_nobody_gets_it(office, ada):
    first = await does(office.handoffs().offer, ORDER)
    everybody = [member.id for member in office.policies.team]

    offer = await does(office.handoffs().reassign, ORDER, everybody, office.clock.now())

    assert offer.rep == ""
    assert (await office.store.tasks.find(ORDER.id)).rep == first.rep


async def test_what_was_answered_is_not_reassigned(office, ada):
    first = await does(office.handoffs().offer, ORDER)
    await office.store.tasks.close(ORDER.id, TaskStatus.ACCEPTED, office.clock.now(), rep=first.rep)

    offer = await does(office.handoffs().reassign, ORDER, [first.rep], office.clock.now())

    assert offer.rep == ""
    assert (await office.store.tasks.find(ORDER.id)).rep == first.rep


@pytest.mark.parametrize(
    ("kind", "whom"), [("remind", "anna"), ("late", "anna"), ("manager", "grace")], ids=["owner", "late", "manager"]
)
async def test_news_told_twice_is_one_note_and_later_news_another(office, ada, kind, whom):
    now = office.clock.now()
    for at in (now, now, now + timedelta(hours=1)):
        await does(office.handoffs().tell, HandoffNews(ORDER.id, "ada", kind, "anna", "it is late", at))

    notes = await office.store.tasks.of(lead=ada)
    assert [note.rep for note in notes] == [whom, whom]
    assert {note.kind for note in notes} == {"note"}


async def test_in_the_pool_it_belongs_to_nobody(office, ada):
    await does(office.handoffs().offer, ORDER)
    news = HandoffNews(ORDER.id, "ada", "pool", "anna", "nobody answered", office.clock.now())

    for _ in range(2):
        await does(office.handoffs().tell, news)

    assert (await office.store.tasks.find(ORDER.id)).rep == ""


async def test_an_end_reported_twice_is_stored_once_and_leaves_nothing_for_the_relay(office, ada):
    event = closed(office, "accepted", rep="anna")

    assert [await does(office.handoffs().report, event) for _ in range(2)] == [True, True]

    assert [fact.id for fact in await office.store.inbox.of_lead(ada)] == [event.id]
    assert await office.store.inbox.untold() == []


async def test_an_end_that_cannot_be_told_is_stored_and_tried_again(office, ada):
    office.ear.deaf = True
    with pytest.raises(ConnectionError):
        await does(office.handoffs().report, closed(office, "accepted", rep="anna"))
    assert [fact.kind for fact, _ in await office.store.inbox.untold()] == [EventKind.HANDOFF_CLOSED]
    office.ear.deaf = False

    await does(office.handoffs().report, closed(office, "accepted", rep="anna"))

    assert office.ear.heard == [("handoff_closed", "ada")]


async def test_what_nobody_took_leaves_the_inbox(office, ada):
    await does(office.handoffs().offer, ORDER)

    assert await does(office.handoffs().report, closed(office, "expired")) is True

    assert (await office.store.tasks.find(ORDER.id)).status is TaskStatus.CANCELLED
    assert office.ear.heard == [("handoff_closed", "ada")]


async def test_what_was_answered_at_the_last_moment_does_not_expire(office, ada):
    await does(office.handoffs().offer, ORDER)
    now = office.clock.now()
    answer = Event(f"{ORDER.id}:answer", EventKind.HANDOFF_ACCEPTED, "ada", now, ORDER.id, details={"rep": "anna"})
    await office.store.inbox.record(answer, target=ORDER.id)
    await office.store.tasks.close(ORDER.id, TaskStatus.ACCEPTED, now, rep="anna")

    assert await does(office.handoffs().report, closed(office, "expired")) is False

    assert (await office.store.tasks.find(ORDER.id)).status is TaskStatus.ACCEPTED
    assert office.ear.heard == []


@pytest.mark.parametrize(
    ("include", "shown", "hidden"),
    [
        pytest.param(("timeline",), ["So far", "clicked pricing"], ["What made the score", "Open with"], id="timeline"),
        pytest.param(("score_reasons",), ["What made the score", "+30 clicked"], ["So far"], id="reasons"),
        pytest.param(("opening",), ["Open with", "They looked at pricing"], ["So far", "Last words"], id="opening"),
        pytest.param((), ["So far", "What made the score", "Open with"], [], id="everything"),
    ],
)
async def test_the_task_tells_what_include_asks_for(office, ada, include, shown, hidden):
    await office.hears(ada, EventKind.CLICKED, link="pricing", human=True)
    order = replace(ORDER, plan=replace(ORDER.plan, include=include), reasons=("+30 clicked",))

    await does(office.handoffs().offer, order)

    [task] = await office.store.tasks.of(lead=ada)
    assert [words for words in shown if words not in task.body] == []
    assert [words for words in hidden if words in task.body] == []
