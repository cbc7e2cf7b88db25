"""What a provider says later is applied by rank."""

from __future__ import annotations

import pytest

from nurture.domain.errors import LeaseLost
from nurture.domain.events import EventKind
from nurture.domain.touch import TouchState


def agree(facts):
    return None


async def test_late_news_of_a_lower_rank_changes_nothing(store, ada, make, send, clock):
    row = await send(make.touch(ada.id), receipt="SM1")
    delivered = await store.ledger.progress("SM1", TouchState.DELIVERED, clock.now())
    clock.pass_by(days=3)

    for state in (TouchState.SENT, TouchState.DELIVERED):
        assert await store.ledger.progress(row.message_id, state, clock.now()) == delivered
    assert delivered.state is TouchState.DELIVERED


async def test_a_failure_after_delivery_is_kept_as_a_conflict(store, ada, make, send, clock):
    row = await send(make.touch(ada.id))
    await store.ledger.progress(row.message_id, TouchState.DELIVERED, clock.now())

    refused = await store.ledger.progress(row.message_id, TouchState.REFUSED, clock.now(), code="5.1.1")

    assert (refused.state, refused.code) == (TouchState.REFUSED, "5.1.1")
    assert refused.reason == "conflict: refused after delivered"


async def test_a_callback_that_overtakes_the_answer_is_linked_and_the_receipt_still_kept(store, ada, make, clock):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)

    await store.ledger.progress(row.message_id, TouchState.DELIVERED, clock.now())
    await store.ledger.settle(touch.id, row.fence, TouchState.SENT, clock.now(), receipt="SM9")

    found = await store.ledger.find(touch.id)
    assert (found.state, found.receipt) == (TouchState.DELIVERED, "SM9")


async def test_proof_that_a_failed_attempt_went_out_forbids_the_next_one(store, ada, make, clock):
    intent = make.intent(make.touch(ada.id))
    row = await store.ledger.reserve(intent, clock.now())
    await store.ledger.mark_wire(intent.touch.id, row.fence, clock.now(), agree)
    await store.ledger.settle(intent.touch.id, row.fence, TouchState.INTENT, clock.now(), code="451")
    again = await store.ledger.reserve(intent, clock.now())

    proof = await store.ledger.progress(row.message_id, TouchState.DELIVERED, clock.now())

    assert (proof.state, proof.reason) == (TouchState.DELIVERED, "conflict: delivered after a failure")
    with pytest.raises(LeaseLost):
        await store.ledger.mark_wire(intent.touch.id, again.fence, clock.now(), agree)


async def test_words_about_strangers_and_about_touches_that_never_left_change_nothing(store, ada, make, clock):
    row = await store.ledger.reserve(make.intent(make.touch(ada.id)), clock.now())

    assert await store.ledger.progress("<not-ours@example.com>", TouchState.DELIVERED, clock.now()) is None
    assert await store.ledger.progress(row.message_id, TouchState.DELIVERED, clock.now()) == row


@pytest.mark.parametrize(
    ("kind", "details", "state"),
    [
        pytest.param(EventKind.DELIVERED, {}, TouchState.DELIVERED, id="the provider says so"),
        pytest.param(EventKind.REPLIED, {"intent": "interested"}, TouchState.DELIVERED, id="a reply proves it"),
        pytest.param(EventKind.CLICKED, {"link": "pricing"}, TouchState.DELIVERED, id="a click proves it"),
        pytest.param(EventKind.BOUNCED, {"hard": True, "code": "5.1.1"}, TouchState.REFUSED, id="a hard bounce"),
        pytest.param(EventKind.BOUNCED, {"hard": False}, TouchState.UNCERTAIN, id="a soft bounce proves nothing"),
        pytest.param(EventKind.OPENED, {}, TouchState.UNCERTAIN, id="an open is no human evidence"),
    ],
)
async def test_an_answer_settles_an_uncertain_touch(store, ada, make, clock, kind, details, state):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)
    await store.ledger.settle(touch.id, row.fence, TouchState.UNCERTAIN, clock.now())

    await store.inbox.record(make.event(kind, ada.id, touch=touch.id, details=details))

    assert (await store.ledger.find(touch.id)).state is state


async def test_a_click_does_not_move_a_touch_that_is_settled(store, ada, make, send):
    row = await send(make.touch(ada.id))

    await store.inbox.record(make.event(EventKind.CLICKED, ada.id, touch=row.touch.id))

    assert await store.ledger.find(row.touch.id) == row


async def test_a_fact_about_somebody_elses_touch_does_not_move_it(store, ada, ken, make, send):
    row = await send(make.touch(ada.id))

    await store.inbox.record(make.event(EventKind.DELIVERED, ken.id, touch=row.touch.id))

    assert (await store.ledger.find(row.touch.id)).state is TouchState.SENT


async def test_a_callback_about_an_uncertain_touch_settles_it_and_brings_the_providers_id(store, ada, make, clock):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)
    await store.ledger.settle(touch.id, row.fence, TouchState.UNCERTAIN, clock.now())

    settled = await store.ledger.progress(row.message_id, TouchState.SENT, clock.now(), receipt="SM7")

    assert (settled.state, settled.receipt) == (TouchState.SENT, "SM7")
    assert (await store.ledger.progress("SM7", TouchState.DELIVERED, clock.now())).state is TouchState.DELIVERED
    late = await store.ledger.progress(row.message_id, TouchState.SENT, clock.now(), receipt="SM8")
    assert (late.state, late.receipt) == (TouchState.DELIVERED, "SM7")
