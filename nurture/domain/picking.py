"""Whose turn it is among reps who all fit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from nurture.domain.tasks import Rep

_NEVER = datetime.min.replace(tzinfo=UTC)


class Pick(StrEnum):
    """How one of several fitting reps is chosen."""

    ROUND_ROBIN = "round_robin"  # who waited longest
    LEAST_BUSY = "least_busy"  # who has the smallest share of their capacity in use
    RANDOM = "random"  # a hash of lead and rep: stable, fair over many leads


def next_of(pick: Pick, free: Sequence[Rep], lead: str) -> Rep:
    """Return whose turn it is; among equals a hash decides, so that no name is favoured."""
    turns = [_turn(pick, rep) for rep in free]
    first = min(turns)
    equals = [rep for rep, turn in zip(free, turns, strict=True) if turn == first]
    return min(equals, key=lambda rep: hashlib.sha256(f"{lead}\0{rep.id}".encode()).digest())


def _turn(pick: Pick, rep: Rep) -> float:
    """Return the sort key of a rep: the smallest goes next."""
    if pick is Pick.ROUND_ROBIN:
        return (rep.last_assigned_at or _NEVER).timestamp()
    return rep.open_tasks / rep.capacity if pick is Pick.LEAST_BUSY else 0.0
