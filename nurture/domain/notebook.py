"""Writes every decision about one lead down as it is made; a wait that goes on is not decided anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from datetime import datetime

from nurture.domain.changing import changed
from nurture.domain.deciding import decide
from nurture.domain.decisions import Decision, Wait
from nurture.domain.events import OUR_OWN, Event
from nurture.domain.rulings import Ruling, ruling_of, rulings_on, with_inputs
from nurture.domain.state import Book, LeadState

MOST = 2_000
"""How many decisions may wait to be kept: more than a history of the longest length can hold."""


class Notebook:
    """The decisions about one lead that nobody keeps yet, oldest first; `count` numbers all that were ever made."""

    def __init__(self, rulings: Iterable[Ruling] = (), count: int = 0) -> None:
        self.rulings: deque[Ruling] = deque(rulings, maxlen=MOST)
        self.count = count
        self._latest = {ruling.sequence: ruling for ruling in self.rulings}

    def decided(self, book: Book, state: LeadState, decision: Decision, now: datetime) -> None:
        """Note a decision made in `state` at `now` (UTC); with a wait, what each other journey waits for."""
        self._note(book, state, ruling_of(state, decision, now, self.count))
        if not isinstance(decision, Wait) or len(state.journeys) == 1:
            return
        for journey in state.journeys:
            if journey.sequence == decision.sequence:
                continue
            other = decide(book, changed(state, journeys=(journey,)), now)
            if isinstance(other, Wait):
                self._note(book, state, ruling_of(state, other, now, self.count))

    def heard(self, book: Book, before: LeadState, after: LeadState, event: Event) -> None:
        """Note what an answer from outside decided; what the person did decides nothing by itself."""
        if event.kind in OUR_OWN and after is not before:
            for ruling in rulings_on(book, before, after, event, self.count):
                self._keep(ruling)

    def let_go(self, kept: Collection[Ruling]) -> None:
        """Forget decisions that are kept elsewhere now."""
        numbers = {ruling.n for ruling in kept}
        while self.rulings and self.rulings[0].n in numbers:
            self.rulings.popleft()

    def _note(self, book: Book, state: LeadState, ruling: Ruling) -> None:
        """Keep a decision unless it only repeats the last one: what it looked at is read for new ones only."""
        last = self._latest.get(ruling.sequence)
        if last is None or _gist(last) != _gist(ruling):
            self._keep(with_inputs(book, state, ruling))

    def _keep(self, ruling: Ruling) -> None:
        self.rulings.append(ruling)
        self._latest[ruling.sequence] = ruling
        self.count += 1


def _gist(ruling: Ruling) -> tuple[object, ...]:
    return ruling.kind, ruling.sequence, ruling.step, ruling.visit, ruling.rule, ruling.why, ruling.until
