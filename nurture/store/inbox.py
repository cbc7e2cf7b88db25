"""The inbox of facts: stored with all they silence before anybody acknowledges them, told to workflows afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, bindparam, func, select, update

from nurture.domain.consent import Consent
from nurture.domain.events import Event
from nurture.domain.ports import Clock
from nurture.domain.senders import SenderPolicy
from nurture.store import breakers, effects, receipts
from nurture.store.addresses import AddressHash
from nurture.store.columns import json_text
from nurture.store.database import Database
from nurture.store.rows import event_of
from nurture.store.schema import events, touches
from nurture.store.statements import insert, insert_rows, lock_lead, lock_leads, lock_name, moments, write_rows

_PLACE = select(touches.c.sequence, touches.c.step).where(touches.c.id == bindparam("touch"))
_AT_ONCE = 500


class StoredInbox:
    """Implements `nurture.domain.ports.Inbox` on a database."""

    def __init__(
        self, database: Database, hashes: AddressHash, clock: Clock, senders: SenderPolicy | None = None
    ) -> None:
        """Keep the facts in `database`; `clock` dates their arrival; `senders` says what pauses a sender."""
        self._database, self._hashes, self._clock = database, hashes, clock
        self._senders = senders or SenderPolicy()

    async def record(self, event: Event, *, target: str = "", receipt: Consent | None = None) -> Event | None:
        """Store the fact with its effects in one transaction; return it with its `seq`, or None if it is known.

        OPTED_OUT and COMPLAINED suppress the channel in `details` ("" = all), a hard BOUNCED its channel for every
        purpose; OPTED_IN lifts its channel's suppression when the person did it (`how` in `suppressions.OWN_WORD`);
        DELIVERED and hard BOUNCED move the touch, and any answer settles an uncertain one; LEAD_CHANGED merges the
        facts. `sequence` and `step` are read from the touch. A fact about a stranger is stored as well. A no leaves a
        withdrawal, a yes by the person's own act a consent: `receipt`, with its wording, else what the fact says.
        """
        return await self._database.write(lambda conn: self._record(conn, event, target, receipt))

    async def record_many(self, events: Sequence[Event]) -> Sequence[Event]:
        """Store many facts in one transaction, each as `record` would; return those that were new, with their `seq`.

        A known fact costs itself alone; one that cannot be stored takes all others along. The facts are for the leads'
        own workflows.
        """
        return await self._database.write(lambda conn: self._record_many(conn, events)) if events else ()

    async def restore(self, event: Event, target: str = "") -> bool:
        """Store a fact anew that its workflow heard before, under the number it had; return whether it was missing.

        The number must not be new: a touch that knows of this fact would take it for one that its lead has not heard.
        """
        return await self._database.write(lambda conn: self._restore(conn, event, target))

    async def untold(self, limit: int = 500) -> Sequence[tuple[Event, str]]:
        """Return facts no workflow has heard yet, with their targets, oldest first."""
        query = select(events).where(events.c.told_at.is_(None)).order_by(events.c.seq).limit(limit)
        return await self._database.read(lambda conn: [(event_of(row), row.target) for row in conn.execute(query)])

    async def told(self, events: Sequence[str], now: datetime) -> None:
        """Remember that these facts (by id) reached their workflows, at `now` (UTC); repeating it is harmless."""
        await self._database.write(lambda conn: _told(conn, events, now))

    async def of_lead(self, lead: str) -> Sequence[Event]:
        """Return all facts of one lead, oldest first."""
        query = select(events).where(events.c.lead == lead).order_by(events.c.seq)
        return await self._database.read(lambda conn: [event_of(row) for row in conn.execute(query)])

    def _record(self, conn: Connection, event: Event, target: str, receipt: Consent | None) -> Event | None:
        address = lock_lead(conn, event.lead)  # a wire mark for this person waits for us, or we for it
        event = _placed(conn, event)
        seq = conn.execute(_insert(conn), self._columns(event, target)).scalar()
        if seq is None:
            return None
        effects.apply(conn, self._hashes, event, address, self._senders.soft_bounce_days)
        receipts.keep(conn, [event], receipt, self._clock.now())
        breakers.hear(conn, self._senders, event)
        return replace(event, seq=seq)

    def _restore(self, conn: Connection, event: Event, target: str) -> bool:
        stored = self._record(conn, event, target, None)
        if stored is None:
            return False
        taken = conn.execute(select(events.c.seq).where(events.c.seq == event.seq)).first()
        lowest = conn.execute(select(func.min(events.c.seq))).scalar() or 0
        seq = event.seq if taken is None and event.seq else min(lowest, 0) - 1
        conn.execute(update(events).where(events.c.id == event.id).values(seq=seq, told_at=self._clock.now()))
        return True

    def _record_many(self, conn: Connection, news: Sequence[Event]) -> Sequence[Event]:
        lock_name(conn, "inbox.record_many")  # two batches with the same facts in another order would lock each other
        addresses = lock_leads(conn, {event.lead for event in news})
        placed: dict[str, Event] = {}
        for event in news:
            placed.setdefault(event.id, _placed(conn, event))
        rows = [self._columns(event, "") for event in placed.values()]
        seqs = _insert_many(conn, rows)
        stored = [replace(placed[id_], seq=seq) for id_, seq in sorted(seqs.items(), key=itemgetter(1))]
        effects.apply_all(conn, self._hashes, stored, addresses, self._senders.soft_bounce_days)
        receipts.keep(conn, stored, None, self._clock.now())
        for event in stored:
            breakers.hear(conn, self._senders, event)
        return stored

    def _columns(self, event: Event, target: str) -> dict[str, Any]:
        return {
            "id": event.id,
            "kind": event.kind.value,
            "lead": event.lead,
            "at": event.at,
            "name": event.name,
            "touch": event.touch,
            "sequence": event.sequence,
            "step": event.step,
            "details": dict(event.details),
            "target": target,
            "silences": event.silences,
            "stored_at": self._clock.now(),
        }


def _placed(conn: Connection, event: Event) -> Event:
    if not event.touch or (event.sequence and event.step):
        return event
    place = conn.execute(_PLACE, {"touch": event.touch}).first()
    return event if place is None else replace(event, sequence=place.sequence, step=place.step)


def _insert(conn: Connection, *also: Column[Any]) -> Any:
    return insert(conn, events).on_conflict_do_nothing().returning(*also, events.c.seq)


def _insert_many(conn: Connection, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Insert facts and return id -> seq of those that were new."""
    if conn.dialect.name != "sqlite":
        return {row.id: row.seq for row in conn.execute(_insert(conn, events.c.id), rows)}
    # Nobody else writes meanwhile, so the new ones are those with the highest numbers: half the time of RETURNING.
    last = conn.execute(select(func.max(events.c.seq))).scalar() or 0
    moment = moments(conn)
    write_rows(conn, insert_rows("sqlite", events), [_row(columns, moment) for columns in rows])
    new = select(events.c.id, events.c.seq).where(events.c.seq > last)
    return {row.id: row.seq for row in conn.execute(new)}


def _row(columns: dict[str, Any], moment: Callable[[datetime], Any]) -> tuple[Any, ...]:
    """Return a row of `events` as the driver takes it; nobody was told yet."""
    plain = {
        "at": moment(columns["at"]),
        "details": json_text(columns["details"]),
        "stored_at": moment(columns["stored_at"]),
    }
    return (*(columns | plain).values(), None)


def _told(conn: Connection, ids: Sequence[str], now: datetime) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        some = events.c.id.in_(ids[start : start + _AT_ONCE])
        conn.execute(update(events).where(some, events.c.told_at.is_(None)).values(told_at=now))
