"""Whose fact an SMTP refusal is: read from the words first, then the enhanced code, then the reply code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nurture.domain import smtp_phrases as phrases
from nurture.domain.errors import Blame

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?:^|[\s:;,<>(#\[-])([245][0-5]\d)(?=$|[\s:;,<>)\]-])")
_TRY_AGAIN = re.compile(
    r"(?:try|retry|again|delayed|greylist\w*|wait|later)\D{0,40}?(\d{1,5}) ?"
    r"(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?)\b",
    re.IGNORECASE,
)
_LONGEST_WAIT = 24 * 3_600.0

RECIPIENT_CODES = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Enhanced codes that are facts about the recipient (RFC 3463; rules-of-the-road 1.2). Only these suppress by code."""

_NO_FACT_OF_THEIRS = re.compile(r"5\.(?:2\.[23]|[347]\.\d+)")
"""Enhanced codes that are never about the person, whatever the words: full, too big, system, routing, policy."""
_MAY_SAY_UNKNOWN = frozenset({"", "550", "551", "553"})
"""Reply codes to RCPT whose words "user unknown" are believed; "" is a report that gives none."""
_BY_SUBJECT = {"1": Blame.SENDER, "2": Blame.TEMPORARY, "3": Blame.TEMPORARY, "4": Blame.TEMPORARY}
_BY_DETAIL = {
    "5.2.3": Blame.CONTENT,
    "5.3.4": Blame.CONTENT,
    "5.5.2": Blame.SENDER,
    "5.5.3": Blame.TEMPORARY,
    "5.6.0": Blame.CONTENT,
}
_BY_REPLY = {"": Blame.TEMPORARY, "530": Blame.SENDER, "535": Blame.SENDER, "552": Blame.TEMPORARY, "571": Blame.SENDER}


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_NO_RELAY = _words(*phrases.NO_RELAY)
_FULL = _words(*phrases.FULL)
_TOO_BIG = _words(*phrases.TOO_BIG)
_SENDER = _words(*phrases.SENDER)
_PERSON = _words(*phrases.PERSON)
_HOST = _words(*phrases.HOST)
_TIME = _words(*phrases.TIME)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal means: whose fact it is, and the code (`5.1.1`, `550`) we read it from, "" when there was none."""

    blame: Blame
    code: str

    @property
    def is_hard(self) -> bool:
        """Whether this address can never be reached: the only answer that suppresses a person."""
        return self.blame is Blame.RECIPIENT


def enhanced_code(text: str) -> str:
    """Return the first enhanced status code (RFC 3463) in `text`, or ""."""
    found = _ENHANCED.search(text)
    return found.group(0) if found else ""


def reply_code(text: str) -> str:
    """Return the first SMTP reply code of a refusal (4xx or 5xx) in `text`, or ""."""
    return next((m.group(1) for m in _REPLY.finditer(text) if m.group(1)[0] != "2"), "")


def judge(text: str, *, code: int = 0, status: str = "", at_recipient: bool = True) -> Verdict:
    """Return whose fact a refusal is.

    `text` is the server's answer, `code` its SMTP reply code (0: look in the text), `status` a Status field of a DSN.
    `at_recipient` is False for answers to anything but RCPT (or a DSN about one recipient): a 550 after DATA is about
    the message, however it is worded, unless it names the person (rules-of-the-road 1.2).
    """
    said = enhanced_code(text) or status
    reply = str(code) if code else reply_code(text)
    best = said or reply
    if _is_transient(said, reply, status):
        return Verdict(Blame.TEMPORARY, best)
    by_words = _by_words(text)
    if by_words is Blame.RECIPIENT and said not in RECIPIENT_CODES:
        by_words = _as_the_codes_allow(said, reply) if at_recipient else Blame.CONTENT
    return Verdict(by_words or _by_code(said, status, reply), best)


def wait_seconds(text: str) -> float | None:
    """Return how long the server asks us to wait ("try again in 300 seconds"), in seconds, at most a day, or None."""
    found = _TRY_AGAIN.search(text)
    if found is None:
        return None
    unit = {"s": 1.0, "m": 60.0, "h": 3_600.0}[found[2][0].lower()]
    return min(float(found[1]) * unit, _LONGEST_WAIT)


def _as_the_codes_allow(said: str, reply: str) -> Blame | None:
    """Return RECIPIENT when the codes leave room for the words "user unknown", else None: the codes decide."""
    other = _NO_FACT_OF_THEIRS.fullmatch(said) or reply not in _MAY_SAY_UNKNOWN
    return None if other else Blame.RECIPIENT


def _is_transient(said: str, reply: str, status: str) -> bool:
    # A remote 5xx inside a DSN with a local 4.x status: the remote word is the one about the person.
    if reply.startswith("5") or said.startswith("5"):
        return said.startswith("4") and not reply.startswith("5")
    return said.startswith("4") or reply.startswith("4") or status.startswith("4")


def _by_words(text: str) -> Blame | None:
    if _NO_RELAY.search(text):
        return Blame.SENDER
    if _FULL.search(text):
        return Blame.TEMPORARY
    if _TOO_BIG.search(text):
        return Blame.CONTENT
    about_host = _HOST.search(text)
    if _SENDER.search(text) and not about_host and enhanced_code(text) not in RECIPIENT_CODES:
        return Blame.SENDER
    if about_host or _PERSON.search(text):
        return Blame.RECIPIENT
    if _SENDER.search(text):
        return Blame.SENDER
    return Blame.TEMPORARY if _TIME.search(text) else None


def _by_code(said: str, status: str, reply: str) -> Blame:
    for code in (said, status):
        if code in RECIPIENT_CODES:
            return Blame.RECIPIENT
        if code in _BY_DETAIL:
            return _BY_DETAIL[code]
        if code.startswith("5.") and not code.startswith("5.0."):
            return _BY_SUBJECT.get(code.split(".")[1], Blame.SENDER)
    return _BY_REPLY.get(reply, Blame.CONTENT)
