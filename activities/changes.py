"""Bringing the people inside a sequence to its new version: who is inside, and telling each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from temporalio import activity

from nurture.domain import ports
from nurture.domain.orders import SequenceFile

AT_ONCE = 20
"""Leads asked at the same time where they stand."""


@dataclass(frozen=True, slots=True)
class Inside:
    """One journey of a sequence that runs now: whose, on which version, at which step and in which state."""

    lead: str
    version: str
    step: str
    status: str


@dataclass(frozen=True, slots=True)
class ChangeBite:
    """A few leads that are to move to a version of a sequence."""

    sequence: str
    version: str
    leads: tuple[str, ...]


class Walkers(Protocol):
    """The leads whose workflows run."""

    async def awake(self) -> list[str]:
        """Return the leads that are awake."""
        ...

    async def ask(self, lead: str) -> Mapping[str, Any] | None:
        """Return what a lead's workflow says of itself, None when it rests."""
        ...

    async def change(self, lead: str, file: SequenceFile) -> str:
        """Let a lead move to a version; return the version it is in then, "" when it is not inside."""
        ...


@dataclass(frozen=True)
class Changes:
    """`walkers` reaches the workflows; leads at rest are in no sequence, so nobody has to wake for this."""

    walkers: Callable[[], Walkers]
    library: ports.Library

    @activity.defn(name="people_inside")
    async def find(self, sequence: str, version: str) -> list[str]:
        """Return the leads that are inside the sequence on another version than this one."""
        found: list[str] = []
        async for inside in self.inside(sequence):
            activity.heartbeat(len(found))
            if inside.version != version:
                found.append(inside.lead)
        return found

    @activity.defn(name="change_some")
    async def change(self, bite: ChangeBite) -> list[str]:
        """Tell each lead of the bite; return `moves` or `left` (it ended meanwhile) for each. Safe to repeat."""
        found = await self.library.fetch(bite.sequence, bite.version)
        if found is None:
            return ["unknown_version"] * len(bite.leads)
        file, answers = SequenceFile(bite.sequence, *found), []
        for lead in bite.leads:
            answers.append("moves" if await self.walkers().change(lead, file) == bite.version else "left")
            activity.heartbeat(len(answers))
        return answers

    async def inside(self, sequence: str) -> AsyncIterator[Inside]:
        """Yield everybody who is inside the sequence now; each is asked by a query, which leaves no trace."""
        walkers = self.walkers()
        for some in _in_bites(await walkers.awake()):
            pictures = await asyncio.gather(*(walkers.ask(lead) for lead in some))
            for lead, picture in zip(some, pictures, strict=True):
                for journey in (picture or {}).get("state", {}).get("journeys", ()):
                    if journey["sequence"] == sequence:
                        version = journey.get("moves_to") or journey["version"]
                        yield Inside(lead, version, journey["step"], journey["status"])


def _in_bites(leads: Iterable[str]) -> list[list[str]]:
    left = iter(leads)
    return list(iter(lambda: list(islice(left, AT_ONCE)), []))
