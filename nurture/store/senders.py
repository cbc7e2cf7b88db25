"""The senders' calendars: a place is booked once per touch, and caps and spacing are counted from what is booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, select, update

from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.senders import Sender, SenderPolicy, day_of, in_order_for, next_slot
from nurture.store.database import Database
from nurture.store.schema import sender_days, sender_slots
from nurture.store.statements import insert, lock_name

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


@dataclass(slots=True)
class Diary:
    """What one sender has booked: places and the last of them, by the sender's own date."""

    booked: dict[date, int] = field(default_factory=dict)
    last_at: dict[date, datetime] = field(default_factory=dict)

    def first_free(self, sender: Sender, at: datetime) -> datetime:
        """Return the sender's first free place at or after `at` (UTC).

        Each day is asked for its own last place: one booking far ahead must not push everybody behind it.
        """
        day = day_of(sender, at)
        last = max((moment for booked, moment in self.last_at.items() if booked <= day), default=None)
        slot = next_slot(sender, self.booked, last, at)
        while (later := self.last_at.get(day_of(sender, slot))) and (last is None or later > last):
            last = later
            slot = next_slot(sender, self.booked, last, slot)
        return slot


class StoredSenders:
    """Implements `nurture.domain.ports.Senders` on a database."""

    def __init__(self, database: Database, policy: SenderPolicy) -> None:
        """Keep the calendars in `database`; caps, spacing and pools are `policy`'s."""
        self._database, self._policy = database, policy

    async def book(
        self, pool: str, lead: str, touch: str, at: datetime, *, sticky: bool = True
    ) -> tuple[str, datetime]:
        """Book a place for this touch and return (sender id, not before, UTC); repeating it returns the same place.

        The channel is the last part of the touch id. `sticky`: the sender that spoke to this person last, else the
        person's own by hash; otherwise whoever is free first. Raises Misconfigured when the pool is unknown or empty.
        """
        senders = in_order_for(self._policy.senders_for(pool, _channel(touch)), lead)
        return await self._database.write(lambda conn: _book(conn, senders, (pool, lead, touch), at, sticky))

    async def release(self, touch: str) -> None:
        """Give back the place of a touch that will not be sent; repeating it is harmless."""
        await self._database.write(lambda conn: _release(conn, touch))


def _channel(touch: str) -> Channel:
    name = touch.rpartition("/")[2]
    if name not in set(Channel):
        raise Misconfigured(f'The touch "{touch}" names no channel', remedy="Make its id with touch_id")
    return Channel(name)


def _book(
    conn: Connection, senders: Sequence[Sender], whose: tuple[str, str, str], at: datetime, sticky: bool
) -> tuple[str, datetime]:
    pool, lead, touch = whose
    if booked := conn.execute(_BOOKED, {"touch": touch}).first():
        return booked.sender, booked.at
    able = [_own(conn, senders, lead)] if sticky else list(senders)
    for sender in sorted(able, key=lambda each: each.id):
        lock_name(conn, f"sender/{sender.id}")
    diaries = _diaries(conn, able, at)
    # min keeps the first of equals: the person's own order decides between senders that are free at the same time.
    slot, sender = min(((diaries[each.id].first_free(each, at), each) for each in able), key=lambda found: found[0])
    values = {"touch": touch, "sender": sender.id, "pool": pool, "lead": lead, "day": day_of(sender, slot), "at": slot}
    if not conn.execute(insert(conn, sender_slots).on_conflict_do_nothing(), values).rowcount:
        taken = conn.execute(_BOOKED, {"touch": touch}).one()
        return taken.sender, taken.at
    _count(conn, sender.id, day_of(sender, slot), slot)
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
