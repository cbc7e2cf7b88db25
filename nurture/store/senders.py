"""The senders' calendars: a place is booked once per touch, and caps and spacing are counted from what is booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from nurture.domain.calendar import Calendar
from nurture.domain.diaries import Diary
from nurture.domain.halts import Halt
from nurture.domain.lead import Channel
from nurture.domain.senders import Sender, SenderPolicy, day_of, in_order_for
from nurture.domain.speaking import chosen
from nurture.store import breakers
from nurture.store.database import Database
from nurture.store.halts import COLUMNS
from nurture.store.schema import halts, sender_days, sender_slots
from nurture.store.sender_numbers import Numbers, numbers
from nurture.store.statements import insert_once, lock_name

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


# All of them, not only those of the pool: the table is tiny, and a list as a parameter costs a tenth of a booking.
_PAUSED = select(*COLUMNS).where(
    halts.c.key.startswith("sender:"), or_(halts.c.until.is_(None), halts.c.until > bindparam("at"))
)
_TO_DOMAIN = (
    select(sender_slots.c.sender, sender_slots.c.day, func.count().label("places"))
    .where(
        sender_slots.c.sender.in_(bindparam("able", expanding=True)),
        sender_slots.c.domain == bindparam("domain"),
        sender_slots.c.domain != "",
        sender_slots.c.day >= bindparam("since"),
    )
    .group_by(sender_slots.c.sender, sender_slots.c.day)
)
UNUSED_AFTER = timedelta(hours=1)
"""A place that lies so far in the past was not used: its touch was held up, and needs a new one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which touch wants a place, from when on (UTC), in which hours of the person, and to which recipient domain."""

    pool: str
    lead: str
    touch: str
    at: datetime
    sticky: bool
    calendar: Calendar | None
    domain: str = ""


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
        domain: str = "",
    ) -> tuple[str, datetime]:
        """Book a place for this touch and return (sender id, not before, UTC); repeating it returns the same place.

        The place is the first free one at or after `at` and inside `calendar`, the person's window, with room for one
        more to the recipient's `domain`. `sticky`: the sender that spoke to this person last, else the person's own by
        hash; otherwise whoever is free first. Senders that are paused or not registered are passed over; a person whose
        mailbox is paused waits for it, unless the pool says `when_paused: move`. A place that lies more than an hour
        before `at`, or on an earlier day of its sender, passed unused: it is given up and booked anew. Raises Blocked
        when nobody may speak now, Misconfigured when the pool is unknown or empty.
        """
        wish = Wish(pool, lead, touch, at, sticky, calendar, domain)
        senders = in_order_for(self._policy.senders_for(pool, channel), lead)
        return await self._database.write(lambda conn: _book(conn, self._policy, senders, wish))

    async def trouble(self, sender: str, touch: str, code: str, now: datetime) -> bool:
        """A provider refused our sender at `now` (UTC): count it, and pause the sender as `domain.breakers` says.

        Returns whether the same message may be tried again when the sender is free.
        """
        found = await self._database.write(lambda conn: breakers.refuse(conn, self._policy, sender, touch, code, now))
        return found is not None and found.may_repeat

    async def numbers(self, now: datetime) -> Mapping[str, Numbers]:
        """Return what each sender did lately, by id, at `now` (UTC)."""
        return await self._database.read(lambda conn: numbers(conn, self._policy, now))

    async def release(self, touch: str) -> None:
        """Give back the place of a touch that will not be sent; repeating it is harmless."""
        await self._database.write(lambda conn: _release(conn, touch))


def _book(conn: Connection, policy: SenderPolicy, senders: Sequence[Sender], wish: Wish) -> tuple[str, datetime]:
    booked = conn.execute(_BOOKED, {"touch": wish.touch}).first()
    if booked and not _is_unused(booked.at, booked.sender, senders, wish.at):
        return booked.sender, booked.at
    if booked:
        _release(conn, wish.touch)
    able = _able(conn, policy, senders, wish)
    for sender in sorted(able, key=lambda each: each.id):
        lock_name(conn, f"sender/{sender.id}")
    cap = policy.domain_cap(wish.domain)
    diaries = _diaries(conn, able, wish, cap)
    free = [(diaries[each.id].first_free(each, wish.at, wish.calendar, cap), each) for each in able]
    # min keeps the first of equals: the person's own order decides between senders that are free at the same time.
    slot, sender = min(free, key=lambda found: found[0])
    return _take(conn, wish, sender, slot)


def _is_unused(place: datetime, sender: str, senders: Sequence[Sender], now: datetime) -> bool:
    """Whether a place passed unused: long ago, or on an earlier day of its sender, whose caps it counts to."""
    owner = next((each for each in senders if each.id == sender), None)
    ended = owner is not None and place < now and day_of(owner, place) != day_of(owner, now)
    return ended or place < now - UNUSED_AFTER


def _able(conn: Connection, policy: SenderPolicy, senders: Sequence[Sender], wish: Wish) -> Sequence[Sender]:
    """Return who may speak to this person now, the first choice first. Raises Blocked when nobody may."""
    names = [sender.id for sender in senders]
    held = [Halt(*row) for row in conn.execute(_PAUSED, {"at": wish.at})]
    own = conn.execute(_USED, {"lead": wish.lead, "able": names}).scalar() if wish.sticky else None
    choice = chosen(senders, held, own, moves=wish.pool in policy.moving, at=wish.at, calendar=wish.calendar)
    return choice[:1] if wish.sticky else choice


def _take(conn: Connection, wish: Wish, sender: Sender, slot: datetime) -> tuple[str, datetime]:
    day = day_of(sender, slot)
    values = {"touch": wish.touch, "sender": sender.id, "pool": wish.pool, "lead": wish.lead, "day": day, "at": slot}
    values["domain"] = wish.domain
    if not insert_once(conn, sender_slots, values):  # the same touch was booked while we waited for the lock
        taken = conn.execute(_BOOKED, {"touch": wish.touch}).one()
        return taken.sender, taken.at
    _count(conn, sender.id, day, slot)
    return sender.id, slot


def _diaries(conn: Connection, senders: Sequence[Sender], wish: Wish, cap: int | None) -> Mapping[str, Diary]:
    diaries = {sender.id: Diary() for sender in senders}
    # Two days back: the last place before midnight still spaces the first after it, in any time zone.
    since = wish.at.date() - timedelta(days=2)
    for row in conn.execute(_DAYS, {"able": list(diaries), "since": since}):
        diary = diaries[row.sender]
        diary.booked[row.day] = row.booked
        if row.booked and row.last_at is not None:
            diary.last_at[row.day] = row.last_at
            diary.first_at[row.day] = row.first_at or row.last_at
    if cap is not None:
        for row in conn.execute(_TO_DOMAIN, {"able": list(diaries), "since": since, "domain": wish.domain}):
            diaries[row.sender].to_domain[row.day] = row.places
    return diaries


def _count(conn: Connection, sender: str, day: date, slot: datetime) -> None:
    one = {"sender": sender, "day": day, "booked": 1, "first_at": slot, "last_at": slot}
    conn.execute(_one_more(conn.dialect.name), one)


@lru_cache
def _one_more(dialect: str) -> Insert:
    """Return the statement that counts one more place of a day; made once: making it cost more than the booking."""
    one = sqlite.insert(sender_days) if dialect == "sqlite" else postgresql.insert(sender_days)
    first = func.coalesce(sender_days.c.first_at, one.excluded.first_at)
    more = {"booked": sender_days.c.booked + 1, "first_at": first, "last_at": one.excluded.last_at}
    return one.on_conflict_do_update(index_elements=["sender", "day"], set_=more)


def _release(conn: Connection, touch: str) -> None:
    gone = conn.execute(delete(sender_slots).where(sender_slots.c.touch == touch).returning(sender_slots)).first()
    if gone is None:
        return
    lock_name(conn, f"sender/{gone.sender}")
    same_day = (sender_slots.c.sender == gone.sender, sender_slots.c.day == gone.day)
    ends = select(func.min(sender_slots.c.at).label("first_at"), func.max(sender_slots.c.at).label("last_at"))
    freed = {"booked": sender_days.c.booked - 1, **conn.execute(ends.where(*same_day)).one()._mapping}
    conn.execute(
        update(sender_days).where(sender_days.c.sender == gone.sender, sender_days.c.day == gone.day).values(**freed)
    )
