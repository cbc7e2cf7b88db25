"""Time as data: one setting divides every wait, and calendars stay true because they see the scaled time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class TimeScale:
    """How our time runs against the wall clock. `factor` 1 is real time; 43,200 is one day in two seconds.

    `real_origin` and `origin` are the same moment on both clocks (UTC).
    """

    factor: float = 1.0
    real_origin: datetime | None = None
    origin: datetime | None = None

    def at(self, real: datetime) -> datetime:
        """Return our time (UTC) at the wall-clock time `real`."""
        if self.real_origin is None or self.origin is None:
            return real
        return self.origin + (real - self.real_origin) * self.factor

    def real_wait(self, wait: timedelta) -> timedelta:
        """Return how long `wait` of our time takes on the wall clock."""
        return wait if self.real_origin is None else wait / self.factor
