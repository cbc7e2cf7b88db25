"""Clocks as facts: they say what the database says, and go on saying it when the database says something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nurture.domain.clock_facts import clock_of, clocks_of, zone_from
from nurture.domain.errors import Invalid
from nurture.domain.policies import Policies
from nurture.domain.wallclock import instant, wall, zone_of
from tests.workflows.life import shipped
from tests.zones import database_where

YEAR = 2026
BEGINS, ENDS = datetime(YEAR - 1, 1, 2, tzinfo=UTC), datetime(YEAR + 4, 12, 30, tzinfo=UTC)
MOMENTS = st.integers(int(BEGINS.timestamp()), int(ENDS.timestamp())).map(lambda at: datetime.fromtimestamp(at, UTC))
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))


@given(ZONES, MOMENTS)
@example("Europe/Athens", datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
@example("Europe/Athens", datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC))
@example("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 0, tzinfo=UTC))
@example("Africa/Casablanca", datetime(2027, 2, 7, 2, 59, tzinfo=UTC))
def test_the_facts_say_what_the_database_says(name, at):
    known, today = zone_from(name, clock_of(name, YEAR)), ZoneInfo(name)
    day = at.date()

    assert at.astimezone(known).replace(tzinfo=None) == at.astimezone(today).replace(tzinfo=None)
    assert at.astimezone(known).fold == at.astimezone(today).fold
    assert wall(known, at) == wall(today, at)
    assert instant(known, day, 9_000_000_000) == instant(today, day, 9_000_000_000)  # half past two


def test_the_facts_are_few_and_can_be_read():
    clock = dict(list(clock_of("Europe/Athens", YEAR).items())[:3])

    assert clock == {
        "2025-01-01T00:00:00+00:00": 7_200,
        "2025-03-30T01:00:00+00:00": 10_800,
        "2025-10-26T01:00:00+00:00": 7_200,
    }
    assert clock_of("Asia/Kolkata", YEAR) == {"2025-01-01T00:00:00+00:00": 19_800}


def test_a_calendar_keeps_the_clock_it_was_given(tmp_path):
    monday, clocks = datetime(2026, 3, 2, tzinfo=UTC), clocks_of(["Europe/Athens"], YEAR)

    with database_where(tmp_path, "Europe/Athens", is_like="Asia/Dhaka"):
        newer, known = policies_with({}), policies_with(clocks)
        opens = [each.calendar("office-hours", "Europe/Athens").next_open(monday) for each in (newer, known)]

    assert opens == [monday + timedelta(hours=3), monday + timedelta(hours=7)]


def policies_with(clocks):
    return Policies.from_document({**shipped(), "calendars": {**shipped()["calendars"], "clocks": clocks}})


def test_they_know_of_no_last_second_in_2038():
    summer = datetime(2041, 7, 1, tzinfo=UTC)

    assert summer.astimezone(zone_from("Europe/Athens", clock_of("Europe/Athens", 2040))).utcoffset() == timedelta(
        hours=3
    )


def test_behind_the_last_change_its_clock_goes_on():
    later = datetime(YEAR + 20, 7, 1, tzinfo=UTC)

    assert later.astimezone(zone_from("Europe/Athens", clock_of("Europe/Athens", YEAR))).utcoffset() == timedelta(
        hours=2
    )


def test_who_has_no_facts_asks_the_database():
    assert zone_from("Europe/Athens", {}) is zone_of("Europe/Athens")
    with pytest.raises(Invalid, match="is not a time zone"):
        zone_from("Mars/Olympus", {})
    assert clocks_of(["", "Mars/Olympus", "UTC"], YEAR) == {"UTC": {"2025-01-01T00:00:00+00:00": 0}}
