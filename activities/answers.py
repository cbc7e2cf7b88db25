"""What the ledger already knows of a touch, as the answer its workflow would get."""

from __future__ import annotations

from activities.discretion import discreet
from nurture.domain.touch import Answer, LedgerRow, TouchAnswer, TouchState


def answer_of(row: LedgerRow) -> TouchAnswer | None:
    """Return how a touch ended that the ledger already knows the end of, or None when it may still be tried."""
    at = row.settled_at or row.wire_at or row.intent_at
    if at is None or row.state in (TouchState.INTENT, TouchState.WIRE):
        return None
    if row.state in (TouchState.SENT, TouchState.DELIVERED):
        return TouchAnswer(Answer.SENT, at, sender=row.sender)
    if row.state is TouchState.UNCERTAIN:
        why = "it was on the wire when its worker was lost: see nurture uncertain"
        return TouchAnswer(Answer.UNKNOWN, at, "uncertain", why, sender=row.sender)
    return TouchAnswer(Answer.NEVER, at, row.code or str(row.state), discreet(row.reason, row.to), sender=row.sender)
