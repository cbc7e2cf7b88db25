"""A sender's diary: where its next message fits between those that are booked already, before and behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from nurture.domain.calendar import Calendar
from nurture.domain.senders import Sender, cap_on, day_of, gap_after, next_slot
from nurture.domain.wallclock import instant, zone_of


@dataclass(slots=True)
class Diary:
    """What one sender has booked, by its own date: how many places, the first and the last of them (UTC).

    `to_domain` counts the places for the recipient's mail domain, by the same date.
    """

    booked: dict[date, int] = field(default_factory=dict)
    first_at: dict[date, datetime] = field(default_factory=dict)
    last_at: dict[date, datetime] = field(default_factory=dict)
    to_domain: dict[date, int] = field(default_factory=dict)

    def first_free(
        self, sender: Sender, at: datetime, calendar: Calendar | None = None, domain_cap: int | None = None
    ) -> datetime:
        """Return the sender's first free place at or after `at` (UTC) and inside `calendar`.

        It keeps the sender's distance from the place before it and from the one behind it, over midnight as well, and
        lies on a day with room for one more, to this recipient's domain too (`domain_cap`, E15). Raises Misconfigured
        when there is none within 400 days.
        """
        full = self._full(sender, domain_cap)
        slot = self._behind_the_last(sender, full, at, calendar)
        while self._is_too_close(sender, slot):
            midnight = instant(zone_of(sender.timezone), day_of(sender, slot) + timedelta(days=1), 0)
            slot = self._behind_the_last(sender, full, midnight, calendar)
        return slot

    def _full(self, sender: Sender, domain_cap: int | None) -> dict[date, int]:
        """Return the places booked by day; a day that is full for this domain counts as full."""
        if domain_cap is None:
            return self.booked
        closed = {day: cap_on(sender, day) for day, count in self.to_domain.items() if count >= domain_cap}
        return {**self.booked, **closed}

    def _behind_the_last(
        self, sender: Sender, booked: dict[date, int], at: datetime, calendar: Calendar | None
    ) -> datetime:
        """Only places up to the slot's own day count: one booking far ahead must not push everybody behind it."""
        last = self._last_by(day_of(sender, at))
        slot = next_slot(sender, booked, last, at, calendar)
        while (later := self._last_by(day_of(sender, slot))) != last:
            last = later
            slot = next_slot(sender, booked, last, slot, calendar)
        return slot

    def _last_by(self, day: date) -> datetime | None:
        """Return the last place that is booked on `day` or before it."""
        return max((moment for booked_on, moment in self.last_at.items() if booked_on <= day), default=None)

    def _is_too_close(self, sender: Sender, slot: datetime) -> bool:
        """Whether the first place of a later day would follow sooner than the sender's spacing allows."""
        day = day_of(sender, slot)
        following = min((moment for later, moment in self.first_at.items() if later > day), default=None)
        return following is not None and slot + gap_after(sender, slot) > following
