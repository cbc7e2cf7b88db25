"""Opens mail from strangers: within bounds of size, parts and depth, and never trusting a charset or an encoding."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.header import Header, decode_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses

from inscriptis import get_text  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]

from nurture.domain.errors import Invalid

MOST_BYTES = 1_000_000
"""Bytes of a mail we look at: the head of a longer one holds all that we need (rules S8, F7)."""
MOST_HEADER_BYTES = 128_000
MOST_PARTS = 300
DEEPEST = 20
MOST_TEXT = 64_000
"""Characters of any one body we look at."""

_PART_HEAD = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
_NESTING = re.compile(rb"^content-type:[ \t]*(?:multipart/|message/rfc822)", re.IGNORECASE | re.MULTILINE)
_NUL = re.compile(rb"\x00")
_QUOTED_HTML = re.compile(
    r"<blockquote|<div[^>]{0,200}(?:gmail_quote|yahoo_quoted|divRplyFwdMsg|appendonsend|moz-cite-prefix|OLK_SRC_BODY)",
    re.IGNORECASE,
)
_NO_TEXT = re.compile(r"<(script|style|title)\b", re.IGNORECASE)
_READABLE = ParserConfig(display_links=False)


def open_mail(raw: bytes) -> Message:
    """Return the MIME tree of the first megabyte. Raises Invalid when the mail is not safe or not possible to read."""
    head = _NUL.sub(b"", raw[:MOST_BYTES])
    header_end = min((at for at in (head.find(b"\r\n\r\n"), head.find(b"\n\n")) if at >= 0), default=len(head))
    if header_end > MOST_HEADER_BYTES:
        raise Invalid(f"the header of the mail is longer than {MOST_HEADER_BYTES} bytes")
    if not head.strip():
        raise Invalid("the mail is empty")
    try:
        return message_from_bytes(_within_bounds(head), policy=compat32)
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise Invalid(f"the mail cannot be taken apart: {type(error).__name__}") from error


def header(message: Message, name: str) -> str:
    """Return a header as one line of text, decoded; "" when it is not there. Never fails, whatever the charset."""
    value = message.get(name)
    if value is None:
        return ""
    # A header with raw 8-bit bytes comes as a Header, and str() of that would lose them.
    return " ".join(_decoded(value if isinstance(value, Header) else str(value)[:4_000]).split())[:4_000]


def addresses(message: Message, *names: str) -> tuple[str, ...]:
    """Return the bare addresses of the given headers, lower-case, each once, in order."""
    values = [str(value)[:4_000] for name in names for value in message.get_all(name, [])]
    found = (address.strip().lower() for _, address in getaddresses(values))
    return tuple(dict.fromkeys(address for address in found if "@" in address))


def parts(message: Message) -> Iterator[Message]:
    """Yield every part that is not a container, at most `MOST_PARTS`.

    An attached message counts as one part, unless it is itself a report that some gateway wrapped.
    """
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop()
        seen += 1
        if (part.get_content_maintype() == "multipart" and part.is_multipart()) or _wraps_report(part):
            waiting.extend(reversed(_children(part)))
        else:
            yield part


def body_text(part: Message) -> str:
    """Return the text of one part, decoded leniently and cut at `MOST_TEXT` characters; HTML as plain text."""
    text = raw_text(part)
    return html_text(text) if part.get_content_type() == "text/html" else text


def raw_text(part: Message) -> str:
    """Return the text of one part as it came, decoded leniently, with unix line ends."""
    payload = part.get_payload(decode=False)
    if not isinstance(payload, str):
        return ""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, binascii.Error):
        content = payload.encode("utf-8", "replace")
    raw = content if isinstance(content, bytes) else payload.encode("utf-8", "replace")
    text = _in_charset(raw[: 4 * MOST_TEXT], str(part.get_content_charset("utf-8") or "utf-8"))
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")[:MOST_TEXT]


def html_text(html: str) -> str:
    """Return what a person would read in an HTML body, without the quoted mail below it."""
    bare = _without_code(html)
    quoted = _QUOTED_HTML.search(bare)
    kept = bare[: quoted.start()] if quoted and _has_words(bare[: quoted.start()]) else bare
    try:
        return str(get_text(kept, _READABLE)).strip()[:MOST_TEXT]
    except (ValueError, AssertionError, RecursionError):
        return re.sub(r"<[^>]{0,2000}>", " ", kept)


def _without_code(html: str) -> str:
    """Drop scripts, styles and titles; what is never closed ends the text. A regex took 4 s over it."""
    kept, at, low = [], 0, html.lower()
    while (opened := _NO_TEXT.search(html, at)) is not None:
        kept.append(html[at : opened.start()])
        closed = low.find(f"</{opened[1].lower()}", opened.end())
        end = low.find(">", closed) if closed >= 0 else -1
        if end < 0:
            return " ".join(kept)
        at = end + 1
    return " ".join([*kept, html[at:]])


def _has_words(html: str) -> bool:
    return bool(re.search(r"\w", re.sub(r"<[^>]{0,2000}>", " ", html)))


def _wraps_report(part: Message) -> bool:
    children = _children(part) if part.get_content_type() == "message/rfc822" and part.is_multipart() else []
    return any(child.get_content_type() == "multipart/report" for child in children)


def _children(part: Message) -> list[Message]:
    return [child for child in part.get_payload() if isinstance(child, Message)]


def _within_bounds(head: bytes) -> bytes:
    """Cut before the part that is one too many or one too deep: the parser would take quadratic time over it."""
    for pattern, most in ((_PART_HEAD, MOST_PARTS), (_NESTING, DEEPEST)):
        for count, found in enumerate(pattern.finditer(head)):
            if count >= most:
                head = head[: found.start()]
                break
    return head


def _decoded(value: str | Header) -> str:
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError, binascii.Error):
        return str(value)
    return "".join(
        piece if isinstance(piece, str) else _in_charset(piece, charset or "utf-8") for piece, charset in pieces
    )


def _in_charset(raw: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            return raw.decode(name)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")
