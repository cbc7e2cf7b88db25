"""What happens when, in order: a heap for the day at hand, plain lists for the days to come."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime

from nurture.domain.events import Event

Entry = tuple[datetime, int, int, Event | None]
"""(when in UTC, running number, whose, the fact that arrives; None for an alarm)."""


class Agenda:
    """Entries up to `end` (UTC), the earliest first, of equals the one that was put in first.

    Most entries lie weeks ahead: one heap of all of them is so large that each look at it misses the processor's cache.
    """

    def __init__(self, end: datetime) -> None:
        self._end, self._midnight = end, datetime.min.replace(tzinfo=UTC)
        self._today: list[Entry] = []
        self._later: dict[int, list[Entry]] = {}

    def put(self, entry: Entry) -> None:
        """Put an entry in; what lies behind the end is let go."""
        at = entry[0]
        if at > self._end:
            return
        if at < self._midnight:
            heapq.heappush(self._today, entry)
        else:
            self._later.setdefault(at.toordinal(), []).append(entry)

    def __iter__(self) -> Iterator[Entry]:
        """Take entries out one by one; more may be put in meanwhile, but none into a day that is over."""
        while self.begins() is not None:
            yield heapq.heappop(self._today)

    def begins(self) -> datetime | None:
        """Return when the next entry is (UTC), None when there is none."""
        if not self._today:
            if not self._later:
                return None
            day = min(self._later)
            self._today = self._later.pop(day)
            heapq.heapify(self._today)
            self._midnight = datetime.fromordinal(day + 1).replace(tzinfo=UTC)
        return self._today[0][0]
