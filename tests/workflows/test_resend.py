"""A touch nobody knows the end of is sent once more when a person or its sequence says so, and never otherwise."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from nurture.domain.errors import Blame, Refused, Unavailable, Uncertain
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import TouchState, touch_ref
from workflows.resend import ResendWorkflow

WELCOME = {"id": "welcome", "email": "welcome"}
SECOND = {"id": "second", "after": "3 days", "email": "case-study"}


def sequence(*steps, name="again", **rest):
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


async def doubted(house, *steps, **rest):
    """A lead whose first mail went nobody knows where; its journey has gone on."""
    house.outboxes[Channel.EMAIL].will_answer(Uncertain("the line went dead after the dot"))
    ada = await house.enrols("ada", sequence(*(steps or (WELCOME, SECOND)), **rest))
    await ada.settles()
    return ada, (await house.store.ledger.rows(lead=ada.lead))[0]


async def order(house, row, again=1):
    """A person orders a resend, as the command does, and it runs to its end."""
    from nurture.domain.events import Event

    details = {"by": "grace", "why": "the relay lost its queue", "again": again}
    at = house.clock.now()
    event = Event(f"{row.ref}-{at}", EventKind.RESEND_ORDERED, row.touch.lead, at, touch=row.touch.id, details=details)
    stored = await house.store.inbox.record(event)
    await house.tell(stored)
    await house.tell(stored)  # the relay may tell it once more
    name = f"resend-{touch_ref(row.touch.id)}-{again}"
    async with asyncio.timeout(20):
        return await house.client.get_workflow_handle_for(ResendWorkflow.run, name).result()


def mails_to(house, row):
    return [mail for mail in house.outboxes[Channel.EMAIL].sent if mail.to == row.to]


async def test_an_ordered_resend_goes_out_once_with_the_same_message_id_though_the_journey_is_over(house):
    ada, row = await doubted(house, WELCOME)
    await ada.ends()

    assert await order(house, row) == "sent"

    after = await house.store.ledger.find(row.touch.id)
    assert (after.state, after.message_id, after.touch.again) == (TouchState.SENT, row.message_id, 1)
    again = [mail for mail in mails_to(house, row) if mail.message_id == row.message_id]
    assert len(again) == 1  # the outbox kept nothing of the first try: its line went dead
    ids = [fact.kind for fact in await house.store.inbox.of_lead(ada.lead)]
    assert EventKind.RESEND_ORDERED in ids


async def test_a_resend_that_nobody_answers_is_uncertain_again_and_takes_a_new_order(house):
    _, row = await doubted(house, WELCOME)
    house.outboxes[Channel.EMAIL].will_answer(Uncertain("dead again"))
    assert (await order(house, row)).startswith("unknown")
    assert (await house.store.ledger.find(row.touch.id)).state is TouchState.UNCERTAIN

    assert await order(house, row, again=2) == "sent"


async def test_a_person_who_opted_out_meanwhile_gets_nothing_and_the_touch_stays_uncertain(house):
    ada, row = await doubted(house)
    await ada.hears(EventKind.OPTED_OUT, channel="", how="page")

    assert (await order(house, row)).startswith("never")

    assert (await house.store.ledger.find(row.touch.id)).state is TouchState.UNCERTAIN
    assert mails_to(house, row) == []


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Refused("no such mailbox", blame=Blame.CONTENT, code="550"), TouchState.REFUSED),
        (Unavailable("the relay is away"), TouchState.SENT),
    ],
)
async def test_what_the_provider_says_to_a_resend_is_its_end(house, answer, state):
    _, row = await doubted(house, WELCOME)
    house.outboxes[Channel.EMAIL].will_answer(answer)
    await order(house, row)
    assert (await house.store.ledger.find(row.touch.id)).state is state


async def test_an_edited_template_is_not_sent_under_an_old_touch(house, monkeypatch):
    _, row = await doubted(house, WELCOME)
    monkeypatch.setattr("activities.intents.body_hash", lambda _: "another body")
    assert (await order(house, row)).startswith("unknown")
    after = await house.store.ledger.find(row.touch.id)
    assert (after.state, after.touch.again) == (TouchState.UNCERTAIN, 0)


# --- uncertain: resend -----------------------------------------------------------------------------------------------


async def test_a_sequence_that_says_so_sends_once_more_by_itself_and_then_goes_on(house):
    ada, row = await doubted(house, uncertain="resend")
    assert (await ada.state())["blocked_by"] == "uncertain"
    await ada.days_pass(timedelta(minutes=16) / timedelta(days=1))

    after = await house.store.ledger.find(row.touch.id)
    assert (after.state, after.message_id, after.touch.again) == (TouchState.SENT, row.message_id, 1)
    await ada.days_pass(4)
    assert await ada.sent() == ["welcome", "second"]


async def test_it_does_so_one_time_only(house):
    ada, row = await doubted(house, uncertain="resend")
    house.outboxes[Channel.EMAIL].will_answer(Uncertain("dead again"))
    await ada.days_pass(1)

    assert (await house.store.ledger.find(row.touch.id)).state is TouchState.UNCERTAIN
    await ada.days_pass(4)
    assert await ada.sent() == ["second"]


async def test_a_proof_that_comes_first_saves_the_resend(house):
    ada, row = await doubted(house, uncertain="resend")
    await house.store.ledger.progress(row.message_id, TouchState.DELIVERED, house.clock.now())
    await ada.days_pass(1)
    assert mails_to(house, row) == []
    assert (await house.store.ledger.find(row.touch.id)).touch.again == 0
