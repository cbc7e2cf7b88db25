"""Stop is final: marks and opt-outs that meet at the same moment, and workers that want the same touch."""

from __future__ import annotations

import asyncio
import threading

import pytest

from nurture.domain.errors import LeaseLost
from nurture.domain.events import EventKind
from nurture.domain.gates import GateFacts, Refusal, Verdict
from nurture.domain.lead import Contact
from nurture.domain.touch import ON_THE_WIRE, TouchState


def strict(facts: GateFacts) -> Verdict | None:
    return Verdict(Refusal.UNHEARD, "something is stored that the planner has not heard") if facts.unheard else None


@pytest.mark.parametrize(
    ("kind", "details"), [(EventKind.OPTED_OUT, {"channel": ""}), (EventKind.REPLIED, {"intent": "interested"})]
)
async def test_no_wire_mark_follows_a_stored_stop(store, make, clock, kind, details):
    ends = []
    for number in range(14):  # the stop comes first, second, third, …
        stop = make.event(kind, f"lead-{number}", details=details)
        ends.append(await one_race(store, make, clock, stop, number))

    assert sum(wired for wired, _ in ends) > 0, "no mark ever came first: the race was none"
    assert sum(refused for _, refused in ends) > 0, "no mark ever came last: the race was none"


async def one_race(store, make, clock, stop, place_of_stop):
    lead = stop.lead
    await store.leads.save([Contact(lead)])
    touches = [make.touch(lead, f"step-{number}") for number in range(14)]
    rows = [await store.ledger.reserve(make.intent(touch, message_id=touch.id), clock.now()) for touch in touches]
    wired_at_stop: set[str] = set()

    async def record():
        await store.inbox.record(stop)
        wired_at_stop.update(row.touch.id for row in await store.ledger.rows(lead=lead, states=sorted(ON_THE_WIRE)))

    marks = [store.ledger.mark_wire(row.touch.id, row.fence, clock.now(), strict) for row in rows]
    runners = [*marks[:place_of_stop], record(), *marks[place_of_stop:]]
    verdicts = await asyncio.gather(*runners)
    del verdicts[place_of_stop]
    wired = {row.touch.id for row in await store.ledger.rows(lead=lead, states=[TouchState.WIRE])}

    assert wired <= wired_at_stop
    assert sum(verdict is None for verdict in verdicts) == len(wired)
    return len(wired), sum(verdict is not None for verdict in verdicts)


async def test_a_stop_that_comes_while_the_gates_decide_waits_for_the_mark(place, make, clock):
    ready, go, done = threading.Event(), threading.Event(), threading.Event()
    stop = make.event(EventKind.OPTED_OUT, make.ada.id)

    async def another_process():
        async with place.open() as other:
            ready.set()
            await asyncio.to_thread(go.wait)
            await other.inbox.record(stop)
            done.set()

    came_between = []

    def slow_gates(facts):
        go.set()
        came_between.append(done.wait(0.4))

    async with place.open() as store:
        await store.leads.save([make.ada])
        first, second = make.touch(make.ada.id), make.touch(make.ada.id, "nudge")
        rows = [await store.ledger.reserve(make.intent(touch), clock.now()) for touch in (first, second)]
        other = threading.Thread(target=lambda: asyncio.run(another_process()))
        other.start()
        await asyncio.to_thread(ready.wait)

        assert await store.ledger.mark_wire(first.id, rows[0].fence, clock.now(), slow_gates) is None
        await asyncio.to_thread(other.join)

        assert came_between == [False]
        assert await store.ledger.mark_wire(second.id, rows[1].fence, clock.now(), strict) is not None


async def test_of_many_workers_one_reaches_the_wire(store, ada, make, clock):
    touch = make.touch(ada.id)

    async def work() -> str:
        try:
            row = await store.ledger.reserve(make.intent(touch), clock.now())
            await store.ledger.mark_wire(touch.id, row.fence, clock.now(), lambda facts: None)
        except LeaseLost:
            return "lost"
        return "wired"

    ends = await asyncio.gather(*(work() for _ in range(20)))

    assert sorted(ends) == ["lost"] * 19 + ["wired"]


async def test_two_processes_on_one_database_agree(place, make, clock):
    async with place.open() as one, place.open() as other:
        await one.leads.save([make.ada])
        touch = make.touch(make.ada.id)
        reserving = (each.ledger.reserve(make.intent(touch), clock.now()) for each in (one, other, one, other))
        ends = await asyncio.gather(*reserving, return_exceptions=True)
        (row,) = [end for end in ends if not isinstance(end, LeaseLost)]
        stop = make.event(EventKind.OPTED_OUT, make.ada.id)
        await other.inbox.record(stop)

        assert await one.ledger.mark_wire(touch.id, row.fence, clock.now(), strict) is not None
        assert await one.inbox.record(stop) is None


async def test_a_fact_that_comes_many_times_at_once_is_stored_once(store, ada, make):
    event = make.event(EventKind.OPTED_OUT, ada.id)

    stored = await asyncio.gather(*(store.inbox.record(event) for _ in range(20)))

    assert len([each for each in stored if each is not None]) == 1
    assert len(await store.leads.suppressions(ada.id)) == 1
