"""The mark of a store moves on under one who looked, and numbers that were given never come back."""

from __future__ import annotations

from nurture.domain.events import EventKind
from nurture.domain.store_mark import StoreMark


async def test_a_new_store_has_no_mark_and_the_first_one_is_number_one(store, clock):
    assert await store.marks.read() == (StoreMark(), False)

    first = await store.marks.move_on(0, clock.now())

    assert first == StoreMark(1, 0, 0, clock.now())
    assert await store.marks.read() == (first, False)


async def test_of_two_workers_that_compared_the_same_mark_one_sets_the_next(store, clock):
    await store.marks.move_on(0, clock.now())

    assert await store.marks.move_on(0, clock.now()) is None
    second = await store.marks.move_on(1, clock.now())
    assert second is not None
    assert second.beat == 2
    assert await store.marks.move_on(1, clock.now()) is None


async def test_facts_and_touches_are_news_until_the_next_mark(store, clock, ada, make):
    await store.marks.move_on(0, clock.now())

    await store.inbox.record(make.event(EventKind.OPENED, ada.id))
    _, has_grown = await store.marks.read()
    await store.marks.move_on(1, clock.now())
    await store.ledger.reserve(make.intent(make.touch(ada.id)), clock.now())
    mark, has_grown_again = await store.marks.read()

    assert (has_grown, has_grown_again, mark.facts) == (True, True, 1)


async def test_forgetting_a_person_leaves_the_mark_where_it_is(store, clock, ada, make):
    await store.inbox.record(make.event(EventKind.OPENED, ada.id))
    mark = await store.marks.move_on(0, clock.now())

    await store.leads.erase(ada.id, by="olga", reason="asked")

    assert await store.marks.read() == (mark, False)


async def test_an_accepted_store_is_beyond_what_temporal_keeps(store, clock, ada, make):
    await store.marks.move_on(0, clock.now())
    kept = StoreMark(40, 900, 100, clock.now())

    accepted = await store.marks.accept(kept, clock.now())

    assert accepted.beat == 41
    assert (await store.marks.read())[0] == accepted


async def test_a_number_that_workflows_heard_is_never_given_again(store, ada, make):
    await store.marks.number_behind(500)
    await store.marks.number_behind(100)  # twice is harmless, and lower is nothing

    stored = await store.inbox.record(make.event(EventKind.REPLIED, ada.id))

    assert stored is not None
    assert stored.seq > 500
