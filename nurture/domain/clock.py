"""Time as data: one setting divides every wait, and calendars stay true because they see the scaled time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_HOUR, _WEEK = 3_600.0, 604_800.0
_WORKDAYS, _WEEKEND = 5, 2


@dataclass(frozen=True, slots=True)
class TimeScale:
    """How our time runs against the wall clock. `factor` 1 is real time; 43,200 is one day in two seconds.

    `real_origin` and `origin` are the same moment on both clocks (UTC).

    A demo has a month in two minutes, and most of a month is nights and weekends in which nothing is sent. `hours`
    (24 numbers, () for none) says how many times faster than `factor` each UTC hour of Monday to Friday goes by, and
    `weekend` the same for Saturday and Sunday. So the same two minutes give a crowded hour several times the room of
    an empty one, while a window, a cap or a deadline is as long in our time as ever. The price: a wall-clock latency
    weighs more in an hour that flies. The function stays pure, strictly growing and invertible, so a wait in our time
    has one length on the wall clock.
    """

    factor: float = 1.0
    real_origin: datetime | None = None
    origin: datetime | None = None
    hours: tuple[float, ...] = ()
    weekend: float = 1.0

    @property
    def mean_factor(self) -> float:
        """Seconds of our time in one second of the wall clock, over a whole week."""
        return _WEEK / _marks(self.factor, self.hours, self.weekend)[-1]

    def at(self, real: datetime) -> datetime:
        """Return our time (UTC) at the wall-clock time `real`."""
        if self.real_origin is None or self.origin is None:
            return real
        elapsed = real - self.real_origin
        if not self.hours:
            return self.origin + elapsed * self.factor
        marks = _marks(self.factor, self.hours, self.weekend)
        weeks, rest = divmod(self._price(self.origin) + elapsed.total_seconds(), marks[-1])
        hour = min(bisect_right(marks, rest), len(marks) - 1) - 1
        part = (rest - marks[hour]) / (marks[hour + 1] - marks[hour])
        return _MONDAY + timedelta(seconds=weeks * _WEEK + (hour + part) * _HOUR)

    def real(self, at: datetime) -> datetime:
        """Return the wall-clock time (UTC) at our time `at`."""
        if self.real_origin is None or self.origin is None:
            return at
        if at < self.origin:
            return self.real_origin - self.real_wait(at, self.origin)
        return self.real_origin + self.real_wait(self.origin, at)

    def real_wait(self, since: datetime, until: datetime) -> timedelta:
        """Return how long it takes on the wall clock until our time comes from `since` to `until` (both UTC)."""
        if self.real_origin is None:
            return until - since
        if not self.hours:
            return (until - since) / self.factor
        return timedelta(seconds=self._price(until) - self._price(since))

    def _price(self, at: datetime) -> float:
        """Return the wall-clock seconds from a fixed Monday to `at`."""
        marks = _marks(self.factor, self.hours, self.weekend)
        weeks, rest = divmod((at - _MONDAY).total_seconds(), _WEEK)
        hour, part = divmod(rest, _HOUR)
        first, last = marks[int(hour)], marks[int(hour) + 1]
        return weeks * marks[-1] + first + (last - first) * part / _HOUR


@lru_cache(maxsize=16)
def _marks(factor: float, hours: tuple[float, ...], weekend: float) -> tuple[float, ...]:
    """Return the wall-clock seconds from Monday 00:00 to each hour of the week: 169 growing numbers."""
    workday = hours or (1.0,) * 24
    speeds = [*workday] * _WORKDAYS + [weekend] * 24 * _WEEKEND
    return (0.0, *accumulate(_HOUR / factor / speed for speed in speeds))
