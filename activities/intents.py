"""What is written down before the first byte leaves."""

from __future__ import annotations

from nurture.domain.messages import Email, Message, body_hash
from nurture.domain.touch import Intent, LedgerRow, Touch, touch_ref


def intent_of(touch: Touch, sender: str, message: Message, lease: float) -> Intent:
    """Return what the ledger writes down before the first byte leaves."""
    mail = message if isinstance(message, Email) else None
    return Intent(
        touch,
        message_id=mail.message_id if mail else touch_ref(touch.id),
        body_hash=body_hash(message),
        sender=sender,
        to=message.to,
        subject=mail.subject if mail else "",
        lease_seconds=lease,
    )


def same_intent(row: LedgerRow, lease: float) -> Intent:
    """Return the intent that a row was written down with, to take it over as it is."""
    return Intent(row.touch, row.message_id, row.body_hash, row.sender, row.to, row.subject, lease_seconds=lease)
