"""Forgetting a person: rows are deleted or emptied in one transaction, under a receipt; the no stays as a hash."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Table, Text, delete, func, or_, select, update

from nurture.domain.erasure import KEPT, PLAIN_DETAILS, Erasure
from nurture.store.addresses import AddressHash
from nurture.store.columns import JsonText
from nurture.store.rulings import rulings
from nurture.store.schema import (
    consents,
    events,
    leads,
    links,
    metadata,
    sender_slots,
    snapshots,
    stage_history,
    tasks,
    touches,
)
from nurture.store.schema_receipts import erasures, withdrawals
from nurture.store.seals import Seal, seal_with
from nurture.store.statements import lock_lead
from nurture.store.suppressions import refresh_hashes, suppress_erased

_DELETED = (consents, withdrawals, snapshots, rulings, sender_slots)


def erase(conn: Connection, hashes: AddressHash, receipt: Erasure) -> Erasure | None:
    """Delete the person and empty what names or quotes it elsewhere; return the filled receipt, None for a stranger."""
    lead = receipt.lead
    address = lock_lead(conn, lead)
    if address is None:
        return None
    opened = {"id": receipt.id, "lead": lead, "at": receipt.at, "by": receipt.by, "reason": receipt.reason}
    conn.execute(erasures.insert(), opened)  # while it is open, and only then, receipts may be deleted
    suppress_erased(conn, hashes, lead, receipt.at, address)
    refresh_hashes(conn, hashes, lead, *address)
    removed = {table.name: _delete(conn, table, table.c.lead == lead) for table in _DELETED}
    removed |= {
        "touches": _empty_touches(conn, seal_with(hashes.key), lead),
        "events": _empty_events(conn, lead, needles(*address)),
    }
    removed |= _empty_words(conn, lead)
    removed["links"] = _delete(conn, links, _mentions(links.c.url, needles(*address))) if any(address) else 0
    removed["leads"] = _delete(conn, leads, leads.c.id == lead)
    closed = update(erasures).where(erasures.c.id == receipt.id)
    conn.execute(closed.values(removed=removed, kept=dict(KEPT), done_at=receipt.at))
    return Erasure(receipt.id, lead, receipt.at, receipt.by, receipt.reason, removed, KEPT)


def erasures_of(conn: Connection, lead: str) -> tuple[Erasure, ...]:
    """Return the receipts of a person who was forgotten, oldest first."""
    query = select(erasures).where(erasures.c.lead == lead).order_by(erasures.c.at)
    return tuple(
        Erasure(row.id, row.lead, row.at, row.by, row.reason, row.removed, row.kept) for row in conn.execute(query)
    )


def needles(email: str | None, phone: str | None) -> tuple[str, ...]:
    """Return how the addresses may be written in a text column: as they are, and as a part of a web address."""
    known = [address.casefold() for address in (email, phone) if address]
    return tuple(dict.fromkeys(form for text in known for form in (text, quote(text, safe="").casefold())))


def traces(conn: Connection, sought: Sequence[str]) -> Mapping[str, int]:
    """Return `table.column` -> rows that hold one of the texts. It looks at every text of every table."""
    found: dict[str, int] = {}
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Text | JsonText):
                count = conn.execute(select(func.count()).where(_mentions(column, sought))).scalar() or 0
                found |= {f"{table.name}.{column.name}": count} if count else {}
    return found


def _mentions(column: Any, sought: Iterable[str]) -> Any:
    text = func.lower(column.cast(Text))
    return or_(*(text.contains(each, autoescape=True) for each in sought))


def _delete(conn: Connection, table: Table, which: Any) -> int:
    return conn.execute(delete(table).where(which)).rowcount


def _empty_touches(conn: Connection, seal: Seal, lead: str) -> int:
    """Take address, subject, the provider's words and the planner's reason out of every touch; its hash stays.

    A row whose seal fits is sealed anew; one that somebody edited stays findable.
    """
    rows = conn.execute(select(touches).where(touches.c.lead == lead)).all()
    for row in rows:
        before = dict(row._mapping)
        wish = {name: value for name, value in json.loads(row.touch).items() if name not in ("why", "timezone")}
        plain = {"to": "", "subject": "", "reason": "", "touch": json.dumps(wish, sort_keys=True)}
        sealed = {"seal": seal.of(before | plain)} if seal.fits(before) else {}
        conn.execute(update(touches).where(touches.c.id == row.id).values(plain | sealed))
    return len(rows)


def _empty_events(conn: Connection, lead: str, sought: Sequence[str]) -> int:
    """Keep of every fact what kind it was; an id that another system made of an address gets a number instead."""
    rows = conn.execute(select(events.c.seq, events.c.id, events.c.details).where(events.c.lead == lead)).all()
    for row in rows:
        details = {name: value for name, value in row.details.items() if name in PLAIN_DETAILS}
        named = any(needle in row.id.casefold() for needle in sought)
        plain = {"details": details, "id": f"erased-{row.seq}" if named else row.id}
        conn.execute(update(events).where(events.c.seq == row.seq).values(plain))
    return len(rows)


def _empty_words(conn: Connection, lead: str) -> dict[str, int]:
    emptied = update(tasks).where(tasks.c.lead == lead).values(title="", body="", outcomes=[], details={})
    stages = update(stage_history).where(stage_history.c.lead == lead).values(reason="")
    return {"tasks": conn.execute(emptied).rowcount, "stage_history": conn.execute(stages).rowcount}
