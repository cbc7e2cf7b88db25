"""The addresses and headers of an e-mail: signed return paths, one-click unsubscribe, threads (E1, E11, E12, E14)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nurture.authoring.composer_facts import control_in
from nurture.domain.errors import Invalid, Misconfigured
from nurture.domain.tokens import sign, sign_address
from nurture.domain.touch import LedgerRow, Touch, touch_ref

MAX_REFERENCES = 998
"""Characters a header line may have (RFC 5322, 2.1.1)."""
MAX_SUBJECT = 400
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@[^\s<>()\[\],;:\\\"@]{1,255}")
_RE = re.compile(r"(?i)^(?:\s*re\s*:\s*)+")


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """Who speaks: display `name`, mailbox or number, `postal` address (L9) and the company's `brand`."""

    name: str
    address: str
    postal: str = ""
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """Where answers come back to: signs every address and link of one touch."""

    secret: bytes
    public_url: str
    mail_domain: str

    def __post_init__(self) -> None:
        if not self.secret:
            raise Misconfigured("no secret to sign links with", remedy="Set NURTURE_SECRET")

    def message_id(self, touch: Touch) -> str:
        """Return the one Message-ID of this touch: the same on every retry (E11)."""
        sequence = hashlib.sha256(touch.sequence.encode()).hexdigest()[:8]
        return f"<{touch_ref(touch.id)}.{sequence}@{self.mail_domain}>"

    def envelope_from(self, ref: str) -> str:
        """Return the address bounces come back to (E12)."""
        return f"b+{sign_address(self.secret, 'verp', ref)}@{self.mail_domain}"

    def reply_to(self, ref: str) -> str:
        """Return the address replies come back to."""
        return f"r+{sign_address(self.secret, 'reply', ref)}@{self.mail_domain}"

    def click(self, ref: str, link: str) -> str:
        """Return the tracked URL of a link id."""
        return f"{self.public_url}/c/{sign(self.secret, 'click', f'{ref}|{link}')}"

    def pixel(self, ref: str) -> str:
        """Return the URL of the open pixel."""
        return f"{self.public_url}/o/{sign(self.secret, 'open', ref)}.gif"

    def unsubscribe(self, ref: str) -> str:
        """Return the URL that ends it all: GET shows a page, POST is the one click (E2, E3)."""
        return f"{self.public_url}/u/{sign(self.secret, 'unsubscribe', ref)}"

    def confirm(self, ref: str) -> str:
        """Return the URL of a double opt-in: GET shows a button, POST confirms, so that no scanner can."""
        return f"{self.public_url}/confirm/{sign(self.secret, 'confirm', ref)}"

    def status_callback(self, ref: str) -> str:
        """Return where Twilio reports what became of a message, which may be before its answer to us arrives."""
        return f"{self.public_url}/webhooks/twilio/status?touch={ref}"


def headers(unsubscribe: str, thread: Sequence[LedgerRow]) -> Mapping[str, str]:
    """Return one-click unsubscribe (RFC 8058) and, inside a conversation, In-Reply-To and References."""
    found = {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if chain := _chain(thread):
        found |= {"In-Reply-To": chain[-1], "References": _references(chain)}
    return {name: in_header(name, value) for name, value in found.items()}


def subject_line(own: str, thread: Sequence[LedgerRow]) -> str:
    """Return the subject: the message's own, or "Re: " and the first subject of its conversation."""
    first = next((row.subject for row in thread if row.subject.strip()), "")
    subject = f"Re: {_RE.sub('', first).strip()}" if first else own.strip()
    if not subject:
        raise Invalid("the subject is empty")
    return in_header("Subject", subject if len(subject) <= MAX_SUBJECT else subject[: MAX_SUBJECT - 1] + "…")


def in_header(name: str, value: str) -> str:
    """Return `value` as it may stand in a header. Raises Invalid for CR, LF, NUL and their like (E14)."""
    if control := control_in(value):
        raise Invalid(f"the header {name} would hold the control character {control}")
    return value


def mailbox(address: str, whose: str) -> str:
    """Return an address as it may stand in To or From. Raises Invalid when it is none."""
    if not address:
        raise Invalid(f"{whose} has no e-mail address")
    if not _ADDRESS.fullmatch(address) or control_in(address):
        raise Invalid(f"the address of {whose} is not an e-mail address")
    return address


def _chain(thread: Sequence[LedgerRow]) -> list[str]:
    ids = [one for row in thread for one in (*row.references, row.message_id) if one]
    return list(dict.fromkeys(ids))


def _references(chain: list[str]) -> str:
    """Drop the oldest middle ids until the line fits; the first and the last say where the conversation belongs."""
    kept = list(chain)
    while len(" ".join(kept)) > MAX_REFERENCES and len(kept) > 2:
        del kept[1]
    return " ".join(kept)
