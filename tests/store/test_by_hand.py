"""A person's word about an uncertain touch: kept with actor and reason, one transaction, only legal moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.errors import BodyChanged, Conflict, Invalid, NotFound
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import TouchState


@pytest.fixture
async def doubted(store, ada, make, clock):
    """A touch nobody knows the end of."""
    intent = make.intent(make.touch(ada.id))
    row = await store.ledger.reserve(intent, clock.now())
    await store.ledger.mark_wire(intent.touch.id, row.fence, clock.now(), lambda _: None)
    await store.ledger.settle(intent.touch.id, row.fence, TouchState.UNCERTAIN, clock.now())
    return await store.ledger.find(intent.touch.id)


def word(make, kind, row, clock, **details):
    given = {"by": "grace", "why": "asked the relay", **details}
    return make.event(kind, row.touch.lead, clock.now(), touch=row.touch.id, details=given)


@pytest.mark.parametrize("end", ["sent", "refused"])
async def test_a_person_settles_it_once_with_name_and_reason(store, doubted, make, clock, end):
    await store.inbox.record(word(make, EventKind.SETTLED, doubted, clock, **{"as": end}))

    after = await store.ledger.find(doubted.touch.id)
    assert (after.state, after.code, after.settled_at) == (end, "by_hand", clock.now())
    assert after.reason == f"{end} says grace: asked the relay"
    with pytest.raises(Conflict, match="nobody doubts it"):
        await store.inbox.record(word(make, EventKind.SETTLED, doubted, clock, **{"as": "sent"}))
    said = [moment for moment in await store.reports.timeline(doubted.touch.lead) if moment.what == "settled"]
    assert [(moment.details["by"], moment.step) for moment in said] == [("grace", "welcome")]


async def test_a_word_that_is_refused_leaves_nothing_behind(store, doubted, make, clock):
    with pytest.raises(Invalid):
        await store.inbox.record(word(make, EventKind.SETTLED, doubted, clock, **{"as": "suppressed"}))
    unknown = replace(word(make, EventKind.SETTLED, doubted, clock, **{"as": "sent"}), touch="no/such/touch")
    with pytest.raises(NotFound):
        await store.inbox.record(unknown)
    assert await store.inbox.of_lead(doubted.touch.lead) == []


async def test_a_touch_whose_worker_is_still_at_it_is_left_alone_and_one_whose_worker_is_gone_is_not(
    store, ada, make, clock
):
    intent = make.intent(make.touch(ada.id))
    row = await store.ledger.reserve(intent, clock.now())
    await store.ledger.mark_wire(intent.touch.id, row.fence, clock.now(), lambda _: None)
    with pytest.raises(Conflict, match="still at the touch"):
        await store.inbox.record(word(make, EventKind.SETTLED, row, clock, **{"as": "sent"}))
    clock.pass_by(minutes=2)
    await store.inbox.record(word(make, EventKind.SETTLED, row, clock, **{"as": "sent"}))
    assert (await store.ledger.find(row.touch.id)).state is TouchState.SENT


async def test_an_order_is_carried_out_once_with_the_first_body_and_message_id(store, doubted, make, clock):
    await store.inbox.record(word(make, EventKind.RESEND_ORDERED, doubted, clock, again=1))
    once_more = replace(doubted.touch, again=1)
    with pytest.raises(BodyChanged):
        await store.ledger.reserve(make.intent(once_more, body="edited"), clock.now())
    assert (await store.ledger.find(doubted.touch.id)).state is TouchState.UNCERTAIN

    row = await store.ledger.reserve(make.intent(once_more, message_id="<another@mail.example.com>"), clock.now())
    assert (row.state, row.fence, row.message_id) == (TouchState.INTENT, doubted.fence + 1, doubted.message_id)
    assert await store.ledger.mark_wire(row.touch.id, row.fence, clock.now(), lambda _: None) is None
    clock.pass_by(minutes=5)  # its worker is lost on the wire once more

    again = await store.ledger.reserve(make.intent(once_more), clock.now())
    assert again.state is TouchState.UNCERTAIN
    with pytest.raises(Conflict, match="resent meanwhile"):
        await store.inbox.record(word(make, EventKind.RESEND_ORDERED, doubted, clock, again=1))


async def test_a_resend_is_never_withheld_and_can_be_given_up(store, doubted, make, clock):
    once_more = replace(doubted.touch, again=1)
    row = await store.ledger.reserve(make.intent(once_more), clock.now())
    with pytest.raises(Conflict):
        await store.ledger.withhold(once_more, TouchState.SUPPRESSED, clock.now(), code="stale", reason="too late")
    await store.ledger.settle(row.touch.id, row.fence, TouchState.UNCERTAIN, clock.now(), reason="given up")
    after = await store.ledger.find(row.touch.id)
    assert (after.state, after.wire_at) == (TouchState.UNCERTAIN, doubted.wire_at)


async def test_a_call_is_not_resent(store, ada, make, clock):
    touch = make.touch(ada.id, channel=Channel.CALL)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), lambda _: None)
    await store.ledger.settle(touch.id, row.fence, TouchState.UNCERTAIN, clock.now())
    with pytest.raises(Conflict, match="a task"):
        await store.inbox.record(word(make, EventKind.RESEND_ORDERED, row, clock, again=1))


async def test_every_move_leaves_a_seal_that_fits(store, doubted, make, clock, send, ada):
    await store.inbox.record(word(make, EventKind.RESEND_ORDERED, doubted, clock, again=1))
    row = await store.ledger.reserve(make.intent(replace(doubted.touch, again=1)), clock.now())
    await store.ledger.settle(row.touch.id, row.fence, TouchState.INTENT, clock.now(), reason="451 later")
    await store.ledger.withhold(make.touch(ada.id, "late"), TouchState.SUPPRESSED, clock.now(), code="stale", reason="")
    answered = await send(make.touch(ada.id, "nudge", thread=doubted.touch.id), receipt="SM1")
    await store.ledger.progress("SM1", TouchState.DELIVERED, clock.now())
    await store.inbox.record(make.event(EventKind.BOUNCED, ada.id, touch=answered.touch.id, details={"hard": True}))
    assert (await store.evidence.gather()).findings == []
