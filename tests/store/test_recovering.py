"""A restored store takes back what workflows know: touches under their seals, facts under their old numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.events import EventKind
from nurture.domain.recovering import Known
from nurture.domain.touch import TouchState

SENT, UNCERTAIN = TouchState.SENT, TouchState.UNCERTAIN


async def findings(store):
    return (await store.evidence.gather()).findings


@pytest.mark.parametrize("state", [SENT, UNCERTAIN, TouchState.REFUSED, TouchState.SUPPRESSED])
async def test_a_touch_the_ledger_lost_is_written_down_under_a_seal(store, clock, ada, make, state):
    touch = make.touch(ada.id)

    assert await store.ledger.recover(Known(touch, state, clock.now(), "ada@mail"), make.intent(touch))
    assert not await store.ledger.recover(Known(touch, state, clock.now(), "ada@mail"), make.intent(touch))

    row = await store.ledger.find(touch.id)
    assert (row.state, row.reason) == (state, "known by its workflow")
    assert (row.wire_at is not None) is (state in (SENT, UNCERTAIN))
    assert await findings(store) == []


async def test_an_intent_from_the_backup_gets_its_end_and_its_worker_loses_it(store, clock, ada, make):
    touch = make.touch(ada.id)
    held = await store.ledger.reserve(make.intent(touch), clock.now())

    assert await store.ledger.recover(Known(touch, UNCERTAIN, clock.now()), make.intent(touch))

    row = await store.ledger.find(touch.id)
    assert (row.state, row.fence) == (UNCERTAIN, held.fence + 1)
    assert row.wire_at == clock.now()
    assert await findings(store) == []


async def test_what_the_ledger_knows_for_sure_stays(store, clock, ada, make, send):
    touch = make.touch(ada.id)
    await send(touch)

    assert not await store.ledger.recover(Known(touch, UNCERTAIN, clock.now()), make.intent(touch))
    assert (await store.ledger.find(touch.id)).state is SENT


async def test_a_stop_comes_back_with_its_number_and_all_it_silences(store, ada, make):
    stop = replace(make.event(EventKind.OPTED_OUT, ada.id, details={"channel": "email", "how": "one_click"}), seq=40)

    assert await store.inbox.restore(stop)
    assert not await store.inbox.restore(stop)

    [back] = await store.inbox.of_lead(ada.id)
    assert back == stop
    assert [no.channel for no in await store.leads.suppressions(ada.id)] == ["email"]
    assert await store.inbox.untold() == []


async def test_a_number_that_was_given_again_meanwhile_makes_no_fact_a_new_one(store, ada, make):
    newer = await store.inbox.record(make.event(EventKind.CLICKED, ada.id))
    old = replace(make.event(EventKind.REPLIED, ada.id), seq=newer.seq)

    assert await store.inbox.restore(old)

    numbers = {fact.id: fact.seq for fact in await store.inbox.of_lead(ada.id)}
    assert numbers[newer.id] == newer.seq
    assert numbers[old.id] < newer.seq
    following = await store.inbox.record(make.event(EventKind.OPENED, ada.id))
    assert following.seq > newer.seq
