"""What nobody knows the end of, and what is found out about it: each function is one transaction's work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, or_, select

from nurture.domain.touch import LedgerRow, TouchState
from nurture.store.ledger_moves import change, lost_on_the_wire
from nurture.store.progress import by_id, progress
from nurture.store.rows import ledger_row
from nurture.store.schema import touches
from nurture.store.seals import Seal

_ONE_BY_ONE = 200


def give_up_lost(conn: Connection, seal: Seal, now: datetime) -> list[str]:
    """Move touches on the wire whose lease ran out to UNCERTAIN, at most some hundred at once; return their ids."""
    lost = select(touches).where(touches.c.state == TouchState.WIRE.value, touches.c.lease_until <= now)
    rows = conn.execute(lost.order_by(touches.c.n).limit(_ONE_BY_ONE).with_for_update(skip_locked=True)).all()
    return [lost_on_the_wire(conn, seal, row).id for row in rows]


def prove(
    conn: Connection, seal: Seal, touch: str, state: TouchState, now: datetime, receipt: str, code: str, reason: str
) -> LedgerRow | None:
    """Apply a provider's word by rank, and keep its receipt when the touch has none."""
    row = by_id(conn, touch)
    if row is None:
        return None
    after = progress(conn, seal, row, state, now, code, reason if row.state == TouchState.UNCERTAIN else "")
    if not receipt or after.receipt or after.state is TouchState.INTENT:
        return after
    return ledger_row(change(conn, seal, by_id(conn, touch) or row, receipt=receipt))


def remark(conn: Connection, seal: Seal, touch: str, code: str, reason: str) -> None:
    """Write code and reason of a touch that is uncertain still."""
    row = by_id(conn, touch)
    if row is not None and row.state == TouchState.UNCERTAIN and (row.code, row.reason) != (code, reason):
        change(conn, seal, row, code=code, reason=reason)


def unheld(conn: Connection, before: datetime) -> list[LedgerRow]:
    """Return intents from before a moment whose lease ended before it, too."""
    free = or_(touches.c.lease_until.is_(None), touches.c.lease_until <= before)
    query = select(touches).where(touches.c.state == TouchState.INTENT.value, touches.c.intent_at < before, free)
    return [ledger_row(row) for row in conn.execute(query.order_by(touches.c.n).limit(_ONE_BY_ONE))]
