"""A newer database of time zones arrives while people are under way: what was decided stays decided."""

from __future__ import annotations

import pytest
from temporalio import workflow

from nurture.domain import policies
from nurture.domain.wallclock import zone_of
from tests.replay.test_replay import replays
from tests.zones import database_where
from workflows.runner import WORKFLOWS

IN_OFFICE_HOURS = {
    "sequence": "at-home",
    "enter": {"by_hand": True},
    "timing": {"timezone": "lead", "window": "office-hours"},
    "steps": [{"id": "first", "email": "welcome"}, {"id": "second", "after": "3 days", "email": "case-study"}],
}
HOME, ELSEWHERE = "Europe/London", "Pacific/Auckland"
"""Places whose office hours have not a minute in common, in summer and in winter."""


@pytest.fixture
async def lived(house, monkeypatch):
    """A history with a mail that left in the office hours of HOME; a worker that starts anew remembers no policies."""
    monkeypatch.setattr(policies, "_read", policies._read.__wrapped__)
    ada = await house.enrols("ada", IN_OFFICE_HOURS, timezones=(HOME,))
    await ada.settles()
    if not await ada.sent():
        await ada.its_time_comes()
    assert await ada.sent() == ["first"]
    yield await ada.handle.fetch_history()
    await ada.handle.terminate("the story is over")


async def test_a_history_replays_when_the_law_has_moved_its_clock(lived, tmp_path):
    with database_where(tmp_path / "zones", HOME, is_like=ELSEWHERE):
        await replays(lived, WORKFLOWS)


async def test_without_the_clock_it_was_lived_with_it_could_not(lived, tmp_path, monkeypatch):
    monkeypatch.setattr(policies, "zone_from", lambda name, _clock: zone_of(name))

    with (
        database_where(tmp_path / "zones", HOME, is_like=ELSEWHERE),
        pytest.raises(workflow.NondeterminismError),
    ):
        await replays(lived, WORKFLOWS)
