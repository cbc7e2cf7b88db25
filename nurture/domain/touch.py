"""One touch: its identity, what became of it, and which moves between states are legal."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from nurture.domain.changing import value
from nurture.domain.lead import Channel, Purpose


@value()
class Touch:
    """The planner's wish to speak: everything the last gate and the composer need, and no name or address.

    `id` is deterministic (see `touch_id`), so asking twice is harmless. `heard` is the highest inbox number (Event.seq)
    of a silencing event the planner knew of: a later one in the store means "think again". `thread` is the touch id
    whose conversation this one continues, "" for a new one. `not_after` (UTC) is when the message is stale.
    `caps` are the sequence's own limits, days -> touches by channel name or "any" (only stricter than policy).
    `again` numbers the resends of a touch nobody knows the end of: each order for one is carried out at most once.
    `topic` is what it is about, in the words of the preference page. `wording` is what the person is asked to confirm
    (a double opt-in), "" for every other message.
    """

    id: str
    lead: str
    sequence: str
    version: str
    step: str
    channel: Channel
    template: str
    purpose: Purpose = Purpose.MARKETING
    variant: str = ""
    thread: str = ""
    pool: str = ""
    sticky: bool = True
    window: str = ""
    timezone: str = ""
    heard: int = 0
    score: int = 0
    stage: str = ""
    not_after: datetime | None = None
    caps: tuple[tuple[str, int, int], ...] = ()
    why: str = ""
    again: int = 0
    topic: str = ""
    wording: str = ""


def touch_id(lead: str, sequence: str, run: int, step: str, visit: int, channel: Channel) -> str:
    """Return the one id of this touch: the same wish always has the same id (promise 1)."""
    return f"{lead}/{sequence}.{run}/{step}.{visit}/{channel}"


def touch_ref(touch: str) -> str:
    """Return the short form of a touch id for links and addresses: 16 letters and digits, 80 bits of SHA-256."""
    return base64.b32encode(hashlib.sha256(touch.encode()).digest()[:10]).decode().lower()


class TouchState(StrEnum):
    """Where a touch is in the ledger."""

    INTENT = "intent"
    WIRE = "wire"
    SENT = "sent"
    DELIVERED = "delivered"
    REFUSED = "refused"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"


LEGAL_MOVES: Mapping[TouchState, frozenset[TouchState]] = {
    TouchState.INTENT: frozenset(
        {TouchState.WIRE, TouchState.REFUSED, TouchState.SUPPRESSED, TouchState.CANCELLED, TouchState.INTENT}
    ),
    # An Unavailable answer after the wire mark is definite (HTTP 429, SMTP 451): the touch may be tried again.
    TouchState.WIRE: frozenset({TouchState.SENT, TouchState.REFUSED, TouchState.UNCERTAIN, TouchState.INTENT}),
    TouchState.SENT: frozenset({TouchState.DELIVERED, TouchState.REFUSED}),
    TouchState.DELIVERED: frozenset({TouchState.REFUSED}),  # a bounce after delivery is told late, not early
    TouchState.UNCERTAIN: frozenset({TouchState.SENT, TouchState.DELIVERED, TouchState.REFUSED, TouchState.INTENT}),
    TouchState.REFUSED: frozenset(),
    TouchState.SUPPRESSED: frozenset(),
    TouchState.CANCELLED: frozenset(),
}
"""Every legal move; INTENT again after WIRE or UNCERTAIN needs a definite answer or a person's word."""

RESEND_MOVES = frozenset({TouchState.WIRE, TouchState.REFUSED, TouchState.INTENT, TouchState.UNCERTAIN})
"""Legal moves of an INTENT that is a resend: it may have left before, so it is never withheld; given up, it is
UNCERTAIN again."""

ON_THE_WIRE = frozenset({TouchState.WIRE, TouchState.UNCERTAIN, TouchState.SENT, TouchState.DELIVERED})
"""States that count against caps: the message left or may have left."""


class Answer(StrEnum):
    """What the send activity tells the planner."""

    SENT = "sent"
    NOT_YET = "not_yet"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TouchAnswer:
    """The end of one attempt: sent, not yet (until, UTC), never (why), or unknown. `code` is the reason's code."""

    answer: Answer
    at: datetime
    code: str = ""
    why: str = ""
    until: datetime | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is written down before the first byte leaves: who, what, and the exact body by hash.

    `message_id` is made here, once, and kept on every retry. `thread_id` is the Message-ID or SID of the first message
    of the conversation. `lease_seconds` is how long this worker may hold the touch.
    """

    touch: Touch
    message_id: str
    body_hash: str
    sender: str
    to: str
    subject: str = ""
    lease_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A touch as the ledger keeps it. Times are UTC; `fence` grows with every take-over of the lease."""

    touch: Touch
    ref: str
    state: TouchState
    fence: int
    message_id: str
    body_hash: str
    sender: str
    to: str
    subject: str = ""
    intent_at: datetime | None = None
    wire_at: datetime | None = None
    settled_at: datetime | None = None
    receipt: str = ""
    code: str = ""
    reason: str = ""
    references: tuple[str, ...] = field(default=())
