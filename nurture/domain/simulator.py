"""Weeks in seconds: the planner's own functions on a heap of (time, lead), with personas as the world. No I/O."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, Speak, Wait
from nurture.domain.enrolling import why_not_enter
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.lead import Channel, Lead
from nurture.domain.observing import with_fit
from nurture.domain.personas import Persona, call_outcome, chance, deeds_after
from nurture.domain.sales_floor import SalesFloor
from nurture.domain.senders import cap_on, day_of, in_order_for
from nurture.domain.state import Book, LeadState
from nurture.domain.tally import Tally
from nurture.domain.touch import Answer, Touch

MORNING = timedelta(hours=17)
"""How long a touch waits for a mailbox that is full today: about the next opening."""


@dataclass(frozen=True, slots=True)
class Person:
    """One simulated lead: its facts, its persona, the sequence it enters and when (UTC)."""

    lead: Lead
    persona: Persona
    sequence: str
    enters: datetime


@dataclass(frozen=True, slots=True)
class World:
    """What a simulation runs in. `current` maps sequence id to its version; `links` names a template's links."""

    book: Book
    current: Mapping[str, str]
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seed: int = 0


class Simulator:
    """Runs people through sequences from `start` (UTC) on; `tally` counts what happens."""

    def __init__(self, world: World, people: Iterable[Person], start: datetime, days: float) -> None:
        self.world, self.book = world, world.book
        self.start, self.end = start, start + timedelta(days=days)
        self.people: list[Person] = []
        self.states: list[LeadState] = []
        self.awake: list[datetime | None] = []
        self.tally = Tally(start)
        self.floor = SalesFloor(world.book.policies, world.seed)
        self._heap: list[tuple[datetime, int, int, Event | None]] = []
        self._count = 0
        self._booked: dict[tuple[str, object], int] = {}
        for person in people:
            self._arrives(person)

    def run(self) -> Tally:
        """Let everything happen until the end and return the tally."""
        heap = self._heap
        while heap and heap[0][0] <= self.end:
            now, _, who, event = heapq.heappop(heap)
            if event is None and self.awake[who] != now:
                continue  # a wake-up that a later thought replaced
            if event is not None:
                self._hear(who, event, now)
            self._live(who, now)
        self._close()
        return self.tally

    def _arrives(self, person: Person) -> None:
        who = len(self.people)
        self.people.append(person)
        self.states.append(with_fit(self.book, LeadState(person.lead)))
        self.awake.append(None)
        facts = {"version": self.world.current[person.sequence]}
        event = Event("enter", EventKind.ENROLLED, person.lead.id, person.enters, person.sequence, details=facts)
        self._push(person.enters, who, event)

    def _push(self, at: datetime, who: int, event: Event | None) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, who, event))

    def _hear(self, who: int, event: Event, now: datetime) -> None:
        if event.kind is EventKind.ENROLLED:
            event = self._admitted(who, event, now)
        if event.kind is EventKind.HANDOFF_CLOSED:
            self.floor.closes(str(event.details.get("rep") or ""))
        self.tally.hears(event)
        self.states[who] = observe(self.book, self.states[who], event)

    def _admitted(self, who: int, event: Event, now: datetime) -> Event:
        sequence = self.book.sequences[str(event.details["version"])]
        refusal = why_not_enter(self.book, self.states[who], sequence, now)
        self.tally.enters(event.name, refusal or "")
        return replace(event, details={**event.details, "refused": refusal or ""})

    def _live(self, who: int, now: datetime) -> None:
        """Carry out everything that is due for this lead, then set its alarm."""
        while True:
            thought = think(self.book, self.states[who], now)
            self.states[who] = thought.state
            decision = thought.decision
            for turn in thought.turns:
                self.tally.turns(turn)
            if isinstance(decision, Wait | Done):
                self._sleep(who, decision)
                return
            self._hear(who, self._carry_out(who, decision, now), now)

    def _sleep(self, who: int, decision: Wait | Done) -> None:
        until = decision.until if isinstance(decision, Wait) else None
        if until is not None and until != self.awake[who]:
            self._push(until, who, None)
        self.awake[who] = until

    def _carry_out(self, who: int, decision: Decision, now: datetime) -> Event:
        match decision:
            case Speak():
                return self._speak(who, decision.touch, now)
            case AskRep():
                return self._ask(who, decision, now)
            case HandOver():
                return self._hand_over(who, decision, now)
            case Move():
                return self._fact(who, EventKind.MOVED, now, details={"stage": decision.stage})
            case Enroll():
                version = self.world.current.get(decision.target, "")
                facts = {"version": version} if version else {"refused": "unknown sequence"}
                return self._fact(who, EventKind.ENROLLED, now, name=decision.target, details=facts)
        raise AssertionError(f"a decision nobody carries out: {type(decision).__name__}")

    def _speak(self, who: int, touch: Touch, now: datetime) -> Event:
        sender = self._sender(touch, now)
        if not sender:
            facts = {"outcome": str(Answer.NOT_YET), "until": (now + MORNING).isoformat(), "code": "sender_full"}
            return self._touch_fact(touch, EventKind.TOUCHED, now, facts)
        self.tally.speaks(touch, sender, now)
        persona = self.people[who].persona
        links = self.world.links.get(f"{touch.channel}/{touch.template}", ())
        for number, deed in enumerate(deeds_after(persona, touch, now, self.world.seed, links)):
            self._push(deed.at, who, deed.as_event(touch, number))
        return self._touch_fact(touch, EventKind.TOUCHED, now, {"outcome": str(Answer.SENT), "sender": sender})

    def _sender(self, touch: Touch, now: datetime) -> str:
        """Return a mailbox with room today, the lead's own first, or "" when all are full."""
        senders = in_order_for(self.book.policies.senders.senders_for(touch.pool, touch.channel), touch.lead)
        for sender in senders[:1] if touch.sticky else senders:
            key = (sender.id, day_of(sender, now))
            if self._booked.get(key, 0) < cap_on(sender, key[1]):
                self._booked[key] = self._booked.get(key, 0) + 1
                return sender.id
        return ""

    def _ask(self, who: int, decision: AskRep, now: datetime) -> Event:
        touch = decision.touch
        rep = self.states[who].lead.owner or "pool"
        self.tally.asks(touch, rep, now)
        outcome = call_outcome(self.people[who].persona, touch.id, self.world.seed)
        answer = outcome if touch.channel is Channel.CALL else "done"
        if chance(self.world.seed, touch.id, "answered") < 0.9:
            done = self._touch_fact(touch, EventKind.TASK_DONE, decision.due_at, {"outcome": answer})
            self._push(decision.due_at, who, done)
        return self._touch_fact(touch, EventKind.TASK_OPENED, now, {})

    def _hand_over(self, who: int, decision: HandOver, now: datetime) -> Event:
        plan = self.book.sequences[decision.version].handoffs[decision.name]
        rep, answer = self.floor.offers(decision.id, plan, self.states[who].lead, now)
        if answer is None:
            self.tally.handoff_waits()
            return self._fact(who, EventKind.HANDOFF_FULL, now, name=decision.id, details={"handoff": decision.name})
        self.tally.hands_over(decision.name, rep, answer)
        facts = {"outcome": answer.outcome, "reason": answer.reason, "rep": rep, "handoff": decision.name}
        closed = self._fact(who, EventKind.HANDOFF_CLOSED, answer.at, name=decision.id, details=facts)
        self._push(answer.at, who, closed)
        return self._fact(who, EventKind.HANDOFF_OPENED, now, name=decision.id, details={"handoff": decision.name})

    def _fact(
        self, who: int, kind: EventKind, at: datetime, *, name: str = "", details: Mapping[str, str] | None = None
    ) -> Event:
        self._count += 1
        return Event(str(self._count), kind, self.people[who].lead.id, at, name, details=details or {})

    def _touch_fact(self, touch: Touch, kind: EventKind, at: datetime, details: Mapping[str, str]) -> Event:
        self._count += 1
        told = {**details, "channel": str(touch.channel)}
        return Event(str(self._count), kind, touch.lead, at, "", touch.id, touch.sequence, touch.step, told)

    def _close(self) -> None:
        for person, state in zip(self.people, self.states, strict=True):
            waiting = think(self.book, state, self.end).decision
            self.tally.ends(person, state, waiting, self.end)
