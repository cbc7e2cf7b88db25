"""Open hours, business time and closed dates, in many places and over changing clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nurture.domain.calendar import Calendar, Window, next_common
from nurture.domain.duration import Duration, parse_duration
from nurture.domain.errors import Invalid
from nurture.domain.spreading import leaping_spread, spread
from nurture.domain.wallclock import zone_of

OFFICE = Window.parse("office-hours", "mon-fri: 09:00-17:00")
ANY = Window.parse("any-time", "every day: 00:00-24:00")
NIGHT_SHIFT = Window.parse("night-shift", {"every day": "00:00-03:15, 22:30-24:00"})
BERLIN = Calendar(OFFICE, zone_of("Europe/Berlin"))


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> datetime:
    """Read a local time of a place as a UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-03-24 10:00", "2026-03-24 10:00", id="open now"),
        pytest.param("2026-03-24 09:00", "2026-03-24 09:00", id="the opening instant is open"),
        pytest.param("2026-03-24 17:00", "2026-03-25 09:00", id="the closing instant is not"),
        pytest.param("2026-03-24 06:00", "2026-03-24 09:00", id="early morning"),
        pytest.param("2026-03-27 18:00", "2026-03-30 09:00", id="Friday evening, the clocks change on Sunday"),
        pytest.param("2026-10-24 12:00", "2026-10-26 09:00", id="over the long Sunday of October"),
    ],
)
def test_the_next_open_moment(now, expected):
    assert BERLIN.next_open(at(now)) == at(expected)


def test_a_holiday_is_skipped():
    easter = Calendar(OFFICE, zone_of("Europe/Berlin"), frozenset({date(2026, 4, 3), date(2026, 4, 6)}))

    assert easter.next_open(at("2026-04-02 17:30")) == at("2026-04-07 09:00")
    assert not easter.is_open(at("2026-04-03 10:00"))


def test_a_window_that_starts_in_the_missing_hour_opens_at_the_first_moment_after_it():
    early = Calendar(Window.parse("early", "every day: 02:30-04:00"), zone_of("Europe/Berlin"))

    assert early.next_open(at("2026-03-28 20:00")) == at("2026-03-29 03:00")
    assert early.closes_at(at("2026-03-28 20:00")) == at("2026-03-29 04:00")


def test_a_window_inside_the_missing_hour_does_not_open_that_day():
    missing = Calendar(Window.parse("missing", "every day: 02:10-02:50"), zone_of("Europe/Berlin"))

    assert missing.next_open(at("2026-03-28 20:00")) == at("2026-03-30 02:10")


def test_the_repeated_hour_opens_and_closes_at_its_first_showing():
    night = Calendar(Window.parse("night", "every day: 02:15-02:45"), zone_of("Europe/Berlin"))

    assert night.next_open(at("2026-10-24 20:00")) == at("2026-10-25 02:15", fold=0)
    assert night.closes_at(at("2026-10-24 20:00")) == at("2026-10-25 02:45", fold=0)
    assert not night.is_open(at("2026-10-25 02:30", fold=1))


def test_a_day_that_never_was_has_no_hours():
    apia = Calendar(ANY, zone_of("Pacific/Apia"), frozenset({date(2011, 12, 31)}))

    assert apia.next_open(at("2011-12-29 23:59", "Pacific/Apia")) == at("2011-12-29 23:59", "Pacific/Apia")
    assert apia.closes_at(at("2011-12-29 23:59", "Pacific/Apia")) == at("2011-12-31 00:00", "Pacific/Apia")
    assert apia.next_open(at("2011-12-31 08:00", "Pacific/Apia")) == at("2012-01-01 00:00", "Pacific/Apia")


def test_the_half_hour_change_of_lord_howe():
    island = Calendar(Window.parse("dawn", "every day: 02:15-05:00"), zone_of("Australia/Lord_Howe"))

    assert island.next_open(at("2026-10-03 20:00", "Australia/Lord_Howe")) == at(
        "2026-10-04 02:30", "Australia/Lord_Howe"
    )


