"""Reads bounces that are not DSNs: plain words by a mail system, with the lost address somewhere among them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message

from flufl.bounce import all_failures

from nurture.domain.blame_smtp import judge
from nurture.domain.errors import Blame
from nurture.inbound import phrases
from nurture.inbound.opening import addresses
from nurture.inbound.parsed import Failure, Letter
from nurture.inbound.phrases import any_of
from nurture.inbound.reports import UNDEFINED

_MACHINES = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mdaemon|mail[-_.]?deliver\w*|mailerdaemon|uucp|smtp|mmdf|"
    r"(?:auto)?[-_.]?bounces?|noreply-bounce|mail-?admin\w*|system|administrator|returned-mail|microsoftexchange\w*)"
    r"(?:[-+._@]|$)",
    re.IGNORECASE,
)
_SUBJECTS = any_of(phrases.BOUNCE_SUBJECTS)
_ORIGINAL = re.compile(
    r"^(?:[-=_*\s>|]{0,20}(?:below (?:this line )?is (?:a |the )|this is a copy of|original message|message header|"
    r"returned message|unsent message|transcript of (?:the )?message|the (?:original|first \d+ lines)|"
    r"start of returned|enclosed (?:is|please)|your (?:original )?message (?:follows|was|reads)|copy of (?:the|your) |"
    r"text of (?:the )?message|headers? (?:of|follow|from)|included is|message text|here is your returned|"
    r"ursprüngliche|begin(?:ning)? of)[^\n]{0,120}|Received: |Return-Path: |X-Originating-\w+: |DKIM-Signature: )",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[a-z0-9!#$%&'*/=?^_`{|}~+.-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}\b", re.IGNORECASE)
_LATE = any_of(phrases.DELAYS)
_DECLARED = any_of(phrases.DECLARATIONS)
_NOT_PEOPLE = re.compile(r"^(?:mailer-daemon|postmaster|abuse|root|majordomo|listserv|help|support)@", re.IGNORECASE)
_NOT_ADDRESSES = re.compile(
    r"(?:message-?id|references|\bid\b|for more information|contact)\W{0,4}[^\n]{0,40}$", re.IGNORECASE
)
_NEAR = 700
"""Characters after an address that may still speak about it."""


def looks_like_bounce(letter: Letter, text: str) -> bool:
    """Whether a mail without a DSN may be a bounce: by its machine sender, or by its subject.

    People answer bounces, too: a subject that starts with "Re:" needs the words of a mail system at the very start.
    """
    local = letter.sender.partition("@")[0]
    if local and _MACHINES.match(local):
        return True
    if not _SUBJECTS.search(letter.subject):
        return False
    is_answer = letter.subject.lower().startswith(("re:", "aw:", "sv:", "fw:", "fwd:"))
    return not is_answer or bool(_DECLARED.search(text[:400]))


def failures_in_words(message: Message, letter: Letter, text: str, original: Message | None) -> list[Failure]:
    """Return the recipients a worded bounce names, each with its blame.

    flufl.bounce finds the address in dozens of old formats; where it knows none, the addresses in the part above the
    returned mail count, and last the addressee of the returned mail. Ours and the mail system's own are left out.
    """
    above, below = _split(text)
    late = bool(_LATE.search(f"{letter.subject}\n{above}"))
    temporary, permanent = _second_opinion(message)
    lost = [*permanent, *(address for address in temporary if address not in permanent)]
    if not lost:
        lost = _named_in(above, _not_meant(letter, below)) or _addressee(original, below)
    return [_failure(address, letter.subject, above, late=late or address in temporary) for address in lost]


def _second_opinion(message: Message) -> tuple[list[str], list[str]]:
    try:
        temporary, permanent = all_failures(message)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError):
        return [], []  # its detectors trust the MIME of strangers more than we do
    return _texts(temporary), _texts(permanent)


def _texts(found: Iterable[bytes | str]) -> list[str]:
    plain = (address.decode("utf-8", "replace") if isinstance(address, bytes) else address for address in found)
    return sorted({address.strip().strip("<>").lower() for address in plain if "@" in address})


def _split(text: str) -> tuple[str, str]:
    marker = _ORIGINAL.search(text, 1)
    return (text[: marker.start()], text[marker.start() :]) if marker else (text, "")


def _not_meant(letter: Letter, below: str) -> set[str]:
    sender_below = re.search(r"^From:[^\n]*?([^\s<>\"]+@[^\s<>\"]+)", below, re.IGNORECASE | re.MULTILINE)
    theirs = {sender_below.group(1).lower()} if sender_below else set()
    return {letter.sender, letter.envelope_from, *letter.recipients} | theirs


def _named_in(text: str, not_meant: set[str]) -> list[str]:
    found = []
    for match in _ADDRESS.finditer(text):
        address = match.group(0).lower().strip("'.")
        before = text[max(0, match.start() - 60) : match.start()].rpartition("\n")[2]
        if (
            address not in not_meant
            and ".." not in address
            and not _NOT_PEOPLE.match(address)
            and not _NOT_ADDRESSES.search(before)
        ):
            found.append(address)
    return list(dict.fromkeys(found))[:20]


def _addressee(original: Message | None, below: str) -> list[str]:
    if original is not None:
        # What went to a list came back from one of its members, and nobody says which.
        return [] if original.get("List-Id") else list(addresses(original, "To"))
    quoted = re.search(r"^To:[^\n]*?([^\s<>\"',;]+@[^\s<>\"',;]+)", below, re.IGNORECASE | re.MULTILINE)
    return [quoted.group(1).lower()] if quoted else []


def _failure(address: str, subject: str, above: str, *, late: bool) -> Failure:
    if late:
        return Failure(address, "delayed", Blame.TEMPORARY, UNDEFINED["delayed"], _near(address, above)[:500])
    said = _near(address, above)
    verdict = judge(said)
    if not verdict.code and verdict.blame is not Blame.RECIPIENT:
        verdict = judge(f"{subject}\n{above[:4_000]}")
    return Failure(address, "failed", verdict.blame, verdict.code or UNDEFINED["failed"], said[:500])


def _near(address: str, text: str) -> str:
    """Return what is said about the address: from its line to the next address, or before it when nothing follows."""
    at = text.lower().find(address)
    if at < 0:
        return " ".join(text[:4_000].split())
    start = text.rfind("\n", 0, at) + 1
    after = text[at + len(address) : at + len(address) + _NEAR]
    other = next((m.start() for m in _ADDRESS.finditer(after) if m.group(0).lower() != address), len(after))
    near = text[start : at + len(address) + other]
    return " ".join((near if len(near.split()) > 3 else text[max(0, start - 300) : start] + near).split())
