"""What a simulation runs in: its people, its sequences and the doors by which people enter them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nurture.domain.lead import Lead
from nurture.domain.personas import Persona
from nurture.domain.state import Book


@dataclass(frozen=True, slots=True)
class Person:
    """One simulated lead: its facts, its persona, the sequence it enters and when (UTC), and its stage until then."""

    lead: Lead
    persona: Persona
    sequence: str
    enters: datetime
    stage: str = "lead"


@dataclass(frozen=True, slots=True)
class World:
    """What a simulation runs in. `current` maps sequence id to its version; `links` names a template's links.

    `doors` maps a product or CRM event to the sequences that people enter by it, whenever it happens to them.
    """

    book: Book
    current: Mapping[str, str]
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seed: int = 0
    doors: Mapping[str, Sequence[str]] = field(default_factory=dict)
