"""The life of one hand-off: the ladder of reminders, and how each answer reaches the lead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from temporalio.exceptions import ApplicationError

from nurture.domain.errors import NotFound
from nurture.domain.events import Event, EventKind
from nurture.domain.tasks import TaskStatus
from nurture.domain.timing import ANSWER_GRACE
from tests.workflows.ladder import LADDER, SECOND, WELCOME


def sequence(**changes):
    """A sequence that hands a lead who answers with interest to sales."""
    return {
        "sequence": "hot-reply",
        "enter": {"by_hand": True},
        "timing": {"timezone": "lead", "window": "any-time", "when_late": "send"},
        "stop": [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot"}}],
        "handoffs": {"hot": {**LADDER, **changes}},
        "steps": [WELCOME, SECOND],
    }


async def interested(house, **changes):
    """Let a lead get a mail and answer it with interest; return the story and the hand-off."""
    ada = await house.enrols("ada", sequence(**changes))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    offer = ada.offer()
    await offer.settles()
    return ada, offer


async def test_nobody_answers_and_the_ladder_is_climbed_to_the_pool(house):
    ada, offer = await interested(house)
    first = (await offer.task()).rep
    assert first

    await offer.hours_pass(1.5)
    assert await offer.notes() == [("remind", first)]
    await offer.hours_pass(1)  # 2 h 30: the promise to accept is broken
    assert ("late", first) in await offer.notes()
    await offer.hours_pass(1)  # 3 h 30
    second = (await offer.task()).rep
    assert second not in ("", first)
    await offer.hours_pass(3)  # 6 h 30
    assert ("manager", "grace") in await offer.notes()
    await offer.hours_pass(2)  # 8 h 30
    assert (await offer.task()).rep == ""
    assert (await offer.state())["rep"] == "pool"

    assert await ada.sent() == ["welcome"]  # a rep has it: not one message


async def test_the_pool_accepts_late_and_the_lead_is_sales(house):
    ada, offer = await interested(house)
    await offer.hours_pass(9)

    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep="dev")

    assert await offer.ends() == "accepted"
    assert await ada.ends() == "sal"
    person = await house.store.leads.find(ada.lead)
    assert (person.stage, person.owner) == ("sal", "dev")


async def test_a_rejection_does_what_the_plan_says_of_its_reason(house):
    ada, offer = await interested(house)

    await offer.hears(EventKind.HANDOFF_REJECTED, rep=(await offer.task()).rep, reason="bad_fit")

    assert await offer.ends() == "rejected"
    assert await ada.ends() == "unqualified"
    assert await ada.sent() == ["welcome"]


async def test_bad_data_resumes_the_sequence_where_it_stood(house):
    ada, offer = await interested(house)

    await offer.hears(EventKind.HANDOFF_REJECTED, rep=(await offer.task()).rep, reason="bad_data")
    await offer.ends()
    await ada.days_pass(4)

    assert await ada.ends() == "mql"
    assert await ada.sent() == ["welcome", "second"]


async def test_nobody_ever_answers_and_the_lead_goes_on(house):
    ada, offer = await interested(house)

    await offer.hours_pass(24)

    assert await offer.ends() == "expired"
    assert (await offer.task()).status is TaskStatus.CANCELLED
    await ada.days_pass(3)
    await ada.ends()
    assert await ada.sent() == ["welcome", "second"]


async def test_the_first_touch_is_late_and_the_manager_hears_of_it(house):
    ada, offer = await interested(house, first_touch_within="1 hours")
    rep = (await offer.task()).rep
    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep=rep)
    await ada.ends()

    await offer.hours_pass(2)

    assert await offer.ends() == "accepted"
    assert await offer.notes() == [("late", rep), ("manager", "grace")]


async def test_a_first_touch_in_time_closes_the_hand_off_in_silence(house):
    ada, offer = await interested(house, first_touch_within="1 hours")
    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep=(await offer.task()).rep)
    await ada.ends()

    await offer.hears(EventKind.TASK_DONE, outcome="connected")

    assert await offer.ends() == "accepted"
    assert await offer.notes() == []


async def test_a_reply_told_twice_gives_one_hand_off(house):
    ada, offer = await interested(house)
    reply = next(fact for fact in await house.store.inbox.of_lead(ada.lead) if fact.kind is EventKind.REPLIED)

    await house.tell(reply)
    await ada.settles()

    assert [task.id for task in await ada.tasks("handoff")] == [offer.id]


async def test_an_answer_told_twice_is_one_answer(house):
    ada, offer = await interested(house, first_touch_within="1 hours")
    answer = await offer.hears(EventKind.HANDOFF_ACCEPTED, rep=(await offer.task()).rep)

    await house.tell(answer, offer.id)

    await ada.ends()
    closed = [f for f in await house.store.inbox.of_lead(ada.lead) if f.kind is EventKind.HANDOFF_CLOSED]
    assert len(closed) == 1


async def test_a_yes_that_comes_before_the_hand_off_began_is_told_again(house):
    """The task is in the inbox a moment before its workflow is there; with Temporal away, for hours."""
    ada = await house.enrols("ada", sequence())
    early = ada.offer()

    answer = Event(f"{early.id}:answer", EventKind.HANDOFF_ACCEPTED, ada.lead, house.clock.now(), early.id)
    with pytest.raises(NotFound, match="has not begun yet"):
        await house.tell(answer, early.id)
    await house.tell(replace(answer, at=answer.at - ANSWER_GRACE), early.id)  # so long ago that it is over


async def test_two_qualifying_facts_while_a_rep_has_the_lead_give_one_task(house):
    document = sequence()
    watching = {"when": "happened(quote_requested)", "then": {"move": "mql", "handoff": "hot"}}
    again = {**document, "sequence": "quotes", "watch": [watching], "stop": []}
    ada = await house.enrols("ada", document)
    await house.enters(ada, again)
    await ada.days_pass(1)

    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    await ada.hears(EventKind.HAPPENED, name="quote_requested")

    assert [task.id for task in await ada.tasks("handoff")] == [f"handoff-{ada.lead}-1"]


async def test_the_answer_reaches_a_lead_that_continued_as_new_meanwhile(house, monkeypatch):
    ada, offer = await interested(house)
    before = (await ada.handle.describe()).run_id
    monkeypatch.setattr("workflows.patience.TOO_LONG", 60)
    for visit in range(30):
        await ada.hears(EventKind.OPENED, name=f"visit {visit}", tell=False)
    for fact in await house.store.inbox.of_lead(ada.lead):
        await house.tell(fact)
    await ada.settles()
    monkeypatch.undo()
    assert (await ada.handle.describe()).run_id != before

    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep="anna")

    await offer.ends()
    assert await ada.ends() == "sal"


async def test_a_reps_yes_counts_though_the_sequence_was_stopped_by_hand_meanwhile(house):
    ada, offer = await interested(house)
    await ada.hears(EventKind.STOPPED, why="moved away", by="grace")

    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep="anna")

    assert await offer.ends() == "accepted"
    assert await ada.ends() == "sal"
    assert offer.id in await house.store.leads.snapshot(ada.lead)  # it heard


async def test_a_rejection_in_the_last_moment_is_no_acceptance(house):
    ada, offer = await interested(house)
    await offer.hours_pass(9)
    answer = await offer.hears(EventKind.HANDOFF_REJECTED, rep="anna", reason="bad_fit", tell=False)

    await offer.hours_pass(12, settle=False)  # it would expire now, but the answer is stored already
    await house.tell(answer, offer.id)

    assert await offer.ends() == "rejected"
    assert await ada.ends() == "unqualified"


async def test_sales_that_cannot_be_reached_is_asked_again(house, monkeypatch):
    async def nobody_home():
        raise ApplicationError("the team cannot be read", non_retryable=True)

    monkeypatch.setattr(house.store.tasks, "reps", nobody_home)
    ada = await house.enrols("ada", sequence(when_full={"keep_nurturing": True, "retry": "2 hours"}))
    await ada.days_pass(1)

    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    assert await ada.tasks("handoff") == []
    monkeypatch.undo()
    await ada.its_time_comes()

    assert [task.id for task in await ada.tasks("handoff")] == [f"handoff-{ada.lead}-1"]
