"""What Twilio's error codes mean for a person, a sender and a message: one table for API answers and callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from nurture.domain.errors import Blame
from nurture.domain.lead import Channel
from nurture.domain.wallclock import instant, local_date, zone_of

PACIFIC = "America/Los_Angeles"
"""The clock by which US carriers count a brand's day (Twilio, error 30023)."""

HALF_HOUR = 1_800.0
"""Seconds between two tries after a carrier's transient failure (rules-of-the-road T6: at least 30 minutes apart)."""
THREE_TRIES = 2 * HALF_HOUR
"""Seconds after which a transient failure is the last one: the third try is at least so late (T6: at most 3)."""


class Action(StrEnum):
    """What is done about an error code (rules-of-the-road T6)."""

    SUPPRESS = "suppress"  # the person said stop: the channel is closed to marketing
    STOP_CHANNEL = "stop channel"  # this number can never be reached on this channel
    SWITCH_CHANNEL = "switch channel"  # the same, and the step goes on with its next channel
    RETRY = "retry"  # at most three tries, at least half an hour apart
    BACK_OFF = "back off"  # nothing was processed: later, not counted as a try
    WAIT_FOR_MIDNIGHT = "wait for midnight"  # the sender's day is full until 00:00 Pacific
    PAUSE_SENDER = "pause sender"  # until an operator looks
    DROP_AND_PAUSE = "drop and pause"  # the same, and never this text again
    STOP_ALL = "stop all"  # nothing can leave by this account until an operator looks
    USE_TEMPLATE = "use template"  # WhatsApp: free text is not allowed now


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one error code says. `retry_after` is in seconds, for TEMPORARY ones that name or imply a time."""

    blame: Blame
    action: Action
    reason: str
    remedy: str = ""
    retry_after: float | None = None

    @property
    def halts(self) -> str:
        """What must hold still until an operator looks: "sender", "account" or ""."""
        holds = {Action.PAUSE_SENDER: "sender", Action.DROP_AND_PAUSE: "sender", Action.STOP_ALL: "account"}
        return holds.get(self.action, "")


_FIX_NUMBER = "Correct the lead's number or use another channel"
_OTHER_CHANNEL = "Use another channel for this lead"
_PAUSE = "Pause this sender until it is solved at Twilio"

MEANINGS: Mapping[int, Meaning] = {
    20003: Meaning(
        Blame.SENDER, Action.STOP_ALL, "Twilio does not accept our credentials", "Check the account SID and auth token"
    ),
    20429: Meaning(
        Blame.TEMPORARY, Action.BACK_OFF, "Twilio has too many requests from us; this one was not processed"
    ),
    21211: Meaning(Blame.RECIPIENT, Action.STOP_CHANNEL, "The number is not valid", _FIX_NUMBER),
    21214: Meaning(Blame.RECIPIENT, Action.STOP_CHANNEL, "The number cannot be reached", _FIX_NUMBER),
    21217: Meaning(Blame.RECIPIENT, Action.STOP_CHANNEL, "The number does not look like a phone number", _FIX_NUMBER),
    21610: Meaning(Blame.OPT_OUT, Action.SUPPRESS, "The person has opted out of messages from this sender"),
    21611: Meaning(Blame.SENDER, Action.PAUSE_SENDER, "This sender's queue at Twilio is full", _PAUSE),
    21612: Meaning(
        Blame.RECIPIENT, Action.SWITCH_CHANNEL, "The number cannot get messages from this sender", _OTHER_CHANNEL
    ),
    21614: Meaning(Blame.RECIPIENT, Action.SWITCH_CHANNEL, "The number is not a mobile number", _OTHER_CHANNEL),
    30001: Meaning(
        Blame.TEMPORARY, Action.RETRY, "The message waited too long in the carrier's queue", retry_after=HALF_HOUR
    ),
    30003: Meaning(Blame.TEMPORARY, Action.RETRY, "The phone is switched off or out of reach", retry_after=HALF_HOUR),
    30004: Meaning(
        Blame.RECIPIENT, Action.STOP_CHANNEL, "The person or their carrier blocks our messages", _OTHER_CHANNEL
    ),
    30005: Meaning(Blame.RECIPIENT, Action.STOP_CHANNEL, "The number does not exist", _FIX_NUMBER),
    30006: Meaning(
        Blame.RECIPIENT,
        Action.SWITCH_CHANNEL,
        "The number is a landline or its carrier is out of reach",
        _OTHER_CHANNEL,
    ),
    30007: Meaning(Blame.SENDER, Action.DROP_AND_PAUSE, "The carrier filtered the message as unwanted", _PAUSE),
    30008: Meaning(Blame.TEMPORARY, Action.RETRY, "The carrier gave no reason for the failure", retry_after=HALF_HOUR),
    30023: Meaning(
        Blame.SENDER,
        Action.WAIT_FOR_MIDNIGHT,
        "This sender's daily cap at the carrier is reached (it resets at 00:00 Pacific)",
        _PAUSE,
    ),
    30034: Meaning(Blame.SENDER, Action.PAUSE_SENDER, "This US number is not registered for A2P 10DLC", _PAUSE),
    63016: Meaning(
        Blame.CONTENT,
        Action.USE_TEMPLATE,
        "WhatsApp takes free text only within 24 hours of the person's message",
        "Use a template",
    ),
    63017: Meaning(Blame.TEMPORARY, Action.BACK_OFF, "WhatsApp has too many messages from us at the moment"),
}
"""Table T6 of the rules of the road: 20 codes, each with whose fact it is and what is done."""


def meaning_of(code: int) -> Meaning | None:
    """Return what a Twilio error code means, or None for a code that is not in the table."""
    return MEANINGS.get(code)


def free_again(code: str, now: datetime) -> datetime | None:
    """Return when a sender whose day is full may speak again (UTC): the next 00:00 Pacific; None for other codes."""
    meaning = meaning_of(int(code)) if code.isdigit() else None
    if meaning is None or meaning.action is not Action.WAIT_FOR_MIDNIGHT:
        return None
    zone = zone_of(PACIFIC)
    return instant(zone, local_date(zone, now) + timedelta(days=1), 0)


def switches_of(halts: str) -> list[str]:
    """Return the kill switches that an answer about the whole account throws; its senders' are the breakers'."""
    return [f"channel:{Channel.SMS}", f"channel:{Channel.WHATSAPP}"] if halts == "account" else []
