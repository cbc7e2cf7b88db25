"""Reads one incoming mail and says what it is; the only door for mail into the product."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from email.message import Message

from nurture.domain.blame_smtp import judge
from nurture.domain.errors import Invalid
from nurture.domain.replies import intent_of, return_date
from nurture.inbound.automatic import is_automatic
from nurture.inbound.bounce_text import failures_in_words, looks_like_bounce
from nurture.inbound.opening import MOST_TEXT, addresses, body_text, header, open_mail, parts
from nurture.inbound.parsed import AutoReply, Bounce, Complaint, Failure, Letter, ParsedMail, Reply, Unparsed
from nurture.inbound.reply_text import new_words
from nurture.inbound.reports import (
    UNDEFINED,
    complaint_of,
    failures_of,
    original_id_of,
    original_of,
    rejections_of,
    status_parts,
)

_ID = re.compile(r"<[^<>\s]{1,900}>")
_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")


def parse_mail(raw: bytes, *, today: date, envelope_from: str = "", recipients: Sequence[str] = ()) -> ParsedMail:
    """Return what a mail is: complaint, bounce, auto-reply or reply, in this order of proof, or Unparsed with a reason.

    Looks at the first megabyte only and never raises, whatever the bytes. `envelope_from` and `recipients` are those of
    the SMTP session, "" and () when unknown ("<>" is the null sender). `today` is the day the mail came, for dates
    without a year.
    """
    try:
        message = open_mail(raw)
    except Invalid as error:
        return Unparsed(_blank_letter(raw, envelope_from, recipients), error.reason)
    letter = _letter(message, raw, envelope_from, recipients)
    try:
        return _told_apart(message, letter, today)
    except RecursionError:
        return Unparsed(letter, "the mail is nested too deep")


def _told_apart(message: Message, letter: Letter, today: date) -> ParsedMail:
    flat = list(parts(message))
    if (complaint := complaint_of(letter, flat)) is not None:
        return complaint
    readable = _readable(flat)
    if (bounce := _bounce(message, letter, flat, readable)) is not None:
        return bounce
    text = new_words(readable)
    is_report = message.get_content_type() == "multipart/report" or looks_like_bounce(letter, readable)
    if is_report or is_automatic(message, letter, text):
        return AutoReply(letter, text, return_date(f"{letter.subject}\n{readable}", today))
    return Reply(letter, text, intent_of(text, subject=letter.subject))


def _bounce(message: Message, letter: Letter, flat: Sequence[Message], readable: str) -> Bounce | None:
    original = original_of(flat)
    words = "\n".join(body_text(part) for part in flat if part.get_content_maintype() == "text")[:MOST_TEXT]
    found = [failure for report in status_parts(flat) for failure in failures_of(report, readable)]
    found = found or rejections_of(flat, readable)
    if not found and (looks_like_bounce(letter, readable) or status_parts(flat)):
        found = failures_in_words(message, letter, words, original) or _nameless(letter, words)
    if not found:
        return None
    unique = {(failure.recipient, failure.action): failure for failure in found}
    return Bounce(letter, tuple(unique.values()), original_id_of(original, words))


def _nameless(letter: Letter, words: str) -> list[Failure]:
    """A bounce that names nobody still came to our bounce address, and that stands for one recipient of ours."""
    if not any(address.startswith("b+") for address in letter.recipients):
        return []
    verdict = judge(f"{letter.subject}\n{words[:4_000]}")
    return [Failure("", "failed", verdict.blame, verdict.code or UNDEFINED["failed"], words[:500].strip())]


def _readable(flat: Sequence[Message]) -> str:
    """Return the body a person reads first: plain text if there is some, else HTML."""
    bodies = [
        part for part in flat if part.get_content_type() in ("text/plain", "text/html") and not _is_attached(part)
    ]
    for kind in ("text/plain", "text/html"):
        text = next((body_text(part) for part in bodies if part.get_content_type() == kind), "")
        if text.strip():
            return text
    return ""


def _is_attached(part: Message) -> bool:
    return header(part, "Content-Disposition").lower().startswith("attachment")


def _letter(message: Message, raw: bytes, envelope_from: str, recipients: Sequence[str]) -> Letter:
    message_id = header(message, "Message-ID")
    found = _ID.findall(header(message, "In-Reply-To")) + _ID.findall(header(message, "References"))[::-1]
    given = (address.strip().strip("<>").lower() for address in recipients)
    return Letter(
        key=hashlib.sha256(message_id.encode("utf-8", "replace") if message_id else raw).hexdigest()[:32],
        envelope_from=envelope_from.lower(),
        recipients=tuple(dict.fromkeys([*given, *addresses(message, *_RECIPIENT_HEADERS)])),
        sender=next(iter(addresses(message, "From", "Sender")), ""),
        message_id=message_id,
        subject=header(message, "Subject"),
        answers=tuple(dict.fromkeys(found)),
    )


def _blank_letter(raw: bytes, envelope_from: str, recipients: Sequence[str]) -> Letter:
    return Letter(hashlib.sha256(raw).hexdigest()[:32], envelope_from.lower(), tuple(r.lower() for r in recipients))


__all__ = ["AutoReply", "Bounce", "Complaint", "Letter", "ParsedMail", "Reply", "Unparsed", "parse_mail"]
