"""What the gates look at and what they answer: facts of one moment, reasons and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from nurture.domain.consent import Consent, Suppression
from nurture.domain.halts import Halt
from nurture.domain.lead import Channel, Contact
from nurture.domain.preferences import Preferences
from nurture.domain.touch import LedgerRow


class Refusal(StrEnum):
    """Why a touch was not made: the code in the ledger, in `nurture explain` and in the reports."""

    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    SOURCE_NOT_MAILABLE = "source_not_mailable"
    NOT_WANTED = "not_wanted"  # the person switched this topic off
    ON_BREAK = "on_break"  # the person asked for a pause
    NO_ADDRESS = "no_address"
    STAGE = "stage"
    UNHEARD = "unheard"  # a reply or opt-out is stored that the planner has not heard yet
    HALTED = "halted"
    OUTSIDE_WINDOW = "outside_window"
    QUIET_HOURS = "quiet_hours"
    OVER_CAP = "over_cap"
    SENDER_FULL = "sender_full"
    STALE = "stale"
    HOLDOUT = "holdout"
    BROKEN = "broken"  # the template or a policy cannot be used: the reason says where
    SENDER_TROUBLE = "sender_trouble"  # the mailbox or number is blocked, not the person
    SENDER_PAUSED = "sender_paused"  # its complaints, bounces or refusals stopped it
    SENDER_UNREGISTERED = "sender_unregistered"  # a US number without its campaign or verification (T14)
    PROVIDER_BUSY = "provider_busy"  # a definite "later" of the provider
    NOT_TRIED = "not_tried"  # no worker got to it in its time: nothing is wrong with it


@dataclass(frozen=True, slots=True)
class Verdict:
    """A no. `until` (UTC) makes it "not yet"; without it, it is "never" for this touch."""

    code: Refusal
    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """All that the gates look at, read in one transaction.

    `recent` are the person's wire marks over all sequences of the last 31 days as (channel, UTC), newest last; the
    touch in question is not among them. `unheard` is set when a silencing event is stored that the touch's planner did
    not know (its number is above `Touch.heard`) or that no workflow was told yet. `halted` are the kill switches and
    pauses that match this touch (`channel:sms`, `sequence:x`, `step:x/y`, `template:z`, `sender:s`).
    """

    contact: Contact
    consents: Sequence[Consent] = ()
    suppressions: Sequence[Suppression] = ()
    recent: Sequence[tuple[Channel, datetime]] = ()
    unheard: bool = False
    halted: Sequence[Halt] = ()
    preferences: Preferences = field(default_factory=Preferences)


@dataclass(frozen=True, slots=True)
class Outset:
    """What the store knows before a touch is made, read in one transaction.

    `row` is the touch's own row of an earlier attempt, `first` that of the conversation it continues, each None when
    there is none; `facts` are None when its person is not in the store.
    """

    row: LedgerRow | None
    first: LedgerRow | None
    facts: GateFacts | None
