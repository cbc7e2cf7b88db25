"""A person's word about a touch nobody knows the end of, in the transaction that stores it with actor and reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from nurture.domain.errors import Conflict, Invalid, NotFound
from nurture.domain.events import Event
from nurture.domain.lead import Channel
from nurture.domain.touch import TouchState
from nurture.store.ledger_moves import change, lost_on_the_wire
from nurture.store.progress import by_id
from nurture.store.rows import touch_from
from nurture.store.seals import Seal

_ASKED_OF_REPS = (Channel.CALL, Channel.TASK)
ENDS = (TouchState.SENT, TouchState.REFUSED)
"""What a person may say became of a touch."""


def settle(conn: Connection, seal: Seal, event: Event) -> None:
    """Give an uncertain touch the end that a person found out. Raises NotFound, Conflict when it is not uncertain."""
    end = str(event.details.get("as") or "")
    if end not in ENDS:
        raise Invalid(f'A touch is not settled as "{end}"', remedy="Say sent or refused")
    row = _unsure(conn, seal, event)
    said = f"{end} says {event.details.get('by')}: {event.details.get('why')}"
    change(conn, seal, row, state=end, settled_at=event.at, lease_until=None, code="by_hand", reason=said)


def order_resend(conn: Connection, seal: Seal, event: Event) -> None:
    """Check an order to send an uncertain touch once more. Raises NotFound, Conflict; the sending comes afterwards."""
    row = _unsure(conn, seal, event)
    if row.channel in _ASKED_OF_REPS:
        raise Conflict(
            f"The touch {row.id} is a task, not a message", remedy="Settle it with nurture uncertain resolve"
        )
    following = touch_from(row.touch).again + 1
    if event.details.get("again") != following:
        raise Conflict(f"The touch {row.id} was resent meanwhile", remedy="Look at it with nurture uncertain")


def _unsure(conn: Connection, seal: Seal, event: Event) -> Row[Any]:
    """Return the locked row of a touch whose end nobody knows; one that a lost worker left on the wire becomes one."""
    row = by_id(conn, event.touch)
    if row is None or row.lead != event.lead:
        raise NotFound(f"There is no touch {event.touch}", remedy="nurture uncertain lists those in question")
    if row.state == TouchState.WIRE and row.lease_until is not None and row.lease_until <= event.at:
        return lost_on_the_wire(conn, seal, row)
    if row.state == TouchState.WIRE:
        raise Conflict(f"A worker is still at the touch {row.id}", remedy="Ask again in a minute")
    if row.state != TouchState.UNCERTAIN:
        raise Conflict(f"The touch {row.id} is {row.state}, and nobody doubts it")
    return row
