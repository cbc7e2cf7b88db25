"""What an incoming mail can turn out to be: a reply, an auto-reply, a bounce, a complaint, or nothing we can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nurture.domain.errors import Blame
from nurture.domain.replies import Intent


@dataclass(frozen=True, slots=True)
class Letter:
    """What is on the envelope and in the head of any mail.

    `key` is the same for the same mail however often it comes (SHA-256 over its Message-ID, else over its bytes).
    `recipients` are the envelope's, then those of the header; `answers` are the Message-IDs it refers to, newest first.
    Addresses are lower-case.
    """

    key: str
    envelope_from: str = ""
    recipients: tuple[str, ...] = ()
    sender: str = ""
    message_id: str = ""
    subject: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A person wrote. `text` is the new part only, without quotes and signature (for the rep, never for a history)."""

    letter: Letter
    text: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A machine answered for the person. `returns_on` is the day they are back, if it says so."""

    letter: Letter
    text: str = ""
    returns_on: date | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient of a bounce. `action` is that of RFC 3464 (failed, delayed, relayed, …)."""

    recipient: str
    action: str
    blame: Blame
    code: str = ""
    said: str = ""

    @property
    def is_hard(self) -> bool:
        """Whether this address can never be reached: only this may suppress it."""
        return self.action == "failed" and self.blame is Blame.RECIPIENT


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail came back, or is late. `original_id` is the Message-ID of what came back, "" when it does not say."""

    letter: Letter
    failures: tuple[Failure, ...]
    original_id: str = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A mailbox provider's feedback (RFC 5965). `kind` is its Feedback-Type; `addresses` may hold our token."""

    letter: Letter
    kind: str
    original_id: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A mail we cannot read; `why` is for the operator."""

    letter: Letter
    why: str


ParsedMail = Reply | AutoReply | Bounce | Complaint | Unparsed
