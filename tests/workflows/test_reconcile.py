"""The reconciler settles by proof alone, ends what nobody wants, and fetches what no webhook brought."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest
from temporalio.testing import ActivityEnvironment

from nurture.domain.errors import Unavailable, Uncertain
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.messages import Receipt
from nurture.domain.touch import Intent, Touch, TouchState, touch_id
from workflows.reconciling import EVERY, SCHEDULE

_lines = count(10)
NUDGE = {"id": "nudge", "sms": "trial-nudge"}
LATER = {"id": "later", "after": "30 days", "email": "welcome"}


def sequence(*steps, name="doubt", **rest):
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


@dataclass
class Provider:
    """Knows what it took; remembers what it was asked."""

    answer: Receipt | None = None
    away: bool = False
    asked: list = field(default_factory=list)

    async def look_up(self, message, since):
        if self.away:
            raise Unavailable("no answer")
        self.asked.append((message, since))
        return self.answer


async def sweep(house, later=timedelta()):
    """Sweep at the story's time, or some time after it."""
    env = ActivityEnvironment()
    env.info = replace(env.info, started_time=house.clock.now() + later)
    return await env.run(house.reconcile().sweep, "")


@pytest.fixture
async def provider(house):
    house.texts.clear()
    house.clock.ahead = timedelta()
    house.enquirers[Channel.SMS] = provider = Provider()
    yield provider
    house.enquirers.clear()
    # what is left in doubt here must not be asked about in the next story
    for row in await house.store.ledger.rows(states=(TouchState.UNCERTAIN,)):
        await house.store.ledger.prove(row.touch.id, TouchState.REFUSED, house.clock.now())


@pytest.fixture
async def doubted(house):
    """A text that went nobody knows where, to a lead whose journey goes on."""
    house.outboxes[Channel.SMS].will_answer(Uncertain("the answer never came"))
    ada = await house.enrols("ada", sequence(NUDGE, LATER), phone=f"+4474001235{next(_lines):02d}")
    await ada.days_pass(4)  # past any hour at which a text would be unlawful
    [row] = await house.store.ledger.rows(lead=ada.lead)
    assert row.state is TouchState.UNCERTAIN
    return row


async def test_a_text_the_provider_has_is_settled_with_its_sid(house, provider, doubted):
    provider.answer = Receipt("SM" + "a" * 32, "delivered")

    assert (await sweep(house)).proved == 1

    after = await house.store.ledger.find(doubted.touch.id)
    assert (after.state, after.receipt) == (TouchState.SENT, "SM" + "a" * 32)
    [(message, since)] = [(m, s) for m, s in provider.asked if m.to == doubted.to]
    assert message.body
    assert timedelta(seconds=2) <= doubted.wire_at - since < timedelta(seconds=4)


async def test_a_text_the_provider_does_not_have_stays_uncertain_with_a_note(house, provider, doubted):
    soon = doubted.wire_at - house.clock.now() + timedelta(minutes=10)
    assert (await sweep(house, soon)).not_found == 0  # it may still be on its way
    assert (await sweep(house)).not_found == 1
    after = await house.store.ledger.find(doubted.touch.id)
    assert (after.state, after.code) == (TouchState.UNCERTAIN, "not_found")


async def test_a_text_whose_template_was_edited_is_not_asked_about(house, provider, doubted, monkeypatch):
    monkeypatch.setattr("activities.reconcile.body_hash", lambda _: "another")
    await sweep(house)
    assert (await house.store.ledger.find(doubted.touch.id)).code == "not_asked"
    assert provider.asked == []


async def test_anothers_message_with_the_same_words_proves_nothing(house, provider, doubted):
    other = touch_id(doubted.touch.lead, "doubt", 1, "earlier", 1, Channel.SMS)
    wish = Touch(other, doubted.touch.lead, "doubt", "v", "earlier", Channel.SMS, "trial-nudge")
    row = await house.store.ledger.reserve(Intent(wish, "m1", "b", "s", doubted.to), house.clock.now())
    await house.store.ledger.mark_wire(other, row.fence, house.clock.now(), lambda _: None)
    await house.store.ledger.settle(other, row.fence, TouchState.SENT, house.clock.now(), receipt="SM-of-the-other")
    provider.answer = Receipt("SM-of-the-other", "delivered")

    assert (await sweep(house)).proved == 0
    assert (await house.store.ledger.find(doubted.touch.id)).state is TouchState.UNCERTAIN