def test_quarter_hour_zones():
    kathmandu = Calendar(OFFICE, zone_of("Asia/Kathmandu"))

    assert kathmandu.next_open(datetime(2026, 3, 24, 1, tzinfo=UTC)) == datetime(2026, 3, 24, 3, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [
        pytest.param("2026-03-27 10:00", "3 days", "2026-03-30 11:00", id="plain days are elapsed time"),
        pytest.param("2026-03-27 10:00", "3 business days", "2026-04-01 10:00", id="same local time over the change"),
        pytest.param("2026-03-27 20:00", "1 business day", "2026-03-30 20:00", id="closed at the end: the caller asks"),
        pytest.param("2026-03-28 10:00", "1 business day", "2026-03-31 00:00", id="Saturday counts from Monday"),
        pytest.param("2026-03-27 10:00", "1 business week", "2026-04-03 10:00", id="a week of five days"),
        pytest.param("2028-02-28 10:00", "1 business day", "2028-02-29 10:00", id="leap day"),
        pytest.param("2028-02-28 10:00", "2 business days", "2028-03-01 10:00", id="over the leap day"),
        pytest.param("2026-03-27 16:30", "1 business hour", "2026-03-30 09:30", id="half today, half on Monday"),
        pytest.param("2026-03-27 09:00", "8 business hours", "2026-03-27 17:00", id="ends with the day"),
        pytest.param("2026-03-27 03:00", "5 business minutes", "2026-03-27 09:05", id="before opening"),
        pytest.param("2026-03-29 03:00", "5 business minutes", "2026-03-30 09:05", id="on a Sunday"),
        pytest.param("2026-03-27 09:00", "40 business hours", "2026-04-02 17:00", id="a whole week"),
    ],
)
def test_business_time_forward(start, duration, expected):
    assert BERLIN.add(at(start), parse_duration(duration)) == at(expected)


@pytest.mark.parametrize(
    ("end", "duration", "expected"),
    [
        pytest.param("2026-04-01 10:00", "3 business days", "2026-03-27 10:00", id="over the change"),
        pytest.param("2026-03-29 10:00", "1 business day", "2026-03-27 00:00", id="before a Sunday is that Friday"),
        pytest.param("2026-03-30 09:30", "1 business hour", "2026-03-27 16:30", id="over the weekend"),
        pytest.param("2026-03-30 11:00", "3 days", "2026-03-27 10:00", id="plain"),
        pytest.param("2026-03-30 07:00", "5 business minutes", "2026-03-27 16:55", id="from a closed hour"),
    ],
)
def test_business_time_backward(end, duration, expected):
    assert BERLIN.subtract(at(end), parse_duration(duration)) == at(expected)


def test_business_days_pass_over_holidays():
    easter = Calendar(OFFICE, zone_of("Europe/Berlin"), frozenset({date(2026, 4, 3), date(2026, 4, 6)}))

    assert easter.add(at("2026-04-02 10:00"), parse_duration("1 business day")) == at("2026-04-07 10:00")
    assert easter.subtract(at("2026-04-07 10:00"), parse_duration("1 business day")) == at("2026-04-02 10:00")


def test_open_time_that_touches_the_next_day_is_one_stretch():
    assert Calendar(NIGHT_SHIFT, zone_of("Asia/Tokyo")).closes_at(at("2026-03-24 23:00", "Asia/Tokyo")) == at(
        "2026-03-25 03:15", "Asia/Tokyo"
    )


def test_an_always_open_calendar_closes_within_its_month_of_sight():
    now = at("2026-03-24 10:00")

    assert timedelta(days=30) < Calendar(ANY, zone_of("Europe/Berlin")).closes_at(now) - now <= timedelta(days=31)


@pytest.mark.parametrize(
    ("days", "hours", "weekdays"),
    [
        ("mon-fri", "09:00-17:00", {0, 1, 2, 3, 4}),
        ("fri-mon", "09:00-17:00", {4, 5, 6, 0}),
        ("tue, thu", "09:00-17:00", {1, 3}),
        ("every day", "00:00-24:00", set(range(7))),
        ("Sun", "9:00 - 10:00", {6}),
    ],
)
def test_days_as_people_write_them(days, hours, weekdays):
    window = Window.parse("w", {days: hours})

    assert {day for day in range(7) if window.hours[day]} == weekdays


