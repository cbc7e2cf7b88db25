"""What happened, in the past tense: one shape for everything the world and our own machinery tell a lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from nurture.domain.changing import value
from nurture.domain.lead import Scalar


class EventKind(StrEnum):
    """Every fact a lead can hear. The first block comes from the world, the second from our own machinery."""

    OPENED = "opened"
    CLICKED = "clicked"  # details: link (name), human (bool)
    REPLIED = "replied"  # details: intent (see replies.Intent), channel
    AUTO_REPLIED = "auto_replied"  # details: returns_on (ISO date, optional)
    DELIVERED = "delivered"
    BOUNCED = "bounced"  # details: hard (bool), channel, code
    COMPLAINED = "complained"
    OPTED_OUT = "opted_out"  # details: channel ("" = all), scope, how
    OPTED_IN = "opted_in"  # details: channel, how
    PREFERRED = "preferred"  # details: topics_off, pace, paused_until (see preferences.Preferences)
    HAPPENED = "happened"  # `name` is the product or CRM event; details are its properties
    LEAD_CHANGED = "lead_changed"  # details: the changed facts, never identity
    TASK_DONE = "task_done"  # details: outcome
    HANDOFF_ACCEPTED = "handoff_accepted"  # name: hand-off id; details: rep
    HANDOFF_REJECTED = "handoff_rejected"  # name: hand-off id; details: rep, reason

    ENROLLED = "enrolled"  # name: sequence; details: version, run, reason
    TOUCHED = "touched"  # the answer of a touch; details: outcome, channel, until, why, sender
    TASK_OPENED = "task_opened"  # details: task
    MOVED = "moved"  # details: stage, reason
    HANDOFF_OPENED = "handoff_opened"  # name: hand-off id; details: handoff (its name in the sequence)
    HANDOFF_FULL = "handoff_full"  # sales has no room; details: handoff
    REPLY_PASSED_ON = "reply_passed_on"  # name: the reply that a person reads now, since no sequence took it
    HANDOFF_CLOSED = "handoff_closed"  # details: outcome (accepted | rejected | expired), reason, rep
    PAUSED = "paused"  # by hand; details: until, why, by
    RESUMED = "resumed"  # by hand; details: by
    STOPPED = "stopped"  # by hand; details: why, by
    SEQUENCE_CHANGED = "sequence_changed"  # name: sequence; details: version that the people inside move to
    SETTLED = "settled"  # a person found out how an uncertain touch ended; details: as (sent | refused), by, why
    RESEND_ORDERED = "resend_ordered"  # by hand, of an uncertain touch; details: again (number of the order), by, why


STOPPING = frozenset(
    {EventKind.REPLIED, EventKind.OPTED_OUT, EventKind.COMPLAINED, EventKind.BOUNCED, EventKind.STOPPED}
)
"""Kinds that silence us from the moment they are stored, before any workflow heard of them (promise 3)."""
_BOUNCED = EventKind.BOUNCED


OUR_OWN = frozenset(
    {
        EventKind.ENROLLED,
        EventKind.TOUCHED,
        EventKind.TASK_OPENED,
        EventKind.MOVED,
        EventKind.HANDOFF_OPENED,
        EventKind.HANDOFF_FULL,
        EventKind.HANDOFF_CLOSED,
        EventKind.REPLY_PASSED_ON,
        EventKind.PAUSED,
        EventKind.RESUMED,
        EventKind.STOPPED,
        EventKind.SEQUENCE_CHANGED,
        EventKind.SETTLED,
        EventKind.RESEND_ORDERED,
    }
)
"""Kinds that our own machinery makes: they say nothing about the lead's interest, so they never score."""


ABOUT_THE_LEDGER = frozenset({EventKind.SETTLED, EventKind.RESEND_ORDERED})
"""Kinds that say something of a touch and nothing of its lead: no planner needs to hear them."""


@value()
class Event:
    """One fact about one lead.

    `id` makes it safe to tell twice; "" for a fact that is made and told in one breath, as in a simulation. `at` is
    UTC, in the time of the configured clock. `touch` is the id of the touch it answers, "" when unknown; `sequence` and
    `step` are read from it. `seq` is its place in the store's inbox (1, 2, …), 0 before it is stored. Details hold
    facts to decide on, never message text or addresses.
    """

    id: str
    kind: EventKind
    lead: str
    at: datetime
    name: str = ""
    touch: str = ""
    sequence: str = ""
    step: str = ""
    details: Mapping[str, Scalar] = field(default_factory=dict)
    seq: int = 0

    @property
    def silences(self) -> bool:
        """Whether marketing must be silent from the moment this is stored."""
        if self.kind is _BOUNCED:
            return bool(self.details.get("hard"))
        return self.kind in STOPPING
