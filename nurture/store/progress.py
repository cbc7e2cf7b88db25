"""What a provider says later about a touch, applied by rank: news of a lower rank changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from nurture.domain.touch import LedgerRow, TouchState
from nurture.store.rows import ledger_row
from nurture.store.schema import touches

_RANK = {TouchState.SENT: 1, TouchState.DELIVERED: 2, TouchState.REFUSED: 3}
_FINAL = frozenset({TouchState.SUPPRESSED, TouchState.CANCELLED, TouchState.REFUSED})


def by_message(conn: Connection, message_id: str, *, lock: bool) -> Row[Any] | None:
    """Return the touch with this Message-ID (with or without angle brackets) or receipt, the newest if several."""
    bare = message_id.strip("<> ")
    if not bare:
        return None
    names = (bare, f"<{bare}>")
    ours = select(touches).where(touches.c.message_id.in_(names) | touches.c.receipt.in_(names))
    newest = ours.order_by(touches.c.n.desc()).limit(1)
    return conn.execute(newest.with_for_update() if lock else newest).first()


def by_id(conn: Connection, touch: str) -> Row[Any] | None:
    """Return the touch with this id, locked."""
    return conn.execute(select(touches).where(touches.c.id == touch).with_for_update()).first()


def with_receipt(conn: Connection, row: Row[Any], receipt: str) -> Row[Any]:
    """Keep the provider's id on a locked row that may have gone out and has none, and return the row."""
    if not receipt or row.receipt or not row.wires:
        return row
    return conn.execute(update(touches).where(touches.c.id == row.id).values(receipt=receipt).returning(touches)).one()


def progress(
    conn: Connection, row: Row[Any], state: TouchState, now: datetime, code: str, reason: str = ""
) -> LedgerRow:
    """Apply a later word to a locked row and return what it is now.

    A word about a touch that went back to INTENT proves that the earlier attempt went out after all: it is believed,
    and the fence grows, so that nobody sends it again. A failure after `delivered` has the conflict as its reason.
    """
    before = TouchState(row.state)
    if before in _FINAL or state not in _RANK or (before is TouchState.INTENT and not row.wires):
        return ledger_row(row)
    if _RANK[state] <= _RANK.get(before, 0):
        return ledger_row(row)
    values: dict[str, Any] = {"state": state.value, "settled_at": now, "lease_until": None}
    values |= {"code": code or row.code, "reason": reason or row.reason}
    if before is TouchState.DELIVERED:
        values["reason"] = f"conflict: {state} after {before}"
    if before is TouchState.INTENT:
        values |= {"fence": row.fence + 1, "wire_at": now, "reason": f"conflict: {state} after a failure"}
    changed = update(touches).where(touches.c.id == row.id).values(**values).returning(touches)
    return ledger_row(conn.execute(changed).one())
