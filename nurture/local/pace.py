"""How fast a demo's time may run, so that the busiest hours fit the touches that fall into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from nurture.domain.clock import TimeScale

TOUCHES_A_SECOND = 8.0
"""Touches this machine carries in a second of the wall clock with everything around them (server, workflows, web app,
answers), measured on two cores; half of what a quiet machine does, because a demo's machine is rarely quiet."""
_RUSH = 12.0
"""How many times faster an hour goes by in which nobody is at work."""
_FLIES = 3.0
"""How many times faster at most an hour goes by in which somebody is."""
_PEAK = 1.5
"""The busiest working day carries so many times the touches of an average one."""
_QUICKEST_DAY = 3.0
"""Seconds for one working day, however few leads: a day has to be seen, and reps need time to answer."""
_OPENS, _CLOSES = 8, 19
"""Local hours in which most windows lie and people are at work."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A time scale without its origins, and the reasoning behind it. `seconds` is what the whole run will take."""

    factor: float
    hours: tuple[float, ...]
    seconds: float
    words: str

    def scale(self, real_origin: datetime, origin: datetime) -> TimeScale:
        """Return the scale from the moment on which both clocks agree."""
        return TimeScale(self.factor, real_origin, origin, self.hours, _RUSH)


def pace_for(leads: int, touches_a_lead: float, days: int, zones: Mapping[str, int], on: datetime) -> Pace:
    """Return the pace for so many leads over `days`; `zones` says how many people live in each (IANA), around `on`.

    Touches fall into the hours as people are at work in them, so each hour gets wall-clock time in that proportion.
    """
    hours = speeds_of(zones, on)
    workdays = max(1.0, days * 5 / 7)
    busiest = leads * touches_a_lead / workdays * _PEAK
    day = max(_QUICKEST_DAY, busiest / TOUCHES_A_SECOND)
    weight = sum(1 / speed for speed in hours)  # a day is as long as so many hours of the fullest one
    factor = weight * 3_600 / day
    seconds = workdays * day + (days - workdays) * 86_400 / factor / _RUSH
    fullest = min(range(24), key=lambda hour: hours[hour])
    words = (
        f"{leads} leads × about {touches_a_lead:.0f} touches in {days} days make {busiest:.0f} on the busiest one; at "
        f"{TOUCHES_A_SECOND:.0f} touches a second a working day takes {day:.1f} s. So in the fullest hours (as at "
        f"{fullest:02}:00 UTC) our time runs {factor:,.0f} times faster than the wall clock, in emptier ones up to "
        f"{_FLIES:.0f} times more, at night and at weekends {_RUSH:.0f} times: about {seconds:.0f} s in all"
    )
    return Pace(factor, hours, seconds, words)


def speeds_of(zones: Mapping[str, int], on: datetime) -> tuple[float, ...]:
    """Return for each hour of the UTC day how many times faster than the fullest one it may go by."""
    at_work = [0] * 24
    for zone, people in zones.items():
        away = on.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        for minute in range(_OPENS * 60, _CLOSES * 60, 60):
            at_work[int(minute - away.total_seconds() // 60) // 60 % 24] += people
    fullest = max(at_work) or 1
    return tuple(min(_FLIES, fullest / people) if people else _RUSH for people in at_work)


def monday_morning(now: datetime) -> datetime:
    """Return 06:00 UTC of the next Monday but one day at least ahead: where a demo's time begins."""
    start = now.astimezone(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    return start + timedelta(days=(7 - start.weekday()) % 7 or 7)