async def test_a_provider_that_does_not_answer_is_asked_again_next_time(house, provider, doubted):
    provider.away = True
    assert (await sweep(house)).troubles >= 1
    provider.away, provider.answer = False, Receipt("SM" + "b" * 32, "sent")
    assert (await sweep(house)).proved == 1


async def test_a_worker_that_leaves_ends_its_sweep_at_once_and_the_next_looks_at_the_rest(house, provider, doubted):
    provider.answer = Receipt("SM" + "d" * 32, "sent")
    leaving = ActivityEnvironment()
    leaving.worker_shutdown()
    swept = await leaving.run(house.reconcile().sweep, "2026-03-01T00:00:00+00:00")
    assert (swept.proved, swept.seen_until) == (0, "2026-03-01T00:00:00+00:00")
    assert provider.asked == []
    assert (await sweep(house)).proved == 1


async def test_what_a_lost_worker_left_on_the_wire_is_uncertain_and_what_nobody_wants_is_ended(house, provider):
    lead = await house.knows("eve")
    past = house.clock.now() - timedelta(hours=3)
    for step in ("wired", "begun"):
        wish = Touch(touch_id(lead, "doubt", 1, step, 1, Channel.EMAIL), lead, "doubt", "v", step, Channel.EMAIL, "x")
        row = await house.store.ledger.reserve(Intent(wish, f"<{step}.{lead}>", "b", "s", "eve@example.com"), past)
        if step == "wired":
            await house.store.ledger.mark_wire(wish.id, row.fence, past, lambda _: None)

    swept = await sweep(house)

    assert (swept.lost, swept.ended) == (1, 1)
    rows = {row.touch.step: row for row in await house.store.ledger.rows(lead=lead)}
    assert rows["wired"].state is TouchState.UNCERTAIN
    assert (rows["begun"].state, rows["begun"].code) == (TouchState.CANCELLED, "moved_on")
    assert (await house.store.evidence.gather()).findings == []


async def test_a_text_that_no_webhook_brought_is_stored_once(house, provider):
    ada = await house.enrols("ada", sequence(LATER))
    person = await house.store.leads.find(ada.lead)
    sent = house.clock.now().isoformat()
    house.texts.append({"MessageSid": f"SM{ada.lead}", "From": person.phone, "Body": "stop please", "DateSent": sent})

    assert (await sweep(house)).recovered == 1
    assert (await sweep(house)).recovered == 0

    kinds = {fact.kind for fact in await house.store.inbox.of_lead(ada.lead)}
    assert EventKind.OPTED_OUT in kinds
    assert [fact for fact, _ in await house.store.inbox.untold() if fact.lead == ada.lead] == []
    await ada.ends()


async def test_a_yes_older_than_the_last_no_does_not_undo_it(house, provider):
    lead = await house.knows("eve")
    person = await house.store.leads.find(lead)
    now = house.clock.now()
    for sid, word, at in (("1", "STOP", now), ("2", "START", now - timedelta(minutes=9))):
        form = {"MessageSid": f"SM{sid}{lead}", "From": person.phone, "Body": word, "DateSent": at.isoformat()}
        house.texts.append(form)
    await sweep(house)
    assert [fact.kind for fact in await house.store.inbox.of_lead(lead)] == [EventKind.OPTED_OUT]
    assert await house.store.leads.suppressions(lead)


async def test_the_schedule_is_made_once_and_sweeps_from_where_the_last_sweep_ended(house, provider):
    await house.leads.keep_reconciling()
    await house.leads.keep_reconciling()
    schedule = house.client.get_schedule_handle(SCHEDULE)
    try:
        described = await schedule.describe()
        assert [each.every for each in described.schedule.spec.intervals] == [EVERY]
        house.asked_since.clear()
        for number in (1, 2):
            await schedule.trigger()
            while len((await schedule.describe()).info.recent_actions) < number:
                pass
            action = (await schedule.describe()).info.recent_actions[-1].action
            handle = house.client.get_workflow_handle(action.workflow_id, run_id=action.first_execution_run_id)
            await handle.result()
        first, second = house.asked_since
        assert second - first > timedelta(hours=23)  # a day back at first, half an hour before the last sweep then
    finally:
        await schedule.delete()
