"""What Twilio's error codes mean for a person, a sender and a message: one table for API answers and callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nurture.domain.errors import Blame

HALF_HOUR = 1_800.0
"""Seconds between two tries after a carrier's transient failure (rules-of-the-road T6: at least 30 minutes apart)."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one error code says. `retry_after` is in seconds, for TEMPORARY ones that name or imply a time."""

    blame: Blame
    reason: str
    remedy: str = ""
    retry_after: float | None = None


_FIX_NUMBER = "Correct the lead's number or use another channel"
_OTHER_CHANNEL = "Use another channel for this lead"
_PAUSE = "Pause this sender until it is solved at Twilio"

MEANINGS: Mapping[int, Meaning] = {
    20003: Meaning(Blame.SENDER, "Twilio does not accept our credentials", "Check the account SID and auth token"),
    20429: Meaning(Blame.TEMPORARY, "Twilio has too many requests from us; this one was not processed"),
    21211: Meaning(Blame.RECIPIENT, "The number is not valid", _FIX_NUMBER),
    21214: Meaning(Blame.RECIPIENT, "The number cannot be reached", _FIX_NUMBER),
    21217: Meaning(Blame.RECIPIENT, "The number does not look like a phone number", _FIX_NUMBER),
    21610: Meaning(Blame.OPT_OUT, "The person has opted out of messages from this sender"),
    21611: Meaning(Blame.SENDER, "This sender's queue at Twilio is full", _PAUSE),
    21612: Meaning(Blame.RECIPIENT, "The number cannot get messages from this sender", _OTHER_CHANNEL),
    21614: Meaning(Blame.RECIPIENT, "The number is not a mobile number", _OTHER_CHANNEL),
    30001: Meaning(Blame.TEMPORARY, "The message waited too long in the carrier's queue", retry_after=HALF_HOUR),
    30003: Meaning(Blame.TEMPORARY, "The phone is switched off or out of reach", retry_after=HALF_HOUR),
    30004: Meaning(Blame.RECIPIENT, "The person or their carrier blocks our messages", _OTHER_CHANNEL),
    30005: Meaning(Blame.RECIPIENT, "The number does not exist", _FIX_NUMBER),
    30006: Meaning(Blame.RECIPIENT, "The number is a landline or its carrier is out of reach", _OTHER_CHANNEL),
    30007: Meaning(Blame.SENDER, "The carrier filtered the message as unwanted", _PAUSE),
    30008: Meaning(Blame.TEMPORARY, "The carrier gave no reason for the failure", retry_after=HALF_HOUR),
    30023: Meaning(
        Blame.SENDER, "This sender's daily cap at the carrier is reached (it resets at 00:00 Pacific)", _PAUSE
    ),
    30034: Meaning(Blame.SENDER, "This US number is not registered for A2P 10DLC", _PAUSE),
    63016: Meaning(
        Blame.CONTENT, "WhatsApp takes free text only within 24 hours of the person's message", "Use a template"
    ),
    63017: Meaning(Blame.TEMPORARY, "WhatsApp has too many messages from us at the moment"),
}
"""Table T6 of the rules of the road: 20 codes, each with its action in the form of a blame."""


def meaning_of(code: int) -> Meaning | None:
    """Return what a Twilio error code means, or None for a code that is not in the table."""
    return MEANINGS.get(code)
