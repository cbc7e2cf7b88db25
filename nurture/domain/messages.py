"""Rendered messages, ready for a carrier, and the receipt that comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

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
    """A WhatsApp message: an approved template (`content_sid` + `variables`), or `body` inside a 24 h session."""

    to: str
    sender: str
    content_sid: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    validity: int = 14_400
    status_callback: str = ""
    channel: Channel = Channel.WHATSAPP


Message = Email | Sms | WhatsApp


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's yes: `id` is the Message-ID or SID, `answer` its words (SMTP reply line, Twilio status)."""

    id: str
    answer: str = ""


def body_hash(message: Message) -> str:
    """Return the SHA-256 hex digest of all that the person would see and where it goes (lower-case, 64 digits)."""
    return hashlib.sha256(json.dumps(asdict(message), sort_keys=True).encode()).hexdigest()