@pytest.mark.parametrize(
    "text",
    [
        "every day: 08:00-20:00; sun: closed; sat: 10:00-12:00, 13:00-14:00",
        "sat: 10:00-12:00, 13:00-14:00; sun: closed; every day: 08:00-20:00",
    ],
)
def test_the_narrower_entry_wins_in_any_order(text):
    """Documents travel as JSON with sorted keys, so the order of entries must not matter."""
    window = Window.parse("w", text)

    assert window.hours[6] == ()
    assert window.hours[5] == ((600, 720), (780, 840))
    assert window.hours[0] == ((480, 1200),)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "never opens"),
        ("mon-fri: closed", "never opens"),
        ("mon: 22:00-06:00", "past midnight"),
        ("mon: 09:00-12:00, 11:00-13:00", "overlap"),
        ("mon-wed: 09:00-17:00; wed-fri: 10:00-12:00", "two rules for wed"),
        ("mon: 09:00-09:00", "overlap, are empty"),
        ("mon: 09:00-25:00", "past midnight"),
        ("mon: 9-17", 'hours "9-17"'),
        ("mon: 09:75-17:00", 'hours "09:75-17:00"'),
        ("moonday: 09:00-17:00", 'weekday "moonday"'),
    ],
)
def test_a_window_that_cannot_work_is_refused_with_its_name(text, fact):
    with pytest.raises(Invalid, match=r'window "spring"') as refused:
        Window.parse("spring", text)

    assert fact in refused.value.reason


