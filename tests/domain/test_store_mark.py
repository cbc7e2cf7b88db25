"""A store is older when Temporal knows of a mark that it has not reached; without a mark nothing is known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nurture.domain.store_mark import StoreMark, further, is_older, why_refused

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NEW = StoreMark()


@pytest.mark.parametrize(
    ("store", "kept", "older"),
    [
        pytest.param(NEW, None, False, id="first start"),
        pytest.param(StoreMark(7, 40, 9, NOON), None, False, id="empty Temporal, as before a rebuild"),
        pytest.param(StoreMark(7, 40, 9, NOON), StoreMark(7, 40, 9, NOON), False, id="the same"),
        pytest.param(StoreMark(8, 41, 9, NOON), StoreMark(7, 40, 9, NOON), False, id="set, and not told yet"),
        pytest.param(StoreMark(6, 40, 9, NOON), StoreMark(7, 40, 9, NOON), True, id="a backup without the last mark"),
        pytest.param(StoreMark(6, 90, 30, NOON), StoreMark(7, 40, 9, NOON), True, id="a backup that went on meanwhile"),
        pytest.param(NEW, StoreMark(7, 40, 9, NOON), True, id="an empty store"),
    ],
)
def test_a_store_is_older_when_temporal_knows_a_later_mark(store, kept, older):
    assert is_older(store, kept) is older


def test_the_refusal_says_since_when_how_much_and_the_way_out():
    said = why_refused(StoreMark(6, 40, 9, NOON), StoreMark(9, 1_052, 12, NOON.replace(hour=15)))

    assert said == (
        "the store is as it was on 2026-03-02 12:00 UTC, and 1,012 facts and 3 new touches that were written until "
        "2026-03-02 15:00 UTC are not in it; run nurture reconcile"
    )


def test_an_empty_store_is_called_a_new_one():
    assert why_refused(NEW, StoreMark(9, 12, 3, NOON)).startswith("the store is a new one, and 12 facts and 3 new")


def test_of_two_marks_the_later_one_is_kept_in_whatever_order_they_arrive():
    one, two = StoreMark(1, 3, 3, NOON), StoreMark(2, 3, 4, NOON)
    assert further(one, two) == further(two, one) == two


def test_a_mark_reads_as_a_sentence():
    assert str(StoreMark(2, 1_003, 4, NOON)) == "mark 2 of 2026-03-02 12:00 UTC: 1,003 facts, 4 touches"
    assert str(NEW) == "mark 0 that is new: 0 facts, 0 touches"
