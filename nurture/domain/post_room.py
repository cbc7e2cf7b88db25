"""Simulated mailboxes and numbers: who has room for a touch, and when, by the caps of each sender's own day."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from nurture.domain.calendar import next_common
from nurture.domain.changing import value
from nurture.domain.decisions import Wait
from nurture.domain.events import Event
from nurture.domain.lead import Lead
from nurture.domain.policies import Policies
from nurture.domain.quiet import quiet_calendars
from nurture.domain.senders import Sender, cap_on, day_of, in_order_for
from nurture.domain.spreading import spread
from nurture.domain.touch import Touch
from nurture.domain.wallclock import instant, zone_of


@value()
class Place:
    """A place in a sender's day: not before `at` (UTC), counted on the sender's own date `day`."""

    sender: str
    at: datetime
    day: date


class PostRoom:
    """The senders' diaries. A full one costs a waiting touch one more try, not one a day: its place is kept.

    Only daily caps are kept, not the seconds between two messages: they shift nothing by a day.
    """

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._booked: Counter[tuple[str, date]] = Counter()
        self._full_before: dict[str, date] = {}
        self._caps: dict[tuple[str, date], int] = {}
        self._kept: dict[str, Place] = {}
        self._opens: dict[tuple[str, tuple[str, str, str], date], tuple[datetime, timedelta, date]] = {}
        self._orders: dict[tuple[str, str, str], tuple[Sender, ...]] = {}

    def book(self, touch: Touch, country: str, now: datetime) -> Place:
        """Return the place of a touch that wants to leave at `now` (UTC); asked again in time, the same one."""
        kept = self._kept.pop(touch.id, None)
        if kept is not None and kept.at <= now and day_of(self._sender(kept.sender), now) == kept.day:
            return kept
        senders = self._order(touch)
        place = self._first_free(senders[0], touch, country, now)
        if not touch.sticky and place.at > now:
            others = [self._first_free(sender, touch, country, now) for sender in senders[1:]]
            place = min([place, *others], key=lambda each: each.at)
        self._booked[place.sender, place.day] += 1
        if place.at > now:
            self._kept[touch.id] = place
        return place

    def load(self) -> dict[tuple[str, date], int]:
        """Return the places booked by sender and day."""
        return dict(self._booked)

    def _order(self, touch: Touch) -> tuple[Sender, ...]:
        key = (touch.lead, touch.pool, touch.channel)
        known = self._orders.get(key)
        if known is None:
            able = self._policies.senders.senders_for(touch.pool, touch.channel)
            known = self._orders[key] = tuple(in_order_for(able, touch.lead))
        return known

    def _sender(self, name: str) -> Sender:
        sender = self._policies.senders.find(name)
        assert sender is not None
        return sender

    def _first_free(self, sender: Sender, touch: Touch, country: str, now: datetime) -> Place:
        today = day_of(sender, now)
        day = self._first_with_room(sender, today)
        if day == today:
            return Place(sender.id, now, day)
        while True:
            opens, left, day = self._hours(sender, (touch.window, touch.timezone, country), day)
            if self._booked[sender.id, day] < self._cap(sender, day):
                return Place(sender.id, opens + spread(touch.id, left), day)
            day += timedelta(days=1)

    def _hours(self, sender: Sender, window: tuple[str, str, str], day: date) -> tuple[datetime, timedelta, date]:
        """Return when (UTC) a window opens on the sender's day or a later one, for how long that day, and which it is.

        `window` is its name, time zone and country, as `Policies.calendar` takes them.
        """
        key = (sender.id, window, day)
        known = self._opens.get(key)
        if known is None:
            calendar, zone = self._policies.calendar(*window), zone_of(sender.timezone)
            opens = calendar.next_open(instant(zone, day, 0))
            its = day_of(sender, opens)
            ends = min(calendar.closes_at(opens), instant(zone, its + timedelta(days=1), 0))
            known = self._opens[key] = (opens, ends - opens, its)
        return known

    def _cap(self, sender: Sender, day: date) -> int:
        key = (sender.id, day)
        known = self._caps.get(key)
        if known is None:
            known = self._caps[key] = cap_on(sender, day)
        return known

    def _first_with_room(self, sender: Sender, today: date) -> date:
        """Return the first day from today on that is not full; places are only taken, so full days stay full."""
        day = max(today, self._full_before.get(sender.id, today))
        while self._booked[sender.id, day] >= self._cap(sender, day):
            day += timedelta(days=1)
        self._full_before[sender.id] = day
        return day


def lawful_from(policies: Policies, touch: Touch, lead: Lead, now: datetime) -> datetime | None:
    """Return from when on (UTC) law and window let this touch leave: `now` if they do; None when no hour is known."""
    if touch.channel not in policies.quiet.channels:
        return now
    region, zones = str(lead.fields.get("region") or ""), (lead.timezone,) if lead.timezone else ()
    quiet = quiet_calendars(policies.quiet, touch.channel, lead.country, region, zones)
    window = policies.calendar(touch.window, touch.timezone, lead.country)
    return next_common([window, *quiet], now) if quiet is not None else None


def as_told(answer: Event) -> Wait:
    """Return the wait that a "not yet" means; thinking again at the same moment would come to nothing else."""
    until, code = datetime.fromisoformat(str(answer.details["until"])), str(answer.details["code"])
    return Wait(sequence=answer.sequence, step=answer.step, rule="time", why=code, until=until, blocked_by=code)
