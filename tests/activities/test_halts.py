"""A halted touch waits with its reason, and leaves when the switch is lifted: nothing is dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.domain.touch import Answer, TouchState


@pytest.mark.parametrize("key", ["template:welcome", "step:story/welcome", "sequence:story", "channel:email", "all"])
async def test_a_halt_holds_a_touch_back_before_anything_is_written(office, ada, touch, key):
    await office.store.halts.halt(key, why="the price is wrong", by="olga", now=office.clock.now())

    answer = await office.sends(touch())

    assert (answer.answer, answer.code) == (Answer.NOT_YET, "halted")
    assert answer.why == f"olga halted {key} on 2026-03-02 10:00 UTC: the price is wrong"
    assert answer.until == office.clock.now() + timedelta(hours=1)
    assert await office.store.ledger.find(touch().id) is None


async def test_a_halted_sender_is_seen_at_the_wire_and_its_touch_leaves_later(office, ada, touch):
    await office.store.halts.halt("sender:team-one", why="odd bounces", by="olga", now=office.clock.now())
    held = await office.sends(touch())
    await office.store.halts.lift("sender:team-one", why="fine again", by="olga", now=office.clock.now())
    office.clock.time = held.until

    sent = await office.sends(touch())

    assert (held.answer, held.code) == (Answer.NOT_YET, "halted")
    assert "olga halted sender:team-one on 2026-03-02 10:00 UTC: odd bounces" in held.why
    assert sent.answer is Answer.SENT
    assert (await office.row(touch())).state is TouchState.SENT
    assert len(office.mails.sent) == 1
