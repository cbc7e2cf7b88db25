"""Days in which nothing left, as stories on real Temporal: what was missed is skipped, or caught up one a day.

A clock that is turned stops at each timer, so a standstill is told as a pause by hand: the planner sees the same.
"""

from __future__ import annotations

from datetime import timedelta

from nurture.domain.events import EventKind
from nurture.domain.touch import TouchState


def daily(name, late):
    timing = {"timezone": "lead", "window": "any-time", "when_late": late}
    steps = [
        {"id": "missed", "after": "1 day", "email": "case-study"},
        {"id": "next", "after": "9 days", "email": "welcome"},
    ]
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": steps}


async def stands_still(house, days, *documents):
    """Return somebody in these sequences for whom nothing could leave for so many days."""
    ada = await house.enrols("ada", documents[0])
    for document in documents[1:]:
        await house.enters(ada, document)
    until = house.clock.now() + timedelta(days=days)
    await ada.hears(EventKind.PAUSED, until=until.isoformat(), why="a standstill", by="test")
    await ada.days_pass(days + 0.1)
    return ada


async def wired(house, ada, step):
    """Return when touches of that step left."""
    rows = await house.store.ledger.rows(lead=ada.lead, states=[TouchState.SENT])
    return [row.wire_at for row in rows if row.touch.step == step]


async def test_a_stale_touch_is_skipped_and_the_lead_goes_on(house):
    ada = await stands_still(house, 5, daily("news", "skip after 3 days"))
    await ada.days_pass(10)

    assert await ada.ends() == "lead"
    assert await ada.sent() == ["next"]


async def test_overdue_touches_of_three_sequences_leave_one_a_day(house):
    ada = await stands_still(house, 4, *(daily(name, "send") for name in ("news", "tips", "offers")))
    for _ in range(3):
        await ada.days_pass(1.01)

    first, second, third = await wired(house, ada, "missed")
    assert second - first >= timedelta(days=1)
    assert third - second >= timedelta(days=1)
    trail = (await house.leads.ask(ada.lead))["explanation"]["trail"]
    assert any("touches in 1 day" in line for line in trail)
