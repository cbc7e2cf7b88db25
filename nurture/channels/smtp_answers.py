"""Translates what an SMTP server said, or did not say, into our errors, once and by table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from nurture.domain.blame_smtp import enhanced_code, judge, wait_seconds
from nurture.domain.errors import Blame, Refused, Unavailable

FIRST_RETRY = 1_800.0
"""Seconds before a 4xx is tried again when the server names no time (RFC 5321 4.5.4.1: at least 30 minutes)."""


class Stage(StrEnum):
    """How far the conversation had come. Everything up to DATA is definite: nothing was accepted."""

    CONNECT = "connect"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


REMEDIES: Mapping[Blame, str] = {
    Blame.RECIPIENT: "Correct the lead's e-mail address",
    Blame.SENDER: "Pause this mailbox or domain until its reputation, login or DNS records are in order",
    Blame.CONTENT: "Change this message",
}


def answer_error(stage: Stage, code: int, text: str) -> Refused | Unavailable:
    """Return the error for a negative SMTP reply (4xx or 5xx) at `stage`.

    A 4xx is Unavailable with the wait the server asked for, or 30 minutes. A 5xx is Refused with its blame; before MAIL
    it is always about us, never about a person. A 5xx that only means "full" or "busy" is Unavailable as well.
    """
    said = f"{code} {' '.join(text.split())}"[:500]
    verdict = judge(text, code=code, at_recipient=stage is Stage.RCPT)
    shown = f"{code} {enhanced_code(text)}".strip()
    if verdict.blame is Blame.TEMPORARY or code < 500:
        return Unavailable(f"The mail server said: {said}", code=shown, retry_after=wait_seconds(text) or FIRST_RETRY)
    blame = verdict.blame if stage in (Stage.RCPT, Stage.DATA, Stage.DOT) else Blame.SENDER
    return Refused(f"The mail server said: {said}", blame=blame, code=shown, remedy=REMEDIES.get(blame, ""))


def silence_error(stage: Stage, cause: BaseException) -> Unavailable:
    """Return the error for a lost, refused or timed-out connection before the body was written: definite."""
    return Unavailable(f"The mail server did not answer at {stage}: {_short(cause)}", code=f"no answer at {stage}")


def _short(cause: BaseException) -> str:
    return (str(cause) or type(cause).__name__)[:200].rstrip(".")
