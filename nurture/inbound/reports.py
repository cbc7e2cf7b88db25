"""Reads machine reports: delivery status notifications (RFC 3464) and abuse feedback (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email import message_from_string
from email.message import Message

from nurture.domain.blame_smtp import judge
from nurture.domain.errors import Blame
from nurture.inbound.opening import addresses, header, raw_text
from nurture.inbound.parsed import Complaint, Failure, Letter

_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ORIGINAL_TYPES = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
_REJECTING = re.compile(r"/\s*\S*;\s*(?:deleted|denied|failed)|;\s*(?:deleted|denied|failed)", re.IGNORECASE)
UNDEFINED = {"failed": "5.0.0", "delayed": "4.0.0", "delivered": "2.0.0", "relayed": "2.0.0", "expanded": "2.0.0"}
"""The code for "undefined status" (RFC 3463) of each action, for reports that give none."""
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_VAGUE = re.compile(r"(?:smtp|x-\w+|unix)?[;\s]*(?:[45]\d\d)?[\s-]*(?:[45]\.\d+\.\d+)?\s*")


def status_parts(parts: Sequence[Message]) -> list[Message]:
    """Return the parts that are delivery status reports."""
    return [part for part in parts if part.get_content_type() in _STATUS_TYPES]


def failures_of(report: Message, words: str) -> list[Failure]:
    """Return one Failure for each recipient of a DSN. `words` is its human part, used when a block says little."""
    return [failure for block in _blocks(report) if (failure := _failure(block, words))]


def rejections_of(parts: Sequence[Message], words: str) -> list[Failure]:
    """Return the recipients whose mailbox rules threw the mail away unread (RFC 8098, as Sieve sends it)."""
    notes = (part for part in parts if part.get_content_type() == "message/disposition-notification")
    blocks = [block for note in notes for block in _blocks(note)]
    return [
        Failure(_recipient(block), "failed", judge(words[:2_000]).blame, UNDEFINED["failed"], words[:500].strip())
        for block in blocks
        if _recipient(block) and _REJECTING.search(header(block, "Disposition"))
    ]


def original_of(parts: Sequence[Message]) -> Message | None:
    """Return the head of the mail that a report is about, or None when it does not enclose it."""
    for part in parts:
        kind = part.get_content_type()
        if kind not in _ORIGINAL_TYPES:
            continue
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            return inner[0]
        return message_from_string(raw_text(part).lstrip())
    return None


def original_id_of(original: Message | None, text: str) -> str:
    """Return the Message-ID of the enclosed mail, or the one quoted in the text, or ""."""
    if original is not None and (given := header(original, "Message-ID")):
        return given
    quoted = _MESSAGE_ID.findall(text)
    return str(quoted[-1]) if quoted else ""


def complaint_of(letter: Letter, parts: Sequence[Message]) -> Complaint | None:
    """Return the feedback an ARF report carries, or None when there is no feedback part."""
    report = next((part for part in parts if part.get_content_type() == "message/feedback-report"), None)
    if report is None:
        return None
    block = next(_blocks(report), report)
    original = original_of([part for part in parts if part is not report])
    named = addresses(block, "Original-Mail-From", "Original-Rcpt-To", "Removal-Recipient")
    enclosed = addresses(original, "Return-Path", "Reply-To", "To") if original is not None else ()
    kind = header(block, "Feedback-Type").lower() or "abuse"
    return Complaint(letter, kind, original_id_of(original, ""), tuple(dict.fromkeys(named + enclosed)))


def _blocks(report: Message) -> Iterator[Message]:
    payload = report.get_payload()
    if isinstance(payload, list):
        blocks = [block for block in payload if isinstance(block, Message)]
        # A report sent as message/rfc822-like text keeps its fields in the body of the one child.
        rest = [str(block.get_payload()) for block in blocks if isinstance(block.get_payload(), str)]
        yield from blocks
        text = "\n\n".join(rest)
    else:
        text = raw_text(report)
    for chunk in re.split(r"\n[ \t]*\n", text):
        if ":" in chunk:
            yield message_from_string(chunk.strip() + "\n\n")


def _failure(block: Message, words: str) -> Failure | None:
    recipient = _recipient(block)
    if not recipient:
        return None
    given = header(block, "Status")
    status = next(iter(_STATUS.findall(given)), "")
    action = _action(header(block, "Action").lower(), status)
    said = header(block, "Diagnostic-Code") or (given if given != status else "")
    verdict = judge(said if not _VAGUE.fullmatch(said) else f"{said} {words[:2_000]}", status=status)
    blame = verdict.blame if action == "failed" else Blame.TEMPORARY
    return Failure(recipient, action, blame, status or verdict.code or UNDEFINED[action], said[:500])


def _recipient(block: Message) -> str:
    """Return the address we wrote to, as far as the block knows it; a name without a domain is better than nothing."""
    fields = [header(block, name) for name in ("Original-Recipient", "Final-Recipient", "X-Actual-Recipient")]
    bare = [field.rpartition(";")[2].strip().strip("<>").strip().lower() for field in fields]
    return next((address for address in bare if "@" in address), next((address for address in bare if address), ""))


def _action(given: str, status: str) -> str:
    for known in ("failed", "delayed", "delivered", "relayed", "expanded"):
        if given.startswith(known[:4]):
            return known
    return {"4": "delayed", "2": "delivered"}.get(status[:1], "failed")
