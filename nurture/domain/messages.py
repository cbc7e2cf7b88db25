"""Rendered messages, ready for a carrier, and the receipt that comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from nurture.domain.lead import Channel


@dataclass(frozen=True, slots=True)
class Email:
    """A complete e-mail. `headers` are extra ones (List-Unsubscribe, In-Reply-To, …), each exactly once.

    `envelope_from` is the VERP address that bounces return to; `reply_to` carries the touch in its plus part.
    """

    to: str
    sender: str
    sender_name: str
    subject: str
    text: str
    html: str
    message_id: str
    envelope_from: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    channel: Channel = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message; `segments` as the carrier will bill them. `validity` in seconds: it dies before quiet hours."""

    to: str
    sender: str
    body: str
    segments: int = 1
    validity: int = 14_400
    status_callback: str = ""
    channel: Channel = Channel.SMS


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """A WhatsApp message: an approved template (`content_sid` + `variables`), or `body` inside a 24 h session.

    With both, `session` decides at the wire: the words while the person's last message is less than 24 hours old, the
    template otherwise (T8).
    """

    to: str
    sender: str
    content_sid: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    validity: int = 14_400
    status_callback: str = ""
    channel: Channel = Channel.WHATSAPP
    session: bool = False


Message = Email | Sms | WhatsApp


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's yes: `id` is the Message-ID or SID, `answer` its words (SMTP reply line, Twilio status)."""

    id: str
    answer: str = ""


def body_hash(message: Message) -> str:
    """Return the SHA-256 hex digest of all that the person would see and where it goes (lower-case, 64 digits).

    How long it may still arrive, and whether a WhatsApp session is open, are facts of the moment: they do not count.
    """
    seen = {name: value for name, value in asdict(message).items() if name not in _OF_THE_MOMENT}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


_OF_THE_MOMENT = frozenset({"validity", "session"})


def dying_within(message: Message, seconds: int | None) -> Message:
    """Return the message so that it is dropped by the carrier rather than arrive later than in so many seconds.

    The minute that is taken off is for our way to the provider. 1 to 36,000 seconds (T13); None changes nothing.
    """
    if seconds is None or isinstance(message, Email):
        return message
    return replace(message, validity=max(1, min(seconds - ON_OUR_WAY, LONGEST_VALIDITY)))


ON_OUR_WAY = 60
LONGEST_VALIDITY = 36_000
"""Seconds; what Twilio takes at most as a ValidityPeriod (T13)."""
