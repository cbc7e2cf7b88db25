"""Durations as people write them: `20 minutes`, `3 business days`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from nurture.domain.errors import Invalid

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_SHAPE = re.compile(r"(\d{1,6})\s+(business\s+)?(second|minute|hour|day|week)s?")


@dataclass(frozen=True, slots=True)
class Duration:
    """`amount` of `unit` (second, minute, hour, day, week); `business` counts only working time of a calendar.

    `plain` is the duration on the wall clock, as if every hour were a working hour.
    """

    amount: int
    unit: str
    business: bool = False
    plain: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", timedelta(seconds=self.amount * _SECONDS[self.unit]))

    def __str__(self) -> str:
        plural = "" if self.amount == 1 else "s"
        return f"{self.amount} {'business ' if self.business else ''}{self.unit}{plural}"


@lru_cache(maxsize=4_096)
def parse_duration(text: str) -> Duration:
    """Read a duration. Raises Invalid with the words that are allowed."""
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise Invalid(
            f'"{text}" is not a duration',
            remedy='Write a number and a unit, such as "20 minutes", "4 business hours" or "3 days"',
        )
    return Duration(int(shape[1]), shape[3], business=shape[2] is not None)
