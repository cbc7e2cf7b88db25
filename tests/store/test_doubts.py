"""What nobody knows the end of, on both databases: given up, proved, remarked on, and what was left lying."""

from __future__ import annotations

import pytest

from nurture.domain.touch import TouchState


async def on_the_wire(store, make, clock, touch, seconds=60.0):
    row = await store.ledger.reserve(make.intent(touch, lease_seconds=seconds), clock.now())
    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), lambda _: None)
    return row


async def test_only_a_touch_whose_lease_ran_out_is_given_up(store, ada, make, clock):
    lost, held = make.touch(ada.id, "lost"), make.touch(ada.id, "held")
    await on_the_wire(store, make, clock, lost, 60.0)
    await on_the_wire(store, make, clock, held, 600.0)
    clock.pass_by(minutes=2)

    assert await store.ledger.give_up_lost(clock.now()) == [lost.id]
    assert await store.ledger.give_up_lost(clock.now()) == []

    assert (await store.ledger.find(lost.id)).state is TouchState.UNCERTAIN
    assert (await store.ledger.find(held.id)).state is TouchState.WIRE
    assert (await store.evidence.gather()).findings == []


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (("sent", "delivered", "sent"), TouchState.DELIVERED),
        (("delivered", "sent", "delivered"), TouchState.DELIVERED),
        (("delivered", "refused"), TouchState.REFUSED),
        (("refused", "delivered", "sent"), TouchState.REFUSED),
    ],
)
async def test_a_providers_words_count_by_rank_in_whatever_order_they_come(store, ada, make, clock, words, end):
    touch = make.touch(ada.id)
    await on_the_wire(store, make, clock, touch)
    clock.pass_by(minutes=2)
    await store.ledger.give_up_lost(clock.now())
    for word in words:
        await store.ledger.prove(touch.id, TouchState(word), clock.now(), receipt="SM1", reason="the provider has it")
    after = await store.ledger.find(touch.id)
    assert (after.state, after.receipt) == (end, "SM1")
    if words == ("delivered", "refused"):
        assert after.reason == "conflict: refused after delivered"
    assert await store.ledger.prove("no such touch", TouchState.SENT, clock.now()) is None


async def test_a_remark_leaves_it_uncertain_and_anything_else_alone(store, ada, make, clock, send):
    touch = make.touch(ada.id)
    await on_the_wire(store, make, clock, touch)
    clock.pass_by(minutes=2)
    await store.ledger.give_up_lost(clock.now())
    await store.ledger.remark(touch.id, code="not_found", reason="the provider has no such message")
    after = await store.ledger.find(touch.id)
    assert (after.state, after.code) == (TouchState.UNCERTAIN, "not_found")

    sent = await send(make.touch(ada.id, "nudge"))
    await store.ledger.remark(sent.touch.id, code="not_found", reason="x")
    assert await store.ledger.find(sent.touch.id) == sent


async def test_what_nobody_holds_is_found_and_what_somebody_holds_is_not(store, ada, make, clock):
    free, held = make.touch(ada.id, "free"), make.touch(ada.id, "held")
    await store.ledger.reserve(make.intent(free), clock.now())
    await store.ledger.reserve(make.intent(held, lease_seconds=86_400.0), clock.now())
    clock.pass_by(hours=2)
    assert [row.touch.id for row in await store.ledger.unheld(clock.now())] == [free.id]


async def test_enrolments_are_kept_with_their_refusals_and_read_back_with_the_way(store, ada, make, clock, send):
    first = await store.enrolments.asked(ada.id, "trial", "v1", "by hand", clock.now())
    await store.enrolments.refused(first, "stage")
    clock.pass_by(minutes=1)
    await store.enrolments.asked(ada.id, "trial", "v2", "by hand", clock.now())
    await store.leads.place(ada.id, stage="mql", reason="hot", score=80, now=clock.now())
    await send(make.touch(ada.id))

    found = await store.enrolments.of(ada.id)

    told = [(event.kind, event.details.get("version") or event.details.get("stage")) for event in found.own]
    assert told == [("enrolled", "v1"), ("enrolled", "v2"), ("moved", "mql")]
    assert [event.details["refused"] for event in found.own[:2]] == ["stage", ""]
    assert (found.first_stage, len(found.touches), found.snapshot) == ("lead", 1, "")
    assert await store.enrolments.leads() == [ada.id]

    clock.pass_by(minutes=1)
    await store.leads.put_to_rest(ada.id, "{}")
    kept = await store.enrolments.of(ada.id)
    assert (kept.snapshot, kept.kept_at, kept.own) == ("{}", clock.now(), found.own)
