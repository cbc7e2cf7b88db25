"""A sender's diary under every order of bookings: caps, distance, and the recipients' domains."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nurture.domain.calendar import Calendar, Window
from nurture.domain.diaries import Diary
from nurture.domain.lead import Channel
from nurture.domain.senders import Sender, WarmUp, cap_on, day_of, gap_after
from nurture.domain.wallclock import zone_of

NOW = datetime(2026, 3, 24, 9, tzinfo=UTC)
LATE = Window.parse("late", "mon-sun: 22:00-24:00")
ANNA = Sender("anna", Channel.EMAIL, "anna@hello.example.com", daily_cap=9, spacing=60, jitter=30)


def book(diary: Diary, sender: Sender, slot: datetime, domain: bool = False) -> None:
    """Write a place down as the store does."""
    day = day_of(sender, slot)
    diary.booked[day] = diary.booked.get(day, 0) + 1
    diary.first_at[day] = min(slot, diary.first_at.get(day, slot))
    diary.last_at[day] = max(slot, diary.last_at.get(day, slot))
    if domain:
        diary.to_domain[day] = diary.to_domain.get(day, 0) + 1


def test_a_place_before_midnight_keeps_its_distance_from_the_one_behind_it():
    diary = Diary()
    after_midnight = datetime(2026, 3, 25, 0, 0, 10, tzinfo=UTC)
    book(diary, ANNA, after_midnight)

    slot = diary.first_free(ANNA, after_midnight - timedelta(seconds=30))

    assert slot == after_midnight + gap_after(ANNA, after_midnight)
    assert diary.first_free(ANNA, after_midnight - timedelta(minutes=5)) == after_midnight - timedelta(minutes=5)


def test_a_domain_that_had_its_share_today_waits_for_tomorrow():
    diary = Diary()
    for minutes in (0, 2):
        book(diary, ANNA, NOW + timedelta(minutes=minutes), domain=True)

    assert diary.first_free(ANNA, NOW, domain_cap=2) == datetime(2026, 3, 25, tzinfo=UTC)
    assert diary.first_free(ANNA, NOW, domain_cap=3).date() == NOW.date()
    assert diary.first_free(ANNA, NOW).date() == NOW.date()


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 6),
    st.integers(0, 400),
    st.integers(0, 90),
    st.sampled_from(["UTC", "Asia/Kathmandu", "America/Los_Angeles", "Pacific/Chatham"]),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 4 * 86_400), st.booleans(), st.booleans()), min_size=1, max_size=40),
)
@example(1, 238, 0, "America/Los_Angeles", False, [(n, False, False) for n in (0, 0, 251_763, 0)])  # over full days
def test_any_order_of_bookings_keeps_caps_and_distance(cap, spacing, jitter, zone, warms, wishes):
    """Wishes come for any moment of four days, in any order, some inside a window that ends at midnight."""
    ramp = WarmUp(date(2026, 3, 24), 1, 0.5) if warms else None
    sender = Sender("s", Channel.EMAIL, "s@example.com", "", cap, spacing, jitter, zone, ramp)
    diary, places, to_domain = Diary(), [], []
    for wait, is_late, is_gmail in wishes:
        at, calendar = NOW + timedelta(seconds=wait), Calendar(LATE, zone_of("UTC")) if is_late else None
        slot = diary.first_free(sender, at, calendar, 2 if is_gmail else None)
        assert slot >= at
        assert calendar is None or calendar.is_open(slot)
        book(diary, sender, slot, is_gmail)
        places.append(slot)
        to_domain += [slot] * is_gmail

    for day, count in Counter(day_of(sender, slot) for slot in places).items():
        assert count <= cap_on(sender, day)
    assert all(count <= 2 for count in Counter(day_of(sender, slot) for slot in to_domain).values())
    for earlier, later in pairwise(sorted(places)):
        assert later - earlier >= gap_after(sender, earlier) >= timedelta(seconds=spacing)
