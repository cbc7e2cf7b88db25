"""What an auditor looks at: ledger and facts as they lie in the store, and what the providers took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MESSAGES = frozenset({"email", "sms", "whatsapp"})
"""Channels whose touches leave us as messages."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One touch of the ledger. Times are our time (UTC); `journey` is its sequence and run, such as `trial.1`.

    `wires` counts how often it reached the wire, `again` how often somebody had it resent.
    """

    touch: str
    lead: str
    journey: str
    channel: str
    state: str
    purpose: str = "marketing"
    message_id: str = ""
    receipt: str = ""
    to: str = ""
    heard: int = 0
    window: str = ""
    timezone: str = ""
    intent_at: datetime | None = None
    wire_at: datetime | None = None
    settled_at: datetime | None = None
    wires: int = 1
    again: int = 0

    @property
    def sequence(self) -> str:
        """The sequence it belongs to."""
        return self.journey.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of the inbox, with its number and the moment it was stored (our time, UTC).

    `told` says whether its workflow has heard it.
    """

    seq: int
    kind: str
    lead: str
    stored_at: datetime
    touch: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    told: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a provider accepted: `key` is its Message-ID or SID, `at` our time (UTC)."""

    key: str
    channel: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """A lead came to a stage at this moment of our time (UTC)."""

    lead: str
    stage: str
    at: datetime


@dataclass(frozen=True)
class Evidence:
    """Everything the audit may know. `policies` and `sequences` are the documents as they were written.

    `homes` is lead -> (time zone, country). `walking` are leads whose workflow is alive now, None when nobody could
    say; `unaccounted` those that came in and were neither enrolled nor refused. Every fact stored and every touch begun
    before `ended_at` (our time, UTC) was waited for. `arrivals` tell of the `covered` channels; their clock is ours
    unless `foreign_clock` is set.
    """

    marks: Sequence[Mark] = ()
    facts: Sequence[Fact] = ()
    arrivals: Sequence[Arrival] = ()
    stands: Sequence[Stand] = ()
    homes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    policies: Mapping[str, Any] = field(default_factory=dict)
    sequences: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    walking: frozenset[str] | None = frozenset()
    covered: frozenset[str] = MESSAGES
    foreign_clock: bool = False
    unaccounted: frozenset[str] = frozenset()
    ended_at: datetime | None = None
