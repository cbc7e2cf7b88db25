"""Counts what speaks against a sender, in the transaction that stores the fact, and pauses the sender when it must."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, distinct, func, select

from nurture.domain.breakers import (
    A_DAY,
    Breakers,
    Fault,
    Trouble,
    fault_of,
    pauses,
    reputation_of,
    tells_of_reputation,
    tripped,
    trouble,
)
from nurture.domain.events import Event
from nurture.domain.senders import SenderPolicy
from nurture.domain.touch import TouchState
from nurture.store.halts import LIFTED, put
from nurture.store.schema import sender_slots, touches
from nurture.store.schema_senders import halt_log, sender_faults
from nurture.store.statements import insert_once, lock_name

_log = logging.getLogger(__name__)
_ARRIVED = sorted(state.value for state in (TouchState.SENT, TouchState.DELIVERED, TouchState.REFUSED))
_SENDER = select(touches.c.sender).where(touches.c.id == bindparam("touch"))
_REFUSED = sender_faults.c.kind == Fault.REFUSAL.value
_AGAIN = select(func.count()).where(sender_faults.c.touch == bindparam("touch"), _REFUSED)
_OTHERS = select(func.count(distinct(sender_faults.c.touch))).where(
    sender_faults.c.sender == bindparam("sender"),
    sender_faults.c.touch != bindparam("touch"),
    sender_faults.c.at > bindparam("start"),
    _REFUSED,
)


def hear(conn: Connection, policy: SenderPolicy, event: Event) -> None:
    """Count a stored fact against the sender of the touch it answers, and pause the sender if that was too much."""
    kind = fault_of(event)
    if kind is None or not event.touch:
        return
    sender: str | None = conn.execute(_SENDER, {"touch": event.touch}).scalar()
    if not sender:
        return
    code = str(event.details.get("code") or "")
    if kind is Fault.REFUSAL:
        refuse(conn, policy, sender, event.touch, code, event.at)
    elif _count(conn, event.id, sender, kind, code, event.touch, event.at):
        _judge(conn, policy, kind, sender, event.at)


def refuse(conn: Connection, policy: SenderPolicy, sender: str, touch: str, code: str, now: datetime) -> Trouble | None:
    """Count a refusal of the sender at `now` (UTC) and pause it as the domain says; None when the touch must end."""
    again = bool(conn.execute(_AGAIN, {"touch": touch}).scalar())
    others = conn.execute(_OTHERS, {"sender": sender, "touch": touch, "start": now - A_DAY}).scalar_one()
    found = trouble(policy.breakers, code, now, people=others + 1, again=again)
    if tells_of_reputation(code):
        _count(conn, f"{touch}:{code}:{now.isoformat()}", sender, Fault.REFUSAL, code, touch, now)
    if found is not None:
        _pause(conn, [sender], found.why, code, now, found.until)
    return found


def since(conn: Connection, breakers: Breakers, senders: Sequence[str], now: datetime) -> datetime:
    """Return from when on faults count (UTC): `days` back, or when an operator let one of these senders go again."""
    keys = [f"sender:{sender}" for sender in senders]
    lifted = select(func.max(halt_log.c.at)).where(halt_log.c.key.in_(keys), halt_log.c.act == LIFTED)
    forgiven: datetime | None = conn.execute(lifted.where(halt_log.c.code != "")).scalar()
    start = now - timedelta(days=breakers.days)
    return max(start, forgiven) if forgiven else start


def faults(conn: Connection, senders: Sequence[str], kind: Fault, start: datetime) -> int:
    """Return how many faults of a kind these senders have since `start` (UTC)."""
    mine = (sender_faults.c.sender.in_(senders), sender_faults.c.kind == kind.value, sender_faults.c.at > start)
    return int(conn.execute(select(func.count()).select_from(sender_faults).where(*mine)).scalar_one())


def sent(conn: Connection, senders: Sequence[str], start: datetime) -> int:
    """Return how many messages of these senders a provider took or refused since `start` (UTC), from the ledger."""
    booked = sender_slots.join(touches, touches.c.id == sender_slots.c.touch)
    days = sender_slots.c.day >= (start - A_DAY).date()
    ended = (touches.c.state.in_(_ARRIVED), touches.c.settled_at > start)
    query = select(func.count()).select_from(booked).where(sender_slots.c.sender.in_(senders), days, *ended)
    return int(conn.execute(query).scalar_one())


def _judge(conn: Connection, policy: SenderPolicy, kind: Fault, sender: str, now: datetime) -> None:
    own = policy.find(sender)
    family = [each.id for each in policy.family(own)] if own else [sender]
    name = reputation_of(own) if own else sender
    lock_name(conn, f"reputation/{name}")
    start = since(conn, policy.breakers, family, now)
    count = faults(conn, family, kind, start)
    if count < policy.breakers.limit(kind).fewest:
        return
    if why := tripped(policy.breakers, kind, name, count, sent(conn, family, start)):
        _pause(conn, family, why, f"{kind}s", now, None)


def _pause(
    conn: Connection, senders: Sequence[str], why: str, code: str, now: datetime, until: datetime | None
) -> None:
    for switch in pauses(senders, why, code, now, until):
        if put(conn, switch):
            _log.error("%s is paused until %s: %s", switch.key, until or "somebody lifts it", why)


def _count(conn: Connection, fault: str, sender: str, kind: Fault, code: str, touch: str, at: datetime) -> bool:
    values = {"id": fault, "sender": sender, "kind": kind.value, "code": code, "touch": touch, "at": at}
    return insert_once(conn, sender_faults, values)
