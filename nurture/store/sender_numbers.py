"""What each sender did lately, counted from the ledger, the bookings and the faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from nurture.domain.breakers import Fault
from nurture.domain.mail_domains import PERSONAL_GMAIL
from nurture.domain.senders import Sender, SenderPolicy, day_of
from nurture.domain.touch import ON_THE_WIRE
from nurture.store import breakers
from nurture.store.schema import sender_days, sender_slots, touches


@dataclass(frozen=True, slots=True)
class Numbers:
    """One sender: places booked for its own today, and since `start` (UTC) what providers took and what went wrong.

    `gmail` counts mails to personal Gmail of the last 24 hours.
    """

    booked: int
    start: datetime
    sent: int
    complaints: int
    bounces: int
    refusals: int
    gmail: int


def numbers(conn: Connection, policy: SenderPolicy, now: datetime) -> Mapping[str, Numbers]:
    """Return the numbers of every sender by id at `now` (UTC)."""
    return {each.id: _numbers(conn, policy, each, now) for each in _every(policy)}


def _every(policy: SenderPolicy) -> Iterable[Sender]:
    return (sender for pool in policy.pools.values() for sender in pool)


def _numbers(conn: Connection, policy: SenderPolicy, sender: Sender, now: datetime) -> Numbers:
    start = breakers.since(conn, policy.breakers, [each.id for each in policy.family(sender)], now)
    complaints, bounces, refusals = (breakers.faults(conn, [sender.id], kind, start) for kind in Fault)
    return Numbers(
        booked=_booked(conn, sender, now),
        start=start,
        sent=breakers.sent(conn, [sender.id], start),
        complaints=complaints,
        bounces=bounces,
        refusals=refusals,
        gmail=_gmail(conn, sender, now),
    )


def _booked(conn: Connection, sender: Sender, now: datetime) -> int:
    today = (sender_days.c.sender == sender.id, sender_days.c.day == day_of(sender, now))
    return int(conn.execute(select(sender_days.c.booked).where(*today)).scalar() or 0)


def _gmail(conn: Connection, sender: Sender, now: datetime) -> int:
    booked = sender_slots.join(touches, touches.c.id == sender_slots.c.touch)
    mine = (sender_slots.c.sender == sender.id, sender_slots.c.day >= (now - timedelta(days=2)).date())
    lately = (touches.c.wire_at > now - timedelta(days=1), touches.c.state.in_(sorted(ON_THE_WIRE)))
    to_gmail = or_(*(touches.c.to.ilike(f"%@{domain}") for domain in PERSONAL_GMAIL))
    return int(conn.execute(select(func.count()).select_from(booked).where(*mine, *lately, to_gmail)).scalar_one())
