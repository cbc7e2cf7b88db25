"""Whom a sweep asks, and when again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.domain.build import build
from nurture.domain.segments import Asked, is_due
from tests.domain.journeys import MONDAY


@pytest.mark.parametrize(
    ("again", "answer", "days", "due"),
    [
        pytest.param("never", "", 900, False, id="who entered does not come in again"),
        pytest.param("after 180 days", "", 179, False, id="not yet again"),
        pytest.param("after 180 days", "", 180, True, id="again after its time"),
        pytest.param("always", "", 1, True, id="always is at most once a day"),
        pytest.param("always", "", 0.9, False, id="not twice a day"),
        pytest.param("never", "already_in", 0.9, False, id="a no is not asked again all day"),
        pytest.param("never", "already_in", 1, True, id="a no is asked again the next day"),
    ],
)
def test_somebody_is_asked_again(again, answer, days, due):
    steps = [{"id": "hello", "email": "welcome"}]
    plan = build(again, {"sequence": "swept", "enter": {"segment": "score > 1", "again": again}, "steps": steps})

    assert is_due(plan, None, MONDAY)
    assert is_due(plan, Asked(MONDAY, answer), MONDAY + timedelta(days=days)) is due
