"""Sweeping the store for people who came to belong to a sequence's segment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from temporalio import activity
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter

from nurture.domain import ports, segments
from nurture.domain.build import sequence_of
from nurture.domain.lead import Contact
from nurture.domain.policies import Policies
from nurture.domain.segments import Look
from nurture.domain.sequence import Sequence as Plan
from nurture.domain.state import Book, LeadState

MOST = 2_000
"""Leads one sweep asks at most; the next one takes the others."""
BEAT = 500
"""People looked at between two heartbeats."""


@dataclass(frozen=True)
class Sweeps:
    """Finds whom to ask, and remembers what they answered. Looking changes nothing."""

    leads: ports.Leads
    inbox: ports.Inbox
    library: ports.Library
    memory: segments.Sweeps
    clock: ports.Clock
    policies: Callable[[], Policies]

    @activity.defn(name="sweep")
    async def find(self, sequence: str) -> list[str]:
        """Return the leads to ask, oldest first: those in the segment who may enter and were not asked lately."""
        found: list[str] = []
        seen = 0
        async for look in self.look(sequence):
            seen += 1
            if seen % BEAT == 0:
                activity.heartbeat(seen)
            if not look.code:
                found.append(look.lead)
            if len(found) >= MOST:
                break
        return found

    @activity.defn(name="note_sweep")
    async def note(self, sequence: str, answers: Mapping[str, str]) -> None:
        """Remember what the leads that were asked answered, "" for "enrolled"."""
        await self.memory.note(sequence, answers, self.clock.now())

    async def look(self, sequence: str) -> AsyncIterator[Look]:
        """Judge everybody in the store, oldest first; nobody when the sequence has no segment (any more)."""
        file, now = await self.library.fetch(sequence), self.clock.now()
        if file is None or (plan := sequence_of(*file)).enter.segment is None:
            return
        asked = await self.memory.asked(sequence)
        book = Book({plan.version: plan}, self.policies())
        async for contact in self.leads.all():
            if not segments.is_due(plan, asked.get(contact.id), now):
                yield Look(contact.id, "asked_before", asked[contact.id].answer or "entered")
                continue
            state = await self._standing(book, plan, contact)
            yield segments.judge(book, plan, state, now)

    async def _standing(self, book: Book, plan: Plan, contact: Contact) -> LeadState:
        """Return where somebody stands; whoever is out by plain facts alone costs no further reading."""
        plain = segments.standing_for(book, contact, None, ())
        if not segments.needs_points(plan) and segments.judge(book, plan, plain, self.clock.now()).code:
            return plain
        snapshot = await self.leads.snapshot(contact.id)
        heard = await self.inbox.of_lead(contact.id)
        return segments.standing_for(book, contact, _thaw(snapshot) if snapshot else None, heard)


def _thaw(snapshot: str) -> LeadState:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=snapshot.encode())
    state: LeadState = pydantic_data_converter.payload_converter.from_payload(payload, LeadState)
    return state
