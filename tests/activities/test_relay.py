"""The relay: what was stored and not told is told, in order for each lead, and nobody waits for a stuck one."""

from __future__ import annotations

import asyncio

import pytest

from activities.relay import Relay
from nurture.domain.events import Event, EventKind


@pytest.fixture
def relay(office):
    """The relay of the office."""
    return Relay(office.store.inbox, office.clock, office.ear)


class PartlyDeaf:
    """Hears everybody but some, and keeps the order."""

    def __init__(self, *stuck):
        self.stuck, self.heard = set(stuck), []

    async def __call__(self, event, target):
        if (target or event.lead) in self.stuck:
            raise ConnectionError("this one cannot be reached")
        self.heard.append(event.id)


async def stored(office, *names, target=""):
    """Store facts with ids such as `ada-1`, whose lead is the first part."""
    for name in names:
        fact = Event(name, EventKind.HAPPENED, name.split("-")[0], office.clock.now(), "pricing_viewed")
        assert await office.store.inbox.record(fact, target=target)


async def test_everything_is_told_once_oldest_first(office, relay):
    await stored(office, "ada-1", "bob-1", "ada-2")

    assert await relay.sweep() == 3
    assert await relay.sweep() == 0

    assert office.ear.heard == [("happened", "ada"), ("happened", "bob"), ("happened", "ada")]
    assert await office.store.inbox.untold() == []


async def test_a_stuck_lead_holds_up_only_itself_and_keeps_its_order(office):
    await stored(office, "ada-1", "ada-2", "bob-1")
    ear = PartlyDeaf("ada")
    relay = Relay(office.store.inbox, office.clock, ear)

    assert await relay.sweep() == 1
    assert ear.heard == ["bob-1"]
    ear.stuck.clear()
    assert await relay.sweep() == 2

    assert ear.heard == ["bob-1", "ada-1", "ada-2"]


async def test_a_fact_for_a_hand_off_goes_to_it_and_waits_for_nobody_else(office):
    await stored(office, "ada-1")
    await stored(office, "ada-2", target="handoff-ada-1")
    ear = PartlyDeaf("ada")

    assert await Relay(office.store.inbox, office.clock, ear).sweep() == 1

    assert ear.heard == ["ada-2"]
    assert [(event.id, target) for event, target in await office.store.inbox.untold()] == [("ada-1", "")]


async def test_a_fact_is_left_to_whoever_stored_it_until_it_has_waited_long_enough(office):
    now = 100.0
    relay = Relay(office.store.inbox, office.clock, office.ear, patience=10.0, timer=lambda: now)
    await stored(office, "ada-1")
    assert await relay.sweep() == 0
    now += 6.0
    await stored(office, "bob-1")
    assert await relay.sweep() == 0
    now += 4.0
    assert await relay.sweep() == 1
    assert office.ear.heard == [("happened", "ada")]
    now += 6.0
    assert await relay.sweep() == 1
    assert office.ear.heard == [("happened", "ada"), ("happened", "bob")]


async def test_a_failed_sweep_does_not_end_the_relay(office, monkeypatch, caplog):
    await stored(office, "ada-1")
    untold, tries = office.store.inbox.untold, []

    async def fails_once(*args):
        tries.append(args)
        if len(tries) == 1:
            raise OSError("the disk is full")
        return await untold(*args)

    monkeypatch.setattr(office.store.inbox, "untold", fails_once)
    heard = asyncio.Queue()
    relay = Relay(office.store.inbox, office.clock, lambda event, target: heard.put(event.id))
    running = asyncio.create_task(relay.run(every=0))
    async with asyncio.timeout(10):
        told = await heard.get()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert "could not finish its sweep" in caplog.text
    assert told == "ada-1"
