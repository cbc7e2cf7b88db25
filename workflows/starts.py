"""What workflows start with, and what a lead carries over when it continues as new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nurture.domain.clock import TimeScale
from nurture.domain.events import Event
from nurture.domain.orders import HandoffOffer, HandoffOrder
from nurture.domain.rulings import Ruling
from nurture.domain.state import LeadState
from nurture.domain.touch import Touch


@dataclass
class Carried:
    """What survives continue-as-new. `documents` are sequence versions by hash, `trail` is (UTC, words).

    `rulings` are decisions that the store does not keep yet, `decided` counts all that were ever made here.
    """

    state: LeadState
    policies: Mapping[str, Any]
    documents: dict[str, Mapping[str, Any]]
    trail: list[tuple[datetime, str]] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    decided: int = 0


@dataclass
class LeadStart:
    """Who this is, how time runs, and what an earlier run carried over.

    `habits` are the planner's for this run (`nurture.domain.state.HABITS`); 0 for one that began before there were any.
    """

    lead: str
    scale: TimeScale = field(default_factory=TimeScale)
    carried: Carried | None = None
    unheard: list[Event] = field(default_factory=list)
    habits: int = 0


@dataclass
class HandoffStart:
    """The lead that was offered, who got it, how time runs, and when it was opened (UTC)."""

    order: HandoffOrder
    offer: HandoffOffer
    scale: TimeScale
    opened_at: datetime


@dataclass
class ResendStart:
    """An uncertain touch to be sent once more, who ordered it, and how time runs. `touch.again` numbers the order."""

    touch: Touch
    by: str
    scale: TimeScale = field(default_factory=TimeScale)


@dataclass
class EnrolmentStart:
    """Which sequence, why, who is still to come, and whether it holds still. `tally` counts the answers by code."""

    sequence: str
    reason: str
    leads: list[str]
    total: int = 0
    tally: dict[str, int] = field(default_factory=dict)
    paused: bool = False
