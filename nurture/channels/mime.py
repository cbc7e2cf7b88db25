"""Turns an e-mail into the bytes that go over the wire: stdlib policy for headers, C code for the bodies."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from nurture.domain.errors import Blame, Refused
from nurture.domain.messages import Email

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PLAIN = re.compile(r"[\x20-\x7e]*")
_NAME = re.compile(r"[!-9;-~]+")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_OURS = frozenset({"mime-version", "content-type", "content-transfer-encoding", "bcc", "sender", "return-path"})
_FOLD_AT = 78
_UTF8: Any = SMTP.clone(utf8=True)
_ASCII: Any = SMTP


def mime_bytes(email: Email, sent_at: datetime) -> bytes:
    """Return the whole message with CRLF line ends: the same e-mail and time always give the same bytes.

    Text and HTML become quoted-printable (an 8-bit body may be rewritten by a relay and break its DKIM signature).
    Raises Refused (content) when a header holds a control character, is not a header name, or comes twice.
    """
    policy = _UTF8 if needs_utf8(email) else _ASCII
    head = "".join(_fold(policy, name, value) for name, value in _headers(email, sent_at))
    boundary = "=_" + hashlib.sha256(email.message_id.encode()).hexdigest()[:32]
    parts = [("plain", email.text), ("html", email.html)]
    given = [(kind, _quoted_printable(text)) for kind, text in parts if text] or [("plain", b"")]
    return head.encode("utf-8", "surrogateescape") + _body(given, boundary.encode())


def needs_utf8(email: Email) -> bool:
    """Whether an address has a local part beyond ASCII, so that only a server with SMTPUTF8 (RFC 6531) can take it."""
    return not (ascii_domain(email.to) + ascii_domain(email.sender) + ascii_domain(email.envelope_from)).isascii()


def ascii_domain(address: str) -> str:
    """Return the address with its domain in IDNA form, as SMTP wants it. Raises Refused when that cannot be done."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise Refused(f"The domain of the address is not valid: {error}", blame=Blame.RECIPIENT, code="idna") from error


def _body(parts: list[tuple[str, bytes]], boundary: bytes) -> bytes:
    if len(parts) == 1:
        return _part(*parts[0])
    sections = b"".join(b"--%b\r\n%b" % (boundary, _part(kind, body)) for kind, body in parts)
    return b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n\r\n%b--%b--\r\n' % (
        boundary,
        sections,
        boundary,
    )


def _part(kind: str, body: bytes) -> bytes:
    return b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%b\r\n' % (
        kind.encode(),
        body,
    )


def _quoted_printable(text: str) -> bytes:
    unix = _LINE_ENDS.sub("\n", text)
    return binascii.b2a_qp(unix.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")


def _headers(email: Email, sent_at: datetime) -> Iterator[tuple[str, str]]:
    """Yield every header once, ours first. Raises Refused when an extra one repeats a name."""
    yield "From", _address(email.sender, email.sender_name)
    yield "To", _address(email.to)
    yield "Subject", email.subject
    yield "Date", format_datetime(sent_at)
    yield "Message-ID", email.message_id
    if email.reply_to:
        yield "Reply-To", _address(email.reply_to)
    yield "MIME-Version", "1.0"
    seen = {"from", "to", "subject", "date", "message-id"} | _OURS | ({"reply-to"} if email.reply_to else set())
    for name, value in email.headers.items():
        if name.lower() in seen:
            raise _refused(f"the header {name} would be there twice")
        seen.add(name.lower())
        yield name, value


def _address(address: str, name: str = "") -> str:
    address = ascii_domain(address)
    if _CONTROL.search(name + address):
        raise _refused("an address or a name holds a control character")
    if not name:
        return address
    local, _, domain = address.rpartition("@")
    return str(Address(name, local, domain))


def _fold(policy: Any, name: str, value: str) -> str:
    if _CONTROL.search(value) or not _NAME.fullmatch(name):
        raise _refused(f"the header {_NAME.sub(lambda m: m[0], name)[:40]!r} holds a control character")
    if len(name) + len(value) + 2 <= _FOLD_AT and _PLAIN.fullmatch(value):
        return f"{name}: {value}\r\n"
    if name.lower() in ("references", "in-reply-to", "message-id", "list-unsubscribe"):
        return _fold_at_spaces(name, value)
    try:
        return str(policy.fold(name, policy.header_store_parse(name, value)[1]))
    except (ValueError, IndexError) as error:
        raise _refused(f"the header {name} cannot be written: {error}") from error


def _fold_at_spaces(name: str, value: str) -> str:
    """Fold between ids or URIs only: stdlib turns an id longer than a line into encoded words, which breaks threads."""
    lines = [f"{name}:"]
    for word in value.split():
        if len(lines[-1]) + len(word) + 1 > _FOLD_AT and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    if not value.isascii() or any(len(line) > 998 for line in lines):
        raise _refused(f"the header {name} cannot be folded into lines of 998 characters")
    return "\r\n".join(lines) + "\r\n"


def _refused(why: str) -> Refused:
    return Refused(f"The e-mail was not written: {why}", blame=Blame.CONTENT, code="mime", remedy="Change this message")
