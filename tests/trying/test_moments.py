"""Moments as tests write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nurture.domain.duration import Duration
from nurture.domain.errors import Invalid
from nurture.trying.moments import After, local, moment_of, when_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-03-27 10:00 Europe/Berlin", datetime(2026, 3, 27, 9, 0, tzinfo=UTC), id="winter"),
        pytest.param("2026-03-30 10:00 Europe/Berlin", datetime(2026, 3, 30, 8, 0, tzinfo=UTC), id="summer"),
        pytest.param("2026-03-27 10:00", datetime(2026, 3, 27, 14, 0, tzinfo=UTC), id="the lead's own zone"),
        pytest.param("2026-03-27", datetime(2026, 3, 27, 4, 0, tzinfo=UTC), id="midnight"),
        pytest.param("2026-03-27T10:00:30 UTC", datetime(2026, 3, 27, 10, 0, 30, tzinfo=UTC), id="seconds"),
    ],
)
def test_a_moment_is_an_instant(text, expected):
    assert moment_of(text, "America/New_York") == expected


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-03-27 25:00", "2026-03-27 10:00 Europe/Berln", ""])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(Invalid):
        moment_of(text, "UTC")


def test_a_happening_may_come_after_a_step():
    assert when_of("2 business days after welcome", "UTC") == After(Duration(2, "day", business=True), "welcome")
    assert when_of("2026-06-01", "UTC") == datetime(2026, 6, 1, tzinfo=UTC)


def test_people_read_their_own_clocks():
    assert local(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "Europe/Berlin") == "Sun 29 Mar 2026 03:30"
