"""A lead's state rebuilt from what the store knows: the same planner, told the same facts, given the same answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Wait
from nurture.domain.enrolling import why_not_enter
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.notebook import Notebook
from nurture.domain.observing import with_fit
from nurture.domain.remembered import Remembered, Told, in_order
from nurture.domain.rulings import Ruling
from nurture.domain.state import Book, LeadState
from nurture.domain.tasks import reply_task
from nurture.domain.touch import Answer, Touch

AT_ONCE = timedelta(minutes=2)
"""An answer that came later than this after its wish was put off in between ("not yet"), which nobody wrote down."""
MOST_STEPS = 20_000


@dataclass(frozen=True)
class Rebuilt:
    """The state, what comes next, the hand-offs on the way, and touches that the ledger has and this way did not make.

    Unmade touches mean that facts or policies were others then: the state is not the lost one, and must not be used.
    """

    state: LeadState
    decision: Decision
    handovers: Mapping[str, tuple[HandOver, LeadState]]
    unmade: tuple[str, ...] = ()
    is_news: bool = True
    """Whether anything happened since the state that was kept."""
    rulings: tuple[Ruling, ...] = ()
    """The decisions of this way, as they are thought again."""


def rebuild(book: Book, known: Remembered, until: datetime) -> Rebuilt:
    """Walk the lead's way again up to `until` (UTC). Pure; it decides nothing that the planner would not.

    Where the planner asks for a deed, the store's answer is given at the time it was given; where there is none, the
    deed was put off or never done: it waits for the next moment the store knows of, and at the end it is left to do.
    """
    return _Walk(book, known, until).to_the_end()


class _Walk:
    def __init__(self, book: Book, known: Remembered, until: datetime) -> None:
        self.book, self.known, self.until = book, known, until
        self.facts = deque(in_order(known.facts))
        state = known.base or LeadState(known.lead, known.stage)
        self.begin = self.state = with_fit(book, state)
        self.now = self.facts[0].at if self.facts else until
        self.made: set[str] = set()
        self.notebook = Notebook()
        self.handovers: dict[str, tuple[HandOver, LeadState]] = {}
        self.count = 0

    def to_the_end(self) -> Rebuilt:
        decision = self.think()
        for _ in range(MOST_STEPS):
            if not self.goes_on(decision):
                break
            decision = self.think()
        unmade = tuple(sorted(touch for touch in self.known.touches if touch not in self.made))
        rulings = tuple(self.notebook.rulings)
        return Rebuilt(self.state, decision, self.handovers, unmade, self.state is not self.begin, rulings)

    def think(self) -> Decision:
        book, note, now = self.book, self.notebook.decided, self.now
        thought = think(book, self.state, now, lambda state, decision: note(book, state, decision, now))
        self.state = thought.state
        return thought.decision

    def goes_on(self, decision: Decision) -> bool:
        """Take one step; return False when nothing more is known and nothing more is due."""
        match decision:
            case Wait():
                return self.wait(decision.until)
            case Done():
                return self.wait(None)
            case Speak() | AskRep():
                return self.touch(decision)
            case HandOver():
                return self.hand_over(decision)
            case PassOn():
                return self.pass_on(decision)
            case Enroll():
                return self.enroll(decision)
            case Move():
                return self.move(decision)
        return False

    def wait(self, until: datetime | None) -> bool:
        if self.heard_by(until):
            return True
        if until is None or until > self.until:
            return False
        self.now = max(self.now, until)
        return True

    def heard_by(self, moment: datetime | None) -> bool:
        """Hear the next fact if it came no later than `moment` (None: whenever it came); return whether there was one.

        What was due at the same moment and has no answer was not done: the fact comes first.
        """
        if not self.facts or (moment is not None and self.facts[0].at > moment):
            return False
        fact = self.facts.popleft()
        self.hear(fact, fact.at)
        return True

    def touch(self, decision: Speak | AskRep) -> bool:
        touch, told = decision.touch, self.known.touches.get(decision.touch.id)
        if told is None or told.again < touch.again:
            return self.heard_by(self.now) or self.put_off(touch, self.next_moment())
        if told.at - self.now > AT_ONCE:
            return self.put_off(touch, told.at)
        while self.facts and self.facts[0].at <= told.at:
            fact = self.facts.popleft()
            self.hear(fact, fact.at)
        self.made.add(touch.id)
        self.hear(self.answered(decision, told), told.at)
        return True

    def put_off(self, touch: Touch, until: datetime | None) -> bool:
        if until is None:
            return False
        facts = {"outcome": str(Answer.NOT_YET), "until": until.isoformat(), "channel": str(touch.channel)}
        self.hear(self.about(touch, EventKind.TOUCHED, facts), self.now)
        return True

    def next_moment(self) -> datetime | None:
        """Return the next moment the store knows of, None when it knows of none."""
        ends = [told.at for touch, told in self.known.touches.items() if touch not in self.made and told.at > self.now]
        coming = [fact.at for fact in self.facts if fact.at > self.now][:1]
        return min([*ends, *coming], default=None)

    def answered(self, decision: Speak | AskRep, told: Told) -> Event:
        touch = decision.touch
        sequence = self.book.sequences[touch.version]
        facts: dict[str, str | bool] = {"outcome": str(told.answer), "channel": str(touch.channel)}
        facts |= {name: value for name, value in (("code", told.code), ("why", told.why)) if value}
        if sequence.resend_uncertain and not touch.again and (told.again or told.answer is Answer.UNKNOWN):
            facts |= {"outcome": str(Answer.UNKNOWN), "again": True}
            self.made.discard(touch.id)
        opened = isinstance(decision, AskRep) and told.answer is Answer.SENT
        return self.about(touch, EventKind.TASK_OPENED if opened else EventKind.TOUCHED, facts)

    def hand_over(self, decision: HandOver) -> bool:
        self.handovers[decision.id] = (decision, self.state)
        opened, facts = self.known.offers.get(decision.id), {"handoff": decision.name}
        if opened is not None and opened - self.now <= AT_ONCE:
            self.hear(self.own(EventKind.HANDOFF_OPENED, decision.id, facts), max(opened, self.now))
            return True
        if opened is None and self.heard_by(self.now):
            return True
        if opened is None and self.next_moment() is None:
            return False
        self.hear(self.own(EventKind.HANDOFF_FULL, decision.id, facts), self.now)
        return True

    def pass_on(self, decision: PassOn) -> bool:
        """Take a reply for passed on when its task is there or later things happened; else that is left to do."""
        if reply_task(decision.reply) not in self.known.offers and self.next_moment() is None:
            return False
        self.hear(self.own(EventKind.REPLY_PASSED_ON, decision.reply, {}), self.now)
        return True

    def move(self, decision: Move) -> bool:
        """Take the move that the store dates; clocks of two machines may have put it a little early or late."""
        made = next((f for f in self.facts if _is_move(f, decision.stage) and f.at - self.now <= AT_ONCE), None)
        if made is None and self.state.stage != decision.stage:
            return self.wait(None)
        if made is not None:
            self.facts.remove(made)
        facts = {"stage": decision.stage, "reason": decision.why}
        self.hear(made or self.own(EventKind.MOVED, "", facts), made.at if made else self.now)
        return True

    def enroll(self, decision: Enroll) -> bool:
        version = self.version_of(decision.target)
        facts = {"version": version} if version else {"refused": "unknown_sequence"}
        self.hear(self.own(EventKind.ENROLLED, decision.target, facts), self.now)
        return True

    def version_of(self, sequence: str) -> str:
        """Return the version that was the latest of a sequence at this moment, "" when there is none."""
        versions = self.known.shelf.get(sequence, ())
        return next((v for since, v in reversed(versions) if since <= self.now), versions[0][1] if versions else "")

    def hear(self, event: Event, at: datetime) -> None:
        self.now = max(self.now, at)
        if event.kind is EventKind.ENROLLED and event.details.get("version") and not event.details.get("refused"):
            sequence = self.book.sequences[str(event.details["version"])]
            refused = why_not_enter(self.book, self.state, sequence, self.now) or ""
            event = replace(event, details={**event.details, "refused": refused})
        before, event = self.state, replace(event, at=self.now) if not event.seq else event
        self.state = observe(self.book, before, event)
        self.notebook.heard(self.book, before, self.state, event)

    def about(self, touch: Touch, kind: EventKind, facts: Mapping[str, str | bool]) -> Event:
        event = self.own(kind, "", facts)
        return replace(event, touch=touch.id, sequence=touch.sequence, step=touch.step)

    def own(self, kind: EventKind, name: str, facts: Mapping[str, str | bool]) -> Event:
        self.count += 1
        return Event(f"rebuilt-{self.count}", kind, self.known.lead.id, self.now, name, details=facts)


def _is_move(fact: Event, stage: str) -> bool:
    return fact.kind is EventKind.MOVED and fact.details.get("stage") == stage
