"""How fast a demo's time may run, so that the busiest hours fit the touches that fall into them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from nurture.domain.clock import TimeScale

TOUCHES_A_SECOND = 8.0
"""Touches this machine carries in a second of the wall clock with everything around them (server, workflows, web app,
answers), measured on two cores; half of what a quiet machine does, because a demo's machine is rarely quiet."""
RUSH = 12.0
"""How many times faster nights and weekends go by."""
_PEAK = 1.5
"""The busiest working day carries so many times the touches of an average one."""
_QUICKEST_DAY = 3.0
"""Seconds for the busy hours of one day, however few leads: a day has to be seen, and reps need time to answer."""
_OPENS, _CLOSES = 8, 19
"""Local hours in which most windows lie and people are at work."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A time scale without its origins, and the reasoning behind it. `seconds` is what the whole run will take."""

    factor: float
    busy_from: int
    busy_to: int
    seconds: float
    words: str

    def scale(self, real_origin: datetime, origin: datetime) -> TimeScale:
        """Return the scale from the moment on which both clocks agree."""
        return TimeScale(self.factor, real_origin, origin, RUSH, self.busy_from, self.busy_to)


def pace_for(leads: int, touches_a_lead: float, days: int, zones: Iterable[str], on: datetime) -> Pace:
    """Return the pace for so many leads over `days`, who live in `zones` (IANA), around the date `on` (UTC)."""
    busy_from, busy_to = busy_hours(zones, on)
    workdays = max(1.0, days * 5 / 7)
    busiest = leads * touches_a_lead / workdays * _PEAK
    day = max(_QUICKEST_DAY, busiest / TOUCHES_A_SECOND)
    factor = (busy_to - busy_from) * 60 / day
    idle = days * 86_400 - workdays * (busy_to - busy_from) * 60
    seconds = workdays * day + idle / factor / RUSH
    words = (
        f"{leads} leads × about {touches_a_lead:.0f} touches in {days} days: up to {busiest:.0f} on the busiest day; at "
        f"{TOUCHES_A_SECOND:.0f} touches a second its busy hours ({_clock(busy_from)}–{_clock(busy_to)} UTC) take "
        f"{day:.1f} s, so our time runs {factor:,.0f} times faster than the wall clock, {RUSH:.0f} times more at night "
        f"and at weekends: about {seconds:.0f} s in all"
    )
    return Pace(factor, busy_from, busy_to, seconds, words)


def busy_hours(zones: Iterable[str], on: datetime) -> tuple[int, int]:
    """Return the minutes of the UTC day between which somebody's working hours lie, as (first, last)."""
    spans = [_utc_minutes(zone, on) for zone in sorted(set(zones))] or [(0, 1_440)]
    return max(0, min(first for first, _ in spans)), min(1_440, max(last for _, last in spans))


def monday_morning(now: datetime) -> datetime:
    """Return 06:00 UTC of the next Monday but one day at least ahead: where a demo's time begins."""
    start = now.astimezone(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    return start + timedelta(days=(7 - start.weekday()) % 7 or 7)


def _utc_minutes(zone: str, on: datetime) -> tuple[int, int]:
    away = on.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    shift = int(away.total_seconds() // 60)
    return _OPENS * 60 - shift, _CLOSES * 60 - shift


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
