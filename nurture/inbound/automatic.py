"""Tells a machine's answer from a person's: by the headers of RFC 3834 and the habits of mail programs."""

from __future__ import annotations

import re
from email.message import Message

from nurture.inbound import phrases
from nurture.inbound.opening import header
from nurture.inbound.parsed import Letter
from nurture.inbound.phrases import any_of

_PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply"})
_SURE_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponse",
    "X-Auto-Reply",
    "X-AutoReply-From",
    "X-Mail-Autoreply",
    "X-FC-MachineGenerated",
    "List-Id",
    "List-Unsubscribe",
)
_SUBJECT = any_of(phrases.ABSENT_SUBJECTS, before=r"^\W{0,3}")
_OPENERS = any_of(
    phrases.OUT_OF_OFFICE, before=r"^.{0,120}?\b(?:i am|i'm|i will be) (?:currently |presently )?", flags=re.DOTALL
)


def is_automatic(message: Message, letter: Letter, text: str) -> bool:
    """Whether no person wrote this mail in answer to ours (RFC 3834 part 5; rules-of-the-road E13).

    `Auto-Submitted: no` is a person's word. A subject that begins with "Re:" does not count, for it may be ours.
    X-Auto-Response-Suppress alone proves nothing, as some servers put it on everything: it needs an opening that
    people use for their absence.
    """
    declared = header(message, "Auto-Submitted").lower().partition(";")[0].strip()
    if declared and declared != "no":
        return True
    if header(message, "Precedence").lower() in _PRECEDENCE or _has_sure_header(message):
        return True
    if _SUBJECT.match(letter.subject):
        return True
    suppressed = bool(header(message, "X-Auto-Response-Suppress"))
    return (suppressed and bool(_OPENERS.match(text))) or _says_null_sender(message, letter)


def _has_sure_header(message: Message) -> bool:
    return any(header(message, name).lower() not in ("", "no") for name in _SURE_HEADERS) or (
        "autoresponder" in header(message, "Delivered-To").lower()
        or "9; autoresponder" in header(message, "X-POST-MessageClass").lower()
    )


def _says_null_sender(message: Message, letter: Letter) -> bool:
    return header(message, "Return-Path").replace(" ", "") == "<>" or letter.envelope_from == "<>"
