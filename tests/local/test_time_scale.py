"""Our time: uniform, or quick where nothing happens; always growing, always invertible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from temporalio.contrib.pydantic import pydantic_data_converter

from nurture.domain.clock import TimeScale
from nurture.local.pace import monday_morning, pace_for, speeds_of

REAL = datetime(2026, 11, 21, 10, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
OFFICE = tuple(1.0 if 8 <= hour < 18 else 12.0 for hour in range(24))
BENT = TimeScale(3_600.0, REAL, MONDAY, OFFICE, 12.0)


def test_without_origins_our_time_is_the_wall_clock():
    assert TimeScale().at(REAL) == REAL
    assert TimeScale().real_wait(REAL, REAL + timedelta(hours=5)) == timedelta(hours=5)
    assert TimeScale().mean_factor == 1.0


def test_a_uniform_scale_divides_every_wait():
    scale = TimeScale(86_400.0, REAL, MONDAY)
    assert scale.at(REAL + timedelta(seconds=2)) == MONDAY + timedelta(days=2)
    assert scale.real_wait(MONDAY, MONDAY + timedelta(days=3)) == timedelta(seconds=3)


def test_an_empty_hour_goes_by_quicker_than_a_busy_one():
    nine, midnight = MONDAY.replace(hour=9), MONDAY.replace(hour=22)
    assert BENT.real_wait(nine, nine + timedelta(hours=1)) == timedelta(seconds=1)
    assert BENT.real_wait(midnight, midnight + timedelta(hours=1)) == timedelta(seconds=1) / 12
    saturday = nine + timedelta(days=5)
    assert BENT.real_wait(saturday, saturday + timedelta(hours=12)) == timedelta(seconds=1)


def test_the_mean_factor_is_a_week_over_its_real_length():
    week = BENT.real_wait(MONDAY, MONDAY + timedelta(weeks=1))
    assert abs(BENT.mean_factor - timedelta(weeks=1) / week) < 0.01


@given(st.floats(-3_000, 3_000), st.floats(0, 3_000))
def test_what_was_waited_for_has_come_and_no_sooner(start, length):
    since = BENT.at(REAL + timedelta(seconds=start))
    until = BENT.at(REAL + timedelta(seconds=start + length))
    assert until >= since
    waited = BENT.real_wait(since, until).total_seconds()
    assert abs(waited - length) < 1e-4


@given(st.timedeltas(timedelta(days=-300), timedelta(days=400)))
def test_at_and_real_wait_are_each_others_inverse(away):
    moment = MONDAY + away
    real = REAL + BENT.real_wait(MONDAY, moment)
    assert abs(BENT.at(real) - moment) < timedelta(seconds=0.2)


async def test_a_scale_travels_to_workflows_whole():
    payloads = await pydantic_data_converter.encode([BENT])
    assert await pydantic_data_converter.decode(payloads, [TimeScale]) == [BENT]


def test_hours_get_time_as_people_are_at_work_in_them():
    speeds = speeds_of({"Asia/Kolkata": 90, "America/New_York": 10}, MONDAY)
    assert speeds[6] == 1.0
    assert speeds[17] == 3.0  # a few at work: quicker, within limits
    assert speeds[0] == 12.0  # nobody at work


def test_the_pace_leaves_the_busiest_day_enough_seconds():
    few = pace_for(8, 5, 30, {"Europe/Berlin": 8}, MONDAY)
    many = pace_for(5_000, 5, 30, {"Europe/Berlin": 5_000}, MONDAY)
    day = many.scale(REAL, MONDAY).real_wait(MONDAY, MONDAY + timedelta(days=1)).total_seconds()
    assert day >= 5_000 * 5 / (30 * 5 / 7) / 8  # an average day's touches at eight a second
    assert few.seconds < 120 < many.seconds
    assert "5000 leads" in many.words


def test_a_demo_begins_on_a_monday_morning():
    assert monday_morning(datetime(2026, 11, 21, 23, tzinfo=UTC)) == MONDAY
    assert monday_morning(datetime(2026, 11, 23, 1, tzinfo=UTC)) == MONDAY + timedelta(weeks=1)
