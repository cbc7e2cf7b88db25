"""The senders' calendars: a place is booked once per touch, and caps and spacing are counted from what is booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, select, update

from nurture.domain.calendar import Calendar
from nurture.domain.lead import Channel
from nurture.domain.senders import Sender, SenderPolicy, day_of, in_order_for, next_slot
from nurture.store.database import Database
from nurture.store.schema import sender_days, sender_slots
from nurture.store.statements import insert, insert_once, lock_name

_BOOKED = select(sender_slots.c.sender, sender_slots.c.at).where(sender_slots.c.touch == bindparam("touch"))
_USED = (
    select(sender_slots.c.sender)
    .where(sender_slots.c.lead == bindparam("lead"), sender_slots.c.sender.in_(bindparam("able", expanding=True)))
    .order_by(sender_slots.c.at.desc())
    .limit(1)
)
_DAYS = select(sender_days).where(
    sender_days.c.sender.in_(bindparam("able", expanding=True)), sender_days.c.day >= bindparam("since")
)


UNUSED_AFTER = timedelta(hours=1)
"""A place that lies so far in the past was not used: its touch was held up, and needs a new one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which touch wants a place, from when on (UTC), and in which hours of the person."""

    pool: str
    lead: str
    touch: str
    at: datetime
    sticky: bool
    calendar: Calendar | None


@dataclass(slots=True)
class Diary:
    """What one sender has booked: places and the last of them, by the sender's own date."""

    booked: dict[date, int] = field(default_factory=dict)
    last_at: dict[date, datetime] = field(default_factory=dict)

    def first_free(self, sender: Sender, at: datetime, calendar: Calendar | None) -> datetime:
        """Return the sender's first free place at or after `at` (UTC) and inside `calendar`.

        Each day is asked for its own last place: one booking far ahead must not push everybody behind it.
        """
        day = day_of(sender, at)
        last = max((moment for booked, moment in self.last_at.items() if booked <= day), default=None)
        slot = next_slot(sender, self.booked, last, at, calendar)
        while (later := self.last_at.get(day_of(sender, slot))) and (last is None or later > last):
            last = later
            slot = next_slot(sender, self.booked, last, slot, calendar)
        return slot


class StoredSenders:
    """Implements `nurture.domain.ports.Senders` on a database."""

    def __init__(self, database: Database, policy: SenderPolicy) -> None:
        """Keep the calendars in `database`; caps, spacing and pools are `policy`'s."""
        self._database, self._policy = database, policy

    async def book(
        self,
        pool: str,
        channel: Channel,
        lead: str,
        touch: str,
        at: datetime,
        *,
        sticky: bool = True,
        calendar: Calendar | None = None,
    ) -> tuple[str, datetime]:
        """Book a place for this touch and return (sender id, not before, UTC); repeating it returns the same place.

        The place is the first free one at or after `at` and inside `calendar`, the person's window. `sticky`: the
        sender that spoke to this person last, else the person's own by hash; otherwise whoever is free first. A place
        that lies more than an hour before `at` passed unused: it is given up and booked anew. Raises Misconfigured when
        the pool is unknown or empty.
        """
        wish = Wish(pool, lead, touch, at, sticky, calendar)
        senders = in_order_for(self._policy.senders_for(pool, channel), lead)
        return await self._database.write(lambda conn: _book(conn, senders, wish))

    async def release(self, touch: str) -> None:
        """Give back the place of a touch that will not be sent; repeating it is harmless."""
        await self._database.write(lambda conn: _release(conn, touch))


def _book(conn: Connection, senders: Sequence[Sender], wish: Wish) -> tuple[str, datetime]:
    booked = conn.execute(_BOOKED, {"touch": wish.touch}).first()
    if booked and booked.at >= wish.at - UNUSED_AFTER:
        return booked.sender, booked.at
    if booked:
        _release(conn, wish.touch)
    able = [_own(conn, senders, wish.lead)] if wish.sticky else list(senders)
    for sender in sorted(able, key=lambda each: each.id):
        lock_name(conn, f"sender/{sender.id}")
    diaries = _diaries(conn, able, wish.at)
    free = [(diaries[each.id].first_free(each, wish.at, wish.calendar), each) for each in able]
    # min keeps the first of equals: the person's own order decides between senders that are free at the same time.
    slot, sender = min(free, key=lambda found: found[0])
    return _take(conn, wish, sender, slot)


def _take(conn: Connection, wish: Wish, sender: Sender, slot: datetime) -> tuple[str, datetime]:
    day = day_of(sender, slot)
    values = {"touch": wish.touch, "sender": sender.id, "pool": wish.pool, "lead": wish.lead, "day": day, "at": slot}
    if not insert_once(conn, sender_slots, values):  # the same touch was booked while we waited for the lock
        taken = conn.execute(_BOOKED, {"touch": wish.touch}).one()
        return taken.sender, taken.at
    _count(conn, sender.id, day, slot)
    return sender.id, slot


def _own(conn: Connection, senders: Sequence[Sender], lead: str) -> Sender:
    used = conn.execute(_USED, {"lead": lead, "able": [sender.id for sender in senders]}).scalar()
    return next((sender for sender in senders if sender.id == used), senders[0])


def _diaries(conn: Connection, senders: Sequence[Sender], at: datetime) -> Mapping[str, Diary]:
    diaries = {sender.id: Diary() for sender in senders}
    # Two days back: the last place before midnight still spaces the first after it, in any time zone.
    since = at.date() - timedelta(days=2)
    for row in conn.execute(_DAYS, {"able": list(diaries), "since": since}):
        diary = diaries[row.sender]
        diary.booked[row.day] = row.booked
        if row.last_at is not None:
            diary.last_at[row.day] = row.last_at
    return diaries


def _count(conn: Connection, sender: str, day: date, slot: datetime) -> None:
    one = insert(conn, sender_days).values(sender=sender, day=day, booked=1, last_at=slot)
    more = {"booked": sender_days.c.booked + 1, "last_at": one.excluded.last_at}
    conn.execute(one.on_conflict_do_update(index_elements=["sender", "day"], set_=more))


def _release(conn: Connection, touch: str) -> None:
    gone = conn.execute(delete(sender_slots).where(sender_slots.c.touch == touch).returning(sender_slots)).first()
    if gone is None:
        return
    lock_name(conn, f"sender/{gone.sender}")
    same_day = (sender_slots.c.sender == gone.sender, sender_slots.c.day == gone.day)
    last_at = conn.execute(select(func.max(sender_slots.c.at)).where(*same_day)).scalar()
    freed = {"booked": sender_days.c.booked - 1, "last_at": last_at}
    conn.execute(
        update(sender_days).where(sender_days.c.sender == gone.sender, sender_days.c.day == gone.day).values(**freed)
    )
