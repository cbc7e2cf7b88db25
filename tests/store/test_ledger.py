"""The send protocol: reserve, mark, settle, and what a second worker sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.errors import BodyChanged, Conflict, LeaseLost, NotFound
from nurture.domain.gates import Refusal, Verdict
from nurture.domain.lead import Channel
from nurture.domain.touch import LEGAL_MOVES, TouchState, touch_ref


def agree(facts):
    return None


async def test_the_three_steps_leave_a_complete_row(store, ada, make, clock):
    touch = make.touch(ada.id, caps=(("email", 1, 2),), not_after=clock.now(), why="step 1 is due")
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    reserved_at = clock.now()
    wired_at = clock.pass_by(seconds=1)
    assert await store.ledger.mark_wire(touch.id, row.fence, wired_at, agree) is None
    settled_at = clock.pass_by(seconds=1)
    await store.ledger.settle(touch.id, row.fence, TouchState.SENT, settled_at, receipt="250 ok", reason="accepted")

    found = await store.ledger.find(touch.id)

    assert found.touch == touch
    assert (found.state, found.ref, found.fence) == (TouchState.SENT, touch_ref(touch.id), 1)
    assert (found.intent_at, found.wire_at, found.settled_at) == (reserved_at, wired_at, settled_at)
    assert (found.receipt, found.reason, found.subject) == ("250 ok", "accepted", "Welcome")
    assert found == await store.ledger.find_by_ref(touch_ref(touch.id))


async def test_a_row_is_found_by_message_id_with_or_without_brackets_and_by_receipt(store, ada, make, send):
    row = await send(make.touch(ada.id), receipt="SM0123")

    for name in (row.message_id, row.message_id.strip("<>"), "SM0123"):
        assert await store.ledger.find_by_message(name) == row
    assert await store.ledger.find_by_message("<nobody@example.com>") is None
    assert await store.ledger.find_by_message("") is None
    assert await store.ledger.find("no such touch") is None


async def test_a_living_lease_keeps_others_out_and_a_lapsed_one_is_taken_over(store, ada, make, clock):
    intent = make.intent(make.touch(ada.id), lease_seconds=60.0)
    first = await store.ledger.reserve(intent, clock.now())
    clock.pass_by(seconds=59)
    with pytest.raises(LeaseLost):
        await store.ledger.reserve(intent, clock.now())

    clock.pass_by(seconds=1)
    second = await store.ledger.reserve(intent, clock.now())

    assert (first.fence, second.fence, second.state) == (1, 2, TouchState.INTENT)
    with pytest.raises(LeaseLost):
        await store.ledger.mark_wire(intent.touch.id, first.fence, clock.now(), agree)
    with pytest.raises(LeaseLost):
        await store.ledger.settle(intent.touch.id, first.fence, TouchState.REFUSED, clock.now())
    assert await store.ledger.mark_wire(intent.touch.id, second.fence, clock.now(), agree) is None


async def test_giving_up_before_the_wire_frees_the_touch_at_once(store, ada, make, clock):
    intent = make.intent(make.touch(ada.id))
    row = await store.ledger.reserve(intent, clock.now())

    await store.ledger.settle(row.touch.id, row.fence, TouchState.INTENT, clock.now(), reason="connection refused")

    again = await store.ledger.reserve(intent, clock.now())
    assert (again.fence, again.state) == (2, TouchState.INTENT)


async def test_a_template_edited_before_the_wire_replaces_body_and_message_id_together(store, ada, make, clock):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    await store.ledger.settle(touch.id, row.fence, TouchState.INTENT, clock.now())

    edited = make.intent(replace(touch, heard=7), body="body-2", message_id="<second@mail.example.com>")
    again = await store.ledger.reserve(edited, clock.now())

    assert (again.body_hash, again.message_id, again.touch.heard) == ("body-2", "<second@mail.example.com>", 7)


async def test_an_unchanged_body_keeps_the_first_message_id(store, ada, make, clock):
    touch = make.touch(ada.id, channel=Channel.SMS)
    row = await store.ledger.reserve(make.intent(touch, message_id="first"), clock.now())
    await store.ledger.settle(touch.id, row.fence, TouchState.INTENT, clock.now())

    again = await store.ledger.reserve(make.intent(touch, message_id="second"), clock.now())

    assert again.message_id == "first"


@pytest.mark.parametrize("end", [TouchState.SENT, TouchState.UNCERTAIN, TouchState.INTENT, TouchState.REFUSED])
async def test_after_the_wire_another_body_is_an_error_whatever_the_end(store, ada, make, clock, end):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)
    await store.ledger.settle(touch.id, row.fence, end, clock.now())

    with pytest.raises(BodyChanged):
        await store.ledger.reserve(make.intent(touch, body="body-2"), clock.now())
    assert (await store.ledger.find(touch.id)).state is end


async def test_a_row_on_the_wire_without_an_answer_becomes_uncertain_and_is_returned(store, ada, make, clock):
    intent = make.intent(make.touch(ada.id), lease_seconds=60.0)
    row = await store.ledger.reserve(intent, clock.now())
    clock.pass_by(seconds=50)
    await store.ledger.mark_wire(intent.touch.id, row.fence, clock.now(), agree)
    clock.pass_by(seconds=59)
    with pytest.raises(LeaseLost):  # the mark renewed the lease
        await store.ledger.reserve(intent, clock.now())
    clock.pass_by(seconds=1)

    found = await store.ledger.reserve(intent, clock.now())

    assert (found.state, found.fence) == (TouchState.UNCERTAIN, row.fence)
    assert (await store.ledger.reserve(intent, clock.now())).state is TouchState.UNCERTAIN


async def test_a_changed_body_does_not_hide_that_the_touch_is_uncertain(store, ada, make, clock):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)
    clock.pass_by(hours=1)

    with pytest.raises(BodyChanged):
        await store.ledger.reserve(make.intent(touch, body="body-2"), clock.now())

    assert (await store.ledger.find(touch.id)).state is TouchState.UNCERTAIN


async def test_the_slow_worker_may_still_tell_how_an_uncertain_touch_ended(store, ada, make, clock):
    intent = make.intent(make.touch(ada.id))
    row = await store.ledger.reserve(intent, clock.now())
    await store.ledger.mark_wire(intent.touch.id, row.fence, clock.now(), agree)
    clock.pass_by(minutes=5)
    await store.ledger.reserve(intent, clock.now())

    await store.ledger.settle(intent.touch.id, row.fence, TouchState.SENT, clock.now(), receipt="250 at last")

    found = await store.ledger.find(intent.touch.id)
    assert (found.state, found.receipt) == (TouchState.SENT, "250 at last")


@pytest.mark.parametrize("end", [TouchState.SENT, TouchState.REFUSED])
async def test_an_ended_row_comes_back_as_it_is(store, ada, make, clock, end):
    intent = make.intent(make.touch(ada.id))
    row = await store.ledger.reserve(intent, clock.now())
    await store.ledger.mark_wire(intent.touch.id, row.fence, clock.now(), agree)
    await store.ledger.settle(intent.touch.id, row.fence, end, clock.now(), code="550")

    assert await store.ledger.reserve(intent, clock.now()) == await store.ledger.find(intent.touch.id)


async def test_a_definite_failure_after_the_wire_may_be_tried_again_with_the_same_body(store, ada, make, clock):
    intent = make.intent(make.touch(ada.id))
    row = await store.ledger.reserve(intent, clock.now())
    await store.ledger.mark_wire(intent.touch.id, row.fence, clock.now(), agree)
    await store.ledger.settle(intent.touch.id, row.fence, TouchState.INTENT, clock.now(), code="451")

    again = await store.ledger.reserve(intent, clock.now())

    assert (again.fence, again.wire_at, again.message_id) == (2, None, row.message_id)
    assert await store.ledger.mark_wire(intent.touch.id, again.fence, clock.now(), agree) is None


async def test_an_objection_at_the_wire_leaves_the_intent(store, ada, make, clock):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    no = Verdict(Refusal.QUIET_HOURS, "it is night in London")

    assert await store.ledger.mark_wire(touch.id, row.fence, clock.now(), lambda facts: no) == no

    assert (await store.ledger.find(touch.id)).state is TouchState.INTENT


async def test_the_wire_is_reached_once_per_reservation(store, ada, make, clock):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())
    await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)

    with pytest.raises(LeaseLost):
        await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)
    with pytest.raises(NotFound):
        await store.ledger.mark_wire("no such touch", 1, clock.now(), agree)
    with pytest.raises(NotFound):
        await store.ledger.settle("no such touch", 1, TouchState.SENT, clock.now())


@pytest.mark.parametrize("before", list(TouchState))
async def test_settle_knows_only_legal_moves(store, ada, make, clock, before):
    for after in TouchState:
        touch = make.touch(ada.id, step=f"to-{after}")
        fence = await bring_to(store, make, touch, before, clock)
        if after is before is not TouchState.INTENT or (before, after) == (TouchState.DELIVERED, TouchState.SENT):
            await store.ledger.settle(touch.id, fence, after, clock.now())  # said before: nothing to do
            assert (await store.ledger.find(touch.id)).state is before
        elif after is TouchState.WIRE or after not in LEGAL_MOVES[before]:
            with pytest.raises(Conflict):
                await store.ledger.settle(touch.id, fence, after, clock.now())
            assert (await store.ledger.find(touch.id)).state is before
        else:
            await store.ledger.settle(touch.id, fence, after, clock.now())
            assert (await store.ledger.find(touch.id)).state is after


async def bring_to(store, make, touch, state, clock):
    if state in (TouchState.SUPPRESSED, TouchState.CANCELLED):
        await store.ledger.withhold(touch, state, clock.now(), code="no_consent", reason="nobody agreed")
        return 0
    row = await store.ledger.reserve(make.intent(touch, message_id=f"<{touch.step}@mail.example.com>"), clock.now())
    if state is not TouchState.INTENT:
        await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)
    for step in {TouchState.DELIVERED: (TouchState.SENT, state)}.get(state, (state,)):
        if step not in (TouchState.INTENT, TouchState.WIRE):
            await store.ledger.settle(touch.id, row.fence, step, clock.now())
    return row.fence


async def test_a_withheld_touch_says_why_and_is_never_reserved_again(store, ada, make, clock):
    touch = make.touch(ada.id)
    for _ in range(2):
        await store.ledger.withhold(touch, TouchState.SUPPRESSED, clock.now(), code="suppressed", reason="opted out")

    row = await store.ledger.reserve(make.intent(touch), clock.now())

    assert (row.state, row.code, row.reason) == (TouchState.SUPPRESSED, "suppressed", "opted out")


async def test_withholding_takes_the_touch_from_the_worker_that_holds_it(store, ada, make, clock):
    touch = make.touch(ada.id)
    row = await store.ledger.reserve(make.intent(touch), clock.now())

    await store.ledger.withhold(touch, TouchState.CANCELLED, clock.now(), code="moved", reason="another sequence")

    with pytest.raises(LeaseLost):
        await store.ledger.mark_wire(touch.id, row.fence, clock.now(), agree)


async def test_what_may_have_gone_out_cannot_be_withheld(store, ada, make, send, clock):
    row = await send(make.touch(ada.id))

    with pytest.raises(Conflict):
        await store.ledger.withhold(row.touch, TouchState.CANCELLED, clock.now(), code="", reason="")
    with pytest.raises(Conflict):
        await store.ledger.withhold(make.touch(ada.id, "next"), TouchState.SENT, clock.now(), code="", reason="")


async def test_rows_come_oldest_first_by_lead_and_state(store, ada, ken, make, send, clock):
    first, second = make.touch(ada.id), make.touch(ada.id, "nudge")
    await send(first)
    await store.ledger.withhold(second, TouchState.CANCELLED, clock.now(), code="", reason="")
    await send(make.touch(ken.id))

    assert [row.touch for row in await store.ledger.rows(lead=ada.id)] == [first, second]
    assert [row.touch.lead for row in await store.ledger.rows(states=[TouchState.SENT])] == [ada.id, ken.id]
    assert len(await store.ledger.rows()) == 3


async def test_a_conversation_carries_all_its_message_ids(store, ada, make, send):
    first = await send(make.touch(ada.id))
    second = await send(make.touch(ada.id, "nudge", thread=first.touch.id))
    third = await send(make.touch(ada.id, "wrap-up", thread=first.touch.id))
    other = await send(make.touch(ada.id, "news"))

    assert second.references == (first.message_id,)
    assert third.references == (first.message_id, second.message_id)
    assert other.references == ()
