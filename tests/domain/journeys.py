"""A lead walked by the planner alone: the clock is turned by hand, and every deed succeeds unless a story says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from nurture.domain.build import build
from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Wait
from nurture.domain.enrolling import why_not_enter
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.lead import Lead
from nurture.domain.observing import with_fit
from nurture.domain.outlook import as_if_done
from nurture.domain.policies import Policies
from nurture.domain.state import Book, LeadState

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
"""A Monday morning without a holiday nearby."""

ROOT = Path(__file__).parents[2]


@cache
def shipped_policies(*, caps: bool = False) -> Policies:
    """Return the policies we ship, without frequency caps unless a story is about them."""
    read = YAML(typ="safe", pure=True)
    document = {path.stem: read.load(path.read_text()) for path in (ROOT / "policies").glob("*.yaml")}
    policies = Policies.from_document(document)
    return policies if caps else replace(policies, caps=())


class Walk:
    """One lead on its way through one or more sequences. `log` is what was done, as (step or deed)."""

    def __init__(self, *documents: Mapping[str, Any], policies: Policies | None = None, **facts: Any) -> None:
        sequences = {document["sequence"]: build(document["sequence"], document) for document in documents}
        self.book = Book(sequences, policies or shipped_policies())
        fields = {"company_size": 50, **facts}
        lead = Lead("ada", fields, frozenset({"email", *fields}), "UTC", "GB", "form")
        self.now = MONDAY
        self.state = with_fit(self.book, LeadState(lead))
        self.log: list[str] = []
        self.why: dict[str, str] = {}
        self.turns: list[str] = []
        self.count = 0

    def enrols(self, sequence: str) -> str | None:
        """Enter a sequence now; return the refusal, if any."""
        refusal = why_not_enter(self.book, self.state, self.book.sequences[sequence], self.now)
        self.hears(EventKind.ENROLLED, sequence, version=sequence, refused=refusal or "")
        return refusal

    def hears(self, kind: EventKind, name: str = "", *, step: str = "", sequence: str = "", **details: Any) -> None:
        """Hear a fact at the present moment."""
        self.count += 1
        owner = sequence or (self.state.journeys[0].sequence if self.state.journeys else "")
        event = Event(f"e{self.count}", kind, "ada", self.now, name, "", owner, step, details, self.count)
        self.state = observe(self.book, self.state, event)

    def hears_of(self, name: str, properties: Mapping[str, Any]) -> None:
        """Hear of a product or CRM event with its properties."""
        self.count += 1
        event = Event(f"e{self.count}", EventKind.HAPPENED, "ada", self.now, name, details=properties, seq=self.count)
        self.state = observe(self.book, self.state, event)

    def goes(self, days: float = 365.0, *, most: int = 50) -> Decision:
        """Let time pass and do what is decided, for `days` or until nothing is left; return the last word."""
        end = self.now + timedelta(days=days)
        for _ in range(500):
            thought = think(self.book, self.state, self.now)
            self.state, decision = thought.state, thought.decision
            self.turns += [f"{turn.turn} {turn.rule}: {turn.why}" for turn in thought.turns]
            if isinstance(decision, Done) or len(self.log) >= most:
                return decision
            if isinstance(decision, Wait):
                if decision.until > end:
                    self.now = end
                    return decision
                self.now = decision.until
                continue
            self._does(decision)
        raise AssertionError("the lead never comes to rest")

    def _does(self, decision: Decision) -> None:
        self.count += 1
        event = replace(as_if_done(self.state, decision, self.now, self.count), id=f"d{self.count}")
        match decision:
            case Speak():
                self.log.append(f"{decision.step}:{decision.touch.channel}")
            case AskRep():
                self.log.append(f"{decision.step}:{decision.kind}")
            case HandOver():
                self.log.append(f"handoff:{decision.name}")
            case PassOn():
                self.log.append("passes on")
            case Move():
                self.log.append(f"move:{decision.stage}")
            case Enroll():
                self.log.append(f"enroll:{decision.target}")
                if decision.target in self.book.sequences:
                    event = replace(event, details={"version": decision.target})
        self.why[decision.step] = decision.why
        self.state = observe(self.book, self.state, event)
