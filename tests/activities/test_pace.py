"""The pace of bulk work, on a clock that only moves when somebody works or rests."""

from __future__ import annotations

import asyncio

import pytest

from activities.pace import FORGETS, MOST_RESTS, Pace


class Stopwatch:
    """A clock that rests move on."""

    def __init__(self):
        self.time, self.rests = 0.0, []

    def __call__(self):
        return self.time

    async def rest(self, seconds):
        self.rests.append(round(seconds, 6))
        self.time += seconds


async def starts(pace, watch, took, count=4):
    """Return when each of some turns began."""
    began = []

    async def one():
        async with pace.turn():
            began.append(round(watch.time, 6))
            watch.time += took

    await asyncio.gather(*(one() for _ in range(count)))
    return began


@pytest.mark.parametrize(
    ("took", "began"),
    [
        pytest.param(0.0, [0, 0.1, 0.2, 0.3], id="as quick as allowed"),
        pytest.param(0.05, [0, 0.1, 0.2, 0.3], id="half of the time is work"),
        pytest.param(0.4, [0, 0.8, 1.6, 2.4], id="slow answers slow it down"),
    ],
)
async def test_turns_are_apart_by_the_pace_or_by_twice_what_they_take(took, began):
    watch = Stopwatch()

    assert await starts(Pace(10, clock=watch, rest=watch.rest), watch, took) == began


async def test_who_takes_ten_times_as_long_as_usual_waits_behind_others_and_rests_longer():
    watch = Stopwatch()
    pace = Pace(10, clock=watch, rest=watch.rest)
    assert await starts(pace, watch, 0.05) == [0, 0.1, 0.2, 0.3]
    slow = await starts(pace, watch, 0.5, count=2)
    assert slow == [0.4, pytest.approx(0.4 + 0.5 + 0.5 * 0.5 / (0.05 * FORGETS))]


async def test_even_the_slowest_turn_is_followed_by_another():
    watch = Stopwatch()
    pace = Pace(10, clock=watch, rest=watch.rest)
    await starts(pace, watch, 0.001, count=1)
    first, second = await starts(pace, watch, 30.0, count=2)
    assert second - first == 30.0 * (1 + MOST_RESTS)


async def test_a_machine_that_has_become_slow_for_good_is_not_taken_for_a_busy_one():
    watch = Stopwatch()
    pace = Pace(10, clock=watch, rest=watch.rest)
    await starts(pace, watch, 0.1, count=1)
    *_, before, last = await starts(pace, watch, 0.2, count=100)
    assert last - before == pytest.approx(0.4)


async def test_a_turn_that_fails_gives_the_next_one_its_place():
    watch = Stopwatch()
    pace = Pace(10, clock=watch, rest=watch.rest)
    with pytest.raises(ConnectionError):
        async with pace.turn():
            raise ConnectionError

    assert await starts(pace, watch, 0, count=1) == [0.1]
