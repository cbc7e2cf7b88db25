"""What a condition sees when it asks about a lead: facts, scores and what was heard since a moment."""

from __future__ import annotations

from datetime import datetime

from nurture.domain.lead import Scalar
from nurture.domain.score import engagement, most, temperature
from nurture.domain.state import Book, Journey, LeadState


class JourneyView:
    """One journey's sight of its lead at `now`; facts heard at or before `since` are out of sight (UTC)."""

    __slots__ = ("_book", "_journey", "_score", "_since", "_state", "now")

    def __init__(
        self, book: Book, state: LeadState, journey: Journey | None, now: datetime, since: datetime | None = None
    ) -> None:
        self._book, self._state, self._journey, self._since = book, state, journey, since
        self._score: float | None = None
        self.now = now

    def field(self, name: str) -> Scalar:
        """Return a field of the lead, None when it has no value; `stage` is where the lead stands now."""
        return self._state.stage if name == "stage" else self._state.lead.fields.get(name)

    def known(self, name: str) -> bool:
        """Whether a field has a value; the value itself of a name or address is never seen here."""
        return name in self._state.lead.known

    def number(self, name: str) -> float:
        """Return `score`, `fit` or `engagement`, in points."""
        if name == "fit":
            return float(self._state.fit or 0)
        if self._score is None:
            self._score = engagement(self._book.policies.score, self._state.card, self.now)
        return self._score if name == "engagement" else self._score + float(self._state.fit or 0)

    def at_most(self, name: str) -> float:
        """Return what `number` does not exceed, without the work of fading any points."""
        if self._score is not None or name == "fit":
            return self.number(name)
        earned = most(self._book.policies.score, self._state.card)
        return earned if name == "engagement" else earned + float(self._state.fit or 0)

    def stage(self) -> str:
        """Return the lead's stage."""
        return self._state.stage

    def temperature(self) -> str:
        """Return the band of the score: hot, warm or cold."""
        return temperature(self._book.policies.score, self.number("score"))

    def last(self, key: str) -> datetime | None:
        """Return when the fact under this key (see memory.fact_key) was last heard, None when it was not."""
        heard = self._journey.memory.get(key) if self._journey else None
        return None if heard is None or (self._since is not None and heard <= self._since) else heard

    def outcome(self, step: str) -> str:
        """Return what a rep answered at this step, "" when there is no answer."""
        return self._journey.outcomes.get(step, "") if self._journey else ""
