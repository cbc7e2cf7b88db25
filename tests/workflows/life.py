"""One lead lived by the mind of the worker, without a server: its decisions, its ledger, and where it has been."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from nurture.domain.accounts import Account, Way, accounts_of
from nurture.domain.decisions import Advance, AskRep, Done, Enroll, HandOver, PassOn, Speak, Wait
from nurture.domain.enrolling import why_not_enter
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import advance, decide, observe
from nurture.domain.lead import Lead
from nurture.domain.rulings import Ruling
from nurture.domain.sequence import Ask, Say
from nurture.domain.state import LeadState
from nurture.domain.touch import Answer, LedgerRow, Touch, TouchAnswer, TouchState
from tests.domain.journeys import ROOT
from workflows.mind import Mind
from workflows.starts import Carried

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
"""A Monday morning, eleven o'clock in Berlin."""
_ENDS = {Answer.SENT: TouchState.SENT, Answer.NEVER: TouchState.SUPPRESSED, Answer.UNKNOWN: TouchState.UNCERTAIN}
Visit = tuple[str, int, str, int]
"""(sequence, run, step, visit)."""


@cache
def shipped() -> Mapping[str, Any]:
    """Return the policies we ship, as documents."""
    read = YAML(typ="safe", pure=True)
    found = {path.stem: read.load(path.read_text()) for path in (ROOT / "policies").glob("*.yaml")}
    found["calendars"] = {**found["calendars"], "holiday_dates": {}}
    return found


def sequence(*steps: dict[str, Any], name: str = "trial", **rest: Any) -> dict[str, Any]:
    """Return a sequence of these steps that anybody may enter at any hour."""
    timing = {"timezone": "lead", "fallback_timezone": "UTC", "window": "any-time", **rest.pop("timing", {})}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


