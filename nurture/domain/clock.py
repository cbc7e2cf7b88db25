"""Time as data: one setting divides every wait, and calendars stay true because they see the scaled time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_DAY, _WEEK = 86_400.0, 7 * 86_400.0
_WORKDAYS = 5


@dataclass(frozen=True, slots=True)
class TimeScale:
    """How our time runs against the wall clock. `factor` 1 is real time; 43,200 is one day in two seconds.

    `real_origin` and `origin` are the same moment on both clocks (UTC).

    A demo has a month in two minutes, but nine tenths of the month are nights and weekends in which nothing is sent.
    `rush` says how many times faster than `factor` our time runs outside the busy hours (`busy_from` to `busy_to`,
    minutes of a UTC day, Monday to Friday). So the same two minutes give a working hour several times more room, and
    a window, a cap or a deadline is as long in our time as ever. The price: a wall-clock latency weighs `rush` times
    more at night. The function stays pure, strictly growing and invertible, so a wait in our time has one real length.
    """

    factor: float = 1.0
    real_origin: datetime | None = None
    origin: datetime | None = None
    rush: float = 1.0
    busy_from: int = 0
    busy_to: int = 1_440

    @property
    def mean_factor(self) -> float:
        """Seconds of our time in one second of the wall clock, over a whole week."""
        return _WEEK / _real_seconds(self._shape, _WEEK)

    def at(self, real: datetime) -> datetime:
        """Return our time (UTC) at the wall-clock time `real`."""
        if self.real_origin is None or self.origin is None:
            return real
        elapsed = real - self.real_origin
        if self.rush == 1.0:
            return self.origin + elapsed * self.factor
        weeks, rest = divmod(self._price(self.origin) + elapsed.total_seconds(), _real_seconds(self._shape, _WEEK))
        return _MONDAY + timedelta(seconds=weeks * _WEEK + _our_seconds(self._shape, rest))

    def real_wait(self, since: datetime, until: datetime) -> timedelta:
        """Return how long it takes on the wall clock until our time comes from `since` to `until` (both UTC)."""
        if self.real_origin is None or self.rush == 1.0:
            return (until - since) / (1.0 if self.real_origin is None else self.factor)
        return timedelta(seconds=self._price(until) - self._price(since))

    @property
    def _shape(self) -> tuple[float, float, int, int]:
        return self.factor, self.rush, self.busy_from, self.busy_to

    def _price(self, at: datetime) -> float:
        """Return the real seconds from a fixed Monday to `at`."""
        weeks, rest = divmod((at - _MONDAY).total_seconds(), _WEEK)
        return weeks * _real_seconds(self._shape, _WEEK) + _real_seconds(self._shape, rest)


_Shape = tuple[float, float, int, int]


@lru_cache(maxsize=16)
def _stretches(shape: _Shape) -> tuple[tuple[float, float, float], ...]:
    """Return a week as (first second, last second, speed), in order."""
    return tuple(stretch for stretch in _week(*shape) if stretch[1] > stretch[0])


def _week(factor: float, rush: float, busy_from: int, busy_to: int) -> Iterator[tuple[float, float, float]]:
    free = 0.0
    for day in range(_WORKDAYS):
        opens, closes = day * _DAY + 60.0 * busy_from, day * _DAY + 60.0 * busy_to
        yield free, opens, factor * rush
        yield opens, closes, factor
        free = closes
    yield free, _WEEK, factor * rush


def _real_seconds(shape: _Shape, ours: float) -> float:
    return sum((min(ours, last) - first) / speed for first, last, speed in _stretches(shape) if ours > first)


def _our_seconds(shape: _Shape, real: float) -> float:
    for first, last, speed in _stretches(shape):
        length = (last - first) / speed
        if real < length:
            return first + real * speed
        real -= length
    return _WEEK
