"""Temporal keeps the mark of the store, with and without a worker, across histories."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nurture.domain.store_mark import StoreMark
from workflows import patience
from workflows.keeping import ID, KeptMark

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def mark(beat):
    return StoreMark(beat, beat * 10, beat, NOON)


@pytest.fixture
async def kept(house):
    yield KeptMark(house.client)
    await house.client.get_workflow_handle(ID).terminate("the story is over")


async def shows(kept, expected):
    async with asyncio.timeout(20):
        while await kept.read() != expected:
            pass  # each look is a call to the server


async def test_the_latest_mark_is_kept_in_whatever_order_marks_arrive(house, kept):
    assert await kept.read() is None  # a new Temporal knows of nothing

    await kept.tell(mark(1))
    assert await kept.read() is None  # only who knows that nothing is missing may begin
    await kept.begin(mark(1))
    assert await kept.read() == mark(1)
    await kept.tell(mark(3))
    await kept.tell(mark(2))

    await shows(kept, mark(3))
    described = await house.client.get_workflow_handle(ID).describe()
    assert await described.static_summary() == "How far the store is: an older one may not send"


async def test_a_long_history_gives_way_to_a_fresh_one_that_still_knows(house, kept, monkeypatch):
    monkeypatch.setattr(patience, "TOO_LONG", 20)
    await kept.begin(mark(1))
    handle = house.client.get_workflow_handle(ID)
    first = (await handle.describe()).run_id

    for beat in range(2, 12):
        await kept.tell(mark(beat))
        await shows(kept, mark(beat))

    described = await handle.describe()
    assert described.run_id != first
    assert described.history_length < 30


def test_no_worker_polls_before_the_store_was_compared():
    text = (Path(__file__).parents[2] / "worker.py").read_text()
    assert text.index("await guard.admit()") < text.index("in workers(client")
