"""Translates what Twilio's API said, or did not say, into our errors, once and by table."""

from __future__ import annotations

from collections.abc import Mapping

from twilio.base.exceptions import TwilioException, TwilioRestException

from nurture.domain.blame_twilio import THREE_TRIES, Action, meaning_of
from nurture.domain.errors import Blame, Refused, Unavailable, Uncertain

TOO_MANY = 429
_LOGIN = (401, 403)
_SERVER_ERROR = 500
_DEFAULT_BACK_OFF = 10.0


def answer_error(error: TwilioException) -> Refused | Unavailable | Uncertain:
    """Return our error for an exception of the Twilio client after the POST was written (rules T6 and T7).

    429 was never processed and is always safe to send again. A 5xx, or an answer that cannot be read, may come after
    the message was accepted: Uncertain. Every other 4xx is a definite no, with the blame of the table.
    """
    if not isinstance(error, TwilioRestException):
        return Uncertain(f"Twilio's answer cannot be read: {type(error).__name__}")
    said = f"{error.status}/{error.code or '-'}"
    if error.status >= _SERVER_ERROR:
        return Uncertain(f"Twilio failed with {said} and may have taken the message")
    if error.status == TOO_MANY:
        return too_many({})
    if (meaning := meaning_of(error.code or 0)) is not None:
        if meaning.blame is Blame.TEMPORARY:
            limit = THREE_TRIES if meaning.action is Action.RETRY else None
            return Unavailable(
                meaning.reason, code=str(error.code), retry_after=meaning.retry_after, give_up_after=limit
            )
        return Refused(
            meaning.reason,
            blame=meaning.blame,
            code=str(error.code),
            remedy=meaning.remedy,
            halts=meaning.halts,
            drops=meaning.action is Action.DROP_AND_PAUSE,
        )
    if error.status in _LOGIN:
        return Refused(
            "Twilio refuses our account",
            blame=Blame.SENDER,
            code=said,
            remedy="Check SID, token and balance",
            halts="account",
        )
    return Refused(f"Twilio does not take this message ({said})", blame=Blame.CONTENT, code=said)


def too_many(headers: Mapping[str, str]) -> Unavailable:
    """Return the error for HTTP 429; waits as long as Retry-After says (seconds), else 10 s."""
    named = headers.get("Retry-After", "")
    wait = float(named) if named.isdigit() else _DEFAULT_BACK_OFF
    return Unavailable("Twilio has too many requests from us; this one was not processed", code="429", retry_after=wait)
