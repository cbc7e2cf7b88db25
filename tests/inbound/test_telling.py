"""Telling: a door waits a moment, the fact is told on beside it, and one that is not heard is left to the relay."""

from __future__ import annotations

import asyncio
import logging

import pytest

from nurture.domain.events import Event, EventKind
from nurture.inbound import telling
from nurture.inbound.telling import Teller
from tests.inbound.letters import NOW, Heard


@pytest.fixture
def inbox():
    return Heard()


def fact(number=1):
    return Event(f"trial-{number}", EventKind.HAPPENED, "mira", NOW, "trial_started")


async def test_what_is_heard_at_once_is_noted_as_heard(inbox):
    told = []

    async def tell(event, target):
        told.append((event.id, target))

    assert await Teller(inbox, inbox, tell)(fact(), "handoff-1")
    assert told == [("trial-1", "handoff-1")]
    assert inbox.heard == ["trial-1"]


async def test_what_is_not_heard_at_once_is_told_on_beside_the_door(inbox, monkeypatch):
    monkeypatch.setattr(telling, "PATIENCE", 0.0)
    ready, noted = asyncio.Event(), asyncio.Event()

    async def tell(_event, _target):
        await ready.wait()

    async def told(ids, _at):
        inbox.heard += ids
        noted.set()

    monkeypatch.setattr(inbox, "told", told)
    assert not await Teller(inbox, inbox, tell)(fact())
    assert inbox.heard == []

    ready.set()
    async with asyncio.timeout(10):
        await noted.wait()
    assert inbox.heard == ["trial-1"]


async def test_a_crowd_waits_in_order_before_temporal(inbox, monkeypatch):
    monkeypatch.setattr(telling, "PATIENCE", 0.0)
    begun, ready, done = [], asyncio.Event(), asyncio.Event()

    async def tell(event, _target):
        begun.append(event.id)
        await ready.wait()
        if event.id == last.id:
            done.set()

    teller, crowd = Teller(inbox, inbox, tell), [fact(number) for number in range(telling.LINES + 3)]
    last = crowd[-1]
    assert not any([await teller(each) for each in crowd])
    assert begun == [each.id for each in crowd[: telling.LINES]]

    ready.set()
    async with asyncio.timeout(10):
        await done.wait()
    assert begun == [each.id for each in crowd]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        pytest.param(ConnectionError("Temporal is away"), "ConnectionError('Temporal is away')", id="away"),
        pytest.param(TimeoutError(), "not heard within 10 s", id="slow"),
    ],
)
async def test_a_fact_that_waits_for_the_relay_is_one_line_in_the_log(inbox, caplog, failure, words):
    async def nobody_hears(_event, _target):
        raise failure

    with caplog.at_level(logging.WARNING):
        assert not await Teller(inbox, inbox, nobody_hears)(fact())

    assert inbox.heard == []
    [record] = caplog.records
    assert record.exc_info is None
    assert record.getMessage() == f"fact trial-1 of kind happened waits for the relay: {words}"