class Life:
    """A lead in Berlin with `fields`; `answers` are by step what the send activity says, one after another."""

    def __init__(self, *documents: dict[str, Any], **fields: Any) -> None:
        self.versions = {_version(document): document for document in documents}
        lead = Lead("ada", fields, frozenset({"email", *fields}), "Europe/Berlin", "DE", "form")
        self.now = MONDAY
        self.mind = Mind(Carried(LeadState(lead), shipped(), dict(self.versions)), self.now)
        self.answers: dict[str, list[TouchAnswer]] = {}
        self.rows: dict[str, LedgerRow] = {}
        self.been: set[Visit] = set()
        self.count = 0

    def enters(self, name: str = "trial") -> str:
        """Ask to enter a sequence; return the refusal, "" for none."""
        version = next(v for v, document in self.versions.items() if document["sequence"] == name)
        refusal = why_not_enter(self.mind.book, self.mind.state, self.mind.book.sequences[version], self.now) or ""
        self.hears(EventKind.ENROLLED, name, version=version, refused=refusal, reason="by a test")
        return refusal

    def hears(self, kind: EventKind, name: str = "", *, step: str = "", touch: str = "", **details: Any) -> None:
        """Hear a fact now."""
        self.count += 1
        owner = next((j.sequence for j in self.mind.state.journeys), "")
        of = touch.split("/")[1].rpartition(".")[0] if touch else owner
        event = Event(f"e{self.count}", kind, "ada", self.now, name, touch, of, step, details, self.count)
        self.remember(observe(self.mind.book, self.mind.state, event))
        self.mind.hear(event, self.now)

    def remember(self, state: LeadState) -> None:
        """Walk every turn once more, beside the mind, and note where that led."""
        book = self.mind.book
        decision = decide(book, state, self.now)
        while True:
            for journey in state.journeys:
                step = book.sequence_of(journey).steps.get(journey.step)
                if isinstance(step, Say | Ask):
                    self.been.add((journey.sequence, journey.run, step.id, journey.visits.get(step.id, 0)))
            if not isinstance(decision, Advance):
                return
            state = advance(book, state, decision, self.now)
            decision = decide(book, state, self.now)

    def goes(self, days: float = 60, *, most: int = 400) -> None:
        """Let time pass and carry out what is decided."""
        end = self.now + timedelta(days=days)
        for _ in range(most):
            decision = self.mind.decision
            if isinstance(decision, Done) or (isinstance(decision, Wait) and decision.until > end):
                break
            if isinstance(decision, Wait):
                self.now = max(self.now, decision.until)
                self.remember(self.mind.state)
                self.mind.think(self.now)
            else:
                self._does(decision)
        self.now = max(self.now, end)
        self.remember(self.mind.state)
        self.mind.think(self.now)

    def _does(self, decision: Any) -> None:
        match decision:
            case Speak() | AskRep():
                self._touches(decision.touch, is_task=isinstance(decision, AskRep))
            case HandOver():
                self.hears(EventKind.HANDOFF_OPENED, decision.id, handoff=decision.name)
            case Enroll():
                self.hears(EventKind.ENROLLED, decision.target, refused="unknown_sequence")
            case PassOn():
                self.hears(EventKind.REPLY_PASSED_ON, decision.reply)
            case _:
                self.hears(EventKind.MOVED, stage=decision.stage, reason=decision.why)

    def _touches(self, touch: Touch, *, is_task: bool) -> None:
        given = self.answers.get(touch.step) or [TouchAnswer(Answer.SENT, self.now)]
        answer = given.pop(0) if len(given) > 1 else given[0]
        if answer.answer is not Answer.NOT_YET:
            self.answers.pop(touch.step, None)
            self.rows[touch.id] = _row(touch, answer, self.now)
        told = {"outcome": str(answer.answer), "channel": str(touch.channel), "code": answer.code, "why": answer.why}
        told["until"] = answer.until.isoformat() if answer.until else ""
        opened = is_task and answer.answer is Answer.SENT
        kind = EventKind.TASK_OPENED if opened else EventKind.TOUCHED
        details = {name: value for name, value in told.items() if value}
        self.hears(kind, step=touch.step, touch=touch.id, **details)

    def accounts(self, rulings: list[Ruling] | None = None) -> list[Account]:
        """Return the account of every touch and non-touch, from what the mind wrote down."""
        made = list(self.mind.notebook.rulings) if rulings is None else rulings
        return list(accounts_of(made, list(self.rows.values()), self.mind.book.sequences))

    def gaps(self, rulings: list[Ruling] | None = None) -> list[str]:
        """Return what is not explained, one sentence each: [] when every touch and every non-touch is."""
        accounts = self.accounts(rulings)
        return [*self._unsaid(accounts), *_unreasoned(accounts)]

    def _unsaid(self, accounts: list[Account]) -> Iterator[str]:
        told = [account.row.touch.id for account in accounts if account.row]
        yield from (
            f"{touch} is in the ledger and told {told.count(touch)} times"
            for touch in self.rows
            if told.count(touch) != 1
        )
        visits = {(*account.way, account.step, account.visit) for account in accounts}
        yield from (f"{visit} was visited and is not told" for visit in self.been - visits)
        steps = {(*account.way, account.step) for account in accounts}
        for way in {Way(sequence, run) for sequence, run, _, _ in self.been}:
            path = next(p for p in self.mind.book.sequences.values() if p.id == way.sequence)
            speaking = (step.id for step in path.steps.values() if isinstance(step, Say | Ask))
            yield from (f"{step} of {way} is not told" for step in speaking if (*way, step) not in steps)


def _unreasoned(accounts: list[Account]) -> Iterator[str]:
    for account in accounts:
        ruling = account.decided
        if ruling is None:
            yield f"{account.step} was decided by nobody"
        elif not (ruling.rule and ruling.why and ruling.inputs and ruling.at.tzinfo and ruling.zone):
            yield f"{account.step} lacks a rule, a reason, inputs or a clock: {ruling}"


def never(code: str, why: str) -> list[TouchAnswer]:
    """Return a no for good."""
    return [TouchAnswer(Answer.NEVER, MONDAY, code, why)]


def not_yet(code: str, why: str, days: float = 1.0) -> list[TouchAnswer]:
    """Return a no until so many days after Monday, and then a yes."""
    later = TouchAnswer(Answer.NOT_YET, MONDAY, code, why, MONDAY + timedelta(days=days))
    return [later, TouchAnswer(Answer.SENT, MONDAY)]


def _row(touch: Touch, answer: TouchAnswer, now: datetime) -> LedgerRow:
    row = LedgerRow(touch, "ref", _ENDS[answer.answer], 1, "<m>", "hash", "s", "a@example.com", intent_at=now)
    return replace(row, wire_at=now, settled_at=now, code=answer.code, reason=answer.why)


def _version(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:12]
