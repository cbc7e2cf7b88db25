"""What a test saw: every deed in its order, and a line of the log for each thing that happened and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nurture.domain.decisions import Advance, Turn
from nurture.domain.touch import Touch


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened at `at` (UTC), and why."""

    at: datetime
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A hand-off that was made: who got it ("" is the inbox), why they, and by when (UTC) they must accept."""

    id: str
    name: str
    rep: str
    why: str
    accept_by: datetime


@dataclass
class Record:
    """The whole story of one test. `missed` are the happenings whose moment never came, by their place in the list."""

    log: list[Line] = field(default_factory=list)
    sent: list[Touch] = field(default_factory=list)
    tasks: list[Touch] = field(default_factory=list)
    task_reps: list[str] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    enrolled_in: list[str] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)
    refused: str = ""
    missed: list[int] = field(default_factory=list)
    flaws: dict[int, str] = field(default_factory=dict)
    stage: str = ""
    score: float = 0.0
    temperature: str = ""
    outcome: str = ""

    def notes(self, at: datetime, what: str, why: str = "") -> None:
        """Write a line into the log."""
        self.log.append(Line(at, what, why))

    def turns(self, at: datetime, turn: Advance) -> None:
        """Write an inner turn of the planner into the log."""
        if turn.turn is Turn.ACT and turn.rule == "step":
            self.acted.append(turn.step)
        self.notes(at, _words(turn), f"{turn.why} [{turn.rule}]")

    def touch_of(self, step: str) -> Touch | None:
        """Return the last message or task of a step, or of any step for ""."""
        made = [touch for touch in (*self.sent, *self.tasks) if step in ("", touch.step)]
        return made[-1] if made else None

    @property
    def happened(self) -> set[str]:
        """The steps at which something was said, asked or set in motion."""
        return {touch.step for touch in (*self.sent, *self.tasks)} | set(self.acted)


def _words(turn: Advance) -> str:
    where = turn.step or "the end"
    match turn.turn:
        case Turn.GO:
            return f"{where}: goes on to {turn.to or 'the end'}"
        case Turn.REPLAN:
            return f"{where}: puts it off"
        case Turn.PAUSE:
            return f"{where}: pauses"
        case Turn.RESUME:
            return f"{where}: resumes"
        case Turn.STOP:
            return f"{where}: the sequence ends"
        case Turn.RETRY:
            return f"{where}: will ask the rep again"
        case Turn.DROP:
            return f"{where}: leaves that out"
    return f"{where}: acts"
