"""One lead's planner at work: its state, what it heard, the next decision, and the trail of how that came about."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nurture.domain.build import sequence_of
from nurture.domain.decisions import Advance, Decision, Done
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.notebook import Notebook
from nurture.domain.observing import with_fit
from nurture.domain.policies import Policies
from nurture.domain.state import Book
from workflows.starts import Carried

TRAIL = 60
"""How many lines of reasons are carried."""


class Mind:
    """Drives the pure planner for one lead. Every method takes the present (UTC, our time) as an argument.

    `notebook` holds its decisions that the store does not keep yet; `moved_because` is why the lead moved to a stage
    that is written down when it rests, "" when there is none.
    """

    def __init__(self, carried: Carried, now: datetime) -> None:
        self.policies, self.documents = carried.policies, carried.documents
        self.trail: deque[tuple[datetime, str]] = deque(carried.trail, maxlen=TRAIL)
        self.notebook = Notebook(carried.rulings, carried.decided)
        self.moved_because = ""
        self.book = self._book()
        self.state = carried.state if carried.state.fit is not None else with_fit(self.book, carried.state)
        self.decision: Decision = self.think(now)

    def think(self, now: datetime) -> Decision:
        """Take all inner turns and return (and remember) what is left to do."""
        book, note = self.book, self.notebook.decided
        thought = think(book, self.state, now, lambda state, decision: note(book, state, decision, now))
        self.state, self.decision = thought.state, thought.decision
        self.trail.extend((now, _words(turn)) for turn in thought.turns)
        return self.decision

    def hear(self, event: Event, now: datetime) -> Decision:
        """Observe a fact and think again."""
        before, self.state = self.state, observe(self.book, self.state, event)
        self.notebook.heard(self.book, before, self.state, event)
        self.trail.append((now, told(event)))
        return self.think(now)

    def rests_at(self, stage: str, now: datetime) -> bool:
        """Whether nothing is left to do or to wait for once the lead stands at this stage."""
        there = Event("", EventKind.MOVED, self.state.lead.id, now, details={"stage": stage})
        return isinstance(think(self.book, observe(self.book, self.state, there), now).decision, Done)

    def learn(self, version: str, document: Mapping[str, Any]) -> None:
        """Take in a sequence version before an enrolment into it is heard."""
        if version not in self.documents:
            self.documents[version] = document
            self.book = self._book()

    def version_of(self, sequence: str) -> str:
        """Return the version of a sequence that this lead is in, or is to move to; "" when it is not in it."""
        found = (j.moves_to or j.version for j in self.state.journeys if j.sequence == sequence)
        return next(found, "")

    def carried(self) -> Carried:
        """Return what the next run of this workflow needs; versions no journey is pinned to are left behind."""
        pinned = {version for journey in self.state.journeys for version in (journey.version, journey.moves_to)}
        kept = {version: document for version, document in self.documents.items() if version in pinned}
        return Carried(
            self.state, self.policies, kept, list(self.trail), list(self.notebook.rulings), self.notebook.count
        )

    def _book(self) -> Book:
        sequences = {version: sequence_of(version, document) for version, document in self.documents.items()}
        return Book(sequences, Policies.from_document(self.policies))


def told(event: Event) -> str:
    """Return a fact in a few words: `replied (intent interested)`, `touched welcome (outcome sent)`."""
    what = " ".join(filter(None, [event.kind.replace("_", " "), event.name, event.step]))
    kept = ("intent", "outcome", "why", "reason", "stage", "channel", "link", "code", "until", "rep", "refused")
    facts = ", ".join(f"{key} {event.details[key]}" for key in kept if event.details.get(key))
    return f"{what} ({facts})" if facts else what


def _words(turn: Advance) -> str:
    where = f" to {turn.to}" if turn.to and turn.to != turn.step else ""
    when = f" until {turn.until:%a %d %b %H:%M} UTC" if turn.until else ""
    return f"{turn.sequence}/{turn.step or 'end'}: {turn.turn}{where}{when} because {turn.why} [{turn.rule}]"
