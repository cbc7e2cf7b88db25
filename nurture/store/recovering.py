"""Writing down what a workflow knows and the ledger has lost, in one transaction for each touch."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from nurture.domain.recovering import REASON, Known
from nurture.domain.touch import ON_THE_WIRE, Intent, TouchState
from nurture.store.ledger_moves import change
from nurture.store.progress import by_id
from nurture.store.rows import intent_columns, touch_columns
from nurture.store.schema import touches
from nurture.store.seals import Seal
from nurture.store.statements import insert_once

_EARLIER = (TouchState.INTENT, TouchState.WIRE)


def recover(conn: Connection, seal: Seal, known: Known, intent: Intent) -> bool:
    """Give a touch the end its workflow knows, unless the ledger has one; a worker that holds it loses it."""
    left = known.state in ON_THE_WIRE
    end: dict[str, Any] = {"state": known.state.value, "settled_at": known.at, "lease_until": None}
    end |= {"code": known.code, "reason": f"{REASON}: {known.why}" if known.why else REASON}
    row = by_id(conn, known.touch.id)
    if row is None:
        fresh = touch_columns(known.touch) | intent_columns(intent) | end | {"lease_seconds": 0.0, "fence": 1}
        fresh |= {"intent_at": known.at, "wires": int(left), "wire_at": known.at if left else None, "references": []}
        return insert_once(conn, touches, fresh | {"seal": seal.of(fresh)})
    was_sure = row.state not in _EARLIER
    if was_sure and not (row.state == TouchState.UNCERTAIN and known.state is TouchState.SENT):
        return False
    if left:
        end |= {"wires": max(row.wires, 1), "wire_at": row.wire_at or known.at}
        end |= intent_columns(intent) if not row.message_id else {}
    change(conn, seal, row, **end, fence=row.fence + 1)
    return True