@pytest.mark.parametrize("zone", ["Europe/Berlinn", "", "../etc/passwd", "/etc/localtime"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(Invalid, match="is not a time zone"):
        Calendar(OFFICE, zone_of(zone))


def test_a_calendar_that_is_closed_for_ever_says_so():
    every_day = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(4_000))
    shut = Calendar(OFFICE, zone_of("Europe/Berlin"), every_day)

    for ask in (
        lambda: shut.next_open(at("2026-01-01 09:00")),
        lambda: shut.add(at("2026-01-01 09:00"), parse_duration("1 business hour")),
        lambda: shut.add(at("2026-01-01 09:00"), parse_duration("1 business day")),
        lambda: shut.subtract(at("2036-01-01 09:00"), parse_duration("5000 business days")),
    ):
        with pytest.raises(Invalid, match="ten years"):
            ask()


def test_a_duration_beyond_the_calendar_is_refused():
    with pytest.raises(Invalid, match="beyond any calendar"):
        BERLIN.add(at("2026-01-01 09:00"), parse_duration("999999 weeks"))


def test_the_first_moment_that_suits_everybody():
    new_york, los_angeles = (Calendar(OFFICE, zone_of(f"America/{city}")) for city in ("New_York", "Los_Angeles"))
    now = at("2026-03-23 09:00", "America/New_York")

    assert next_common([new_york, los_angeles], now) == at("2026-03-23 12:00", "America/New_York")
    assert next_common([], now) == now


def test_places_that_share_no_hour_have_no_common_moment():
    offices = [Calendar(OFFICE, zone_of(zone)) for zone in ("Pacific/Honolulu", "Africa/Nairobi")]

    assert next_common(offices, at("2026-03-23 09:00")) is None


def test_equal_windows_are_one_key():
    assert hash(Window.parse("office-hours", {"mon-fri": "09:00-17:00"})) == hash(OFFICE)
    assert Calendar(Window.parse("office-hours", {"mon-fri": "09:00-17:00"}), BERLIN.zone) == BERLIN


@settings(deadline=None)
@given(st.text(max_size=40), st.integers(0, 10_000))
def test_the_spread_is_stable_and_inside_its_bound(key, seconds):
    up_to = timedelta(seconds=seconds)

    assert spread(key, up_to) == spread(key, up_to)
    assert timedelta() <= spread(key, up_to) < max(up_to, timedelta(seconds=1))


@settings(deadline=None)
@given(st.text(max_size=40), st.integers(0, 100_000))
def test_a_second_more_of_window_moves_nobody_by_more_than_a_second(key, seconds):
    shorter, longer = (spread(key, timedelta(seconds=each)) for each in (seconds, seconds + 1))

    assert timedelta() <= longer - shorter <= timedelta(seconds=1)


def test_offsets_that_old_histories_know_are_kept():
    assert leaping_spread("lead-7", timedelta(minutes=40)) == timedelta(seconds=26)


def test_the_spread_really_spreads():
    offsets = [spread(f"lead-{n}", timedelta(minutes=40)) for n in range(2_000)]

    assert timedelta(minutes=18) < sum(offsets, timedelta()) / len(offsets) < timedelta(minutes=22)
    assert len(set(offsets)) > 1_200


ZONES = st.one_of(
    st.sampled_from(["Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "America/Havana"]),
    st.timezone_keys(allow_prefix=False).filter(lambda key: key not in {"Factory", "localtime"}),
)


def open_minutes(week):
    """Return how many minutes a week are open."""
    return sum(end - begin for day in week for begin, end in day)


SPANS = st.lists(st.integers(0, 1_440), max_size=6, unique=True).map(
    lambda minutes: tuple(zip(*[iter(sorted(minutes))] * 2, strict=False))
)
WINDOWS = st.tuples(*[SPANS] * 7).filter(lambda week: open_minutes(week) >= 10).map(lambda week: Window("drawn", week))
"""Ten minutes a week: sixty business hours take seven years of it, and a calendar looks ten years ahead."""
INSTANTS = st.integers(946_684_800, 2_114_380_800).map(lambda second: datetime.fromtimestamp(second, UTC))
CLOSED = st.frozensets(st.dates(date(2000, 1, 1), date(2037, 12, 31)), max_size=3)
CALENDARS = st.builds(Calendar, WINDOWS, ZONES.map(zone_of), CLOSED)
BUSINESS = st.builds(
    Duration,
    st.integers(0, 60),
    st.sampled_from(["second", "minute", "hour", "day", "week"]),
    business=st.just(True),
)


@settings(deadline=None)
@given(CALENDARS, INSTANTS)
def test_the_next_open_moment_is_open_and_not_earlier(calendar, moment):
    opens = calendar.next_open(moment)

    assert opens >= moment
    assert calendar.is_open(opens)
    assert calendar.closes_at(moment) > opens


@settings(deadline=None)
@given(CALENDARS, INSTANTS)
def test_open_means_that_the_local_clock_is_inside_the_hours(calendar, moment):
    """Where the clock neither jumps nor repeats nearby, openness is plain arithmetic on the local time."""
    zone = ZoneInfo(calendar.timezone)
    nearby = {(moment + timedelta(days=n)).astimezone(zone).utcoffset() for n in (-2, 0, 2)}
    assume(len(nearby) == 1)
    local = moment.astimezone(zone)
    minute = (local.hour * 60 + local.minute) + (local.second + local.microsecond / 1e6) / 60
    inside = any(start <= minute < end for start, end in calendar.window.hours[local.weekday()])

    assert calendar.is_open(moment) == (inside and local.date() not in calendar.closed)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, st.timedeltas(timedelta(), timedelta(days=3)), BUSINESS)
def test_a_later_start_never_ends_earlier(calendar, moment, gap, duration):
    assert calendar.add(moment, duration) <= calendar.add(moment + gap, duration)
    assert calendar.subtract(moment, duration) <= calendar.subtract(moment + gap, duration)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, BUSINESS)
def test_business_time_moves_forward_and_back(calendar, moment, duration):
    later, earlier = calendar.add(moment, duration), calendar.subtract(moment, duration)

    assert earlier <= moment <= later


@settings(deadline=None)
@given(st.builds(Calendar, WINDOWS, ZONES.map(zone_of)), INSTANTS, st.integers(1, 600))
def test_open_minutes_come_back(calendar, moment, minutes):
    duration = Duration(minutes, "minute", business=True)
    start = calendar.next_open(moment)

    assert calendar.subtract(calendar.add(start, duration), duration) in (
        start,
        calendar.subtract(start, Duration(0, "minute", business=True)),
    )
