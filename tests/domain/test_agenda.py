"""The simulator's agenda: whatever is put in comes out in the order of one big heap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nurture.domain.agenda import Agenda

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
END = START + timedelta(days=10)
HOURS = st.lists(st.integers(0, 300), max_size=60)


@given(HOURS)
def test_entries_come_out_by_time_and_then_as_they_were_put_in(hours):
    agenda = Agenda(END)
    entries = [(START + timedelta(hours=each), number, 0, None) for number, each in enumerate(hours)]
    for entry in entries:
        agenda.put(entry)

    assert list(agenda) == sorted(entry for entry in entries if entry[0] <= END)


@given(HOURS, st.lists(st.integers(0, 40), min_size=1, max_size=5))
def test_what_is_put_in_on_the_way_comes_in_its_turn(hours, naps):
    agenda, seen, number = Agenda(END), [], 1_000
    for count, each in enumerate(hours):
        agenda.put((START + timedelta(hours=each), count, 0, None))

    for now, count, _, _ in agenda:
        seen.append((now, count))
        if count < 1_000:
            for nap in naps:
                number += 1
                agenda.put((now + timedelta(hours=nap), number, 0, None))

    assert seen == sorted(seen)
    begun = [each for each in hours if START + timedelta(hours=each) <= END]
    assert sum(count < 1_000 for _, count in seen) == len(begun)
    assert all(now <= END for now, _ in seen)
