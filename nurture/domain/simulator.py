"""Weeks in seconds: the planner's own functions on an agenda of (time, lead), with personas as the world. No I/O."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from nurture.domain.agenda import Agenda
from nurture.domain.asking import asks_for_opens
from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Wait
from nurture.domain.enrolling import why_not_enter
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.lead import Channel
from nurture.domain.observing import with_fit
from nurture.domain.personas import call_outcome, chance, deeds_after
from nurture.domain.post_room import PostRoom, as_told, lawful_from
from nurture.domain.sales_floor import SalesFloor
from nurture.domain.state import LeadState
from nurture.domain.tally import Tally
from nurture.domain.touch import Answer, Touch
from nurture.domain.world import Person, World

__all__ = ["Person", "Simulator", "World"]

ANSWERED = 0.9
"""How many tasks the reps get done; a guess, not a measurement."""
_ONCE = ""
"""The id of a fact that nobody can tell twice: it is made where it is heard."""
BREATH = 500
"""Turns of the agenda between two words about the progress."""
_ENROLLED, _TOUCHED, _HAPPENED = EventKind.ENROLLED, EventKind.TOUCHED, EventKind.HAPPENED
_CLOSED, _NOT_YET, _SENT, _CALL = EventKind.HANDOFF_CLOSED, Answer.NOT_YET, Answer.SENT, Channel.CALL
"""Looked up once: until Python 3.12 each look-up of a member costs as much as ten comparisons."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector out: states are trees without circles, and it would look at them for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Simulator:
    """Runs people through sequences from `start` (UTC) on; `tally` counts what happens."""

    def __init__(
        self, world: World, people: Iterable[Person], start: datetime, days: float, tally: Tally | None = None
    ) -> None:
        self.world, self.book = world, world.book
        self.start, self.end = start, start + timedelta(days=days)
        self.people: list[Person] = []
        self.states: list[LeadState] = []
        self.awake: list[datetime | None] = []
        self.plans: list[Wait | Done] = []
        self.tally = tally or Tally(start)
        self.floor = SalesFloor(world.book.policies, world.seed)
        self.post = PostRoom(world.book.policies)
        self._agenda = Agenda(self.end)
        self._count = 0
        self._unasked = frozenset() if asks_for_opens(world.book) else frozenset({EventKind.OPENED})
        self._fits: dict[tuple[int, int], int | None] = {}
        for person in people:
            self._arrives(person)

    def run(self, on_progress: Callable[[float], None] | None = None) -> Tally:
        """Let everything happen until the end and return the tally; `on_progress` hears the share of time behind us."""
        with _uncollected():
            self._run(on_progress)
        for person, state, plan in zip(self.people, self.states, self.plans, strict=True):
            self.tally.ends(person, state, plan, self.end)
        return self.tally

    def _run(self, on_progress: Callable[[float], None] | None) -> None:
        for turn, (now, _, who, event) in enumerate(self._agenda, 1):
            if on_progress is not None and turn % BREATH == 0:
                on_progress((now - self.start) / (self.end - self.start))
            if event is None and self.awake[who] != now:
                continue  # a wake-up that a later thought replaced
            if event is not None:
                self._hear(who, event, now)
            self._live(who, now)

    def _arrives(self, person: Person) -> None:
        who = len(self.people)
        self.people.append(person)
        self.states.append(self._fresh(person))
        self.awake.append(None)
        self.plans.append(Wait(until=person.enters, why="is not in yet"))
        opens = self.book.sequences[self.world.current[person.sequence]].enter.on
        if opens:
            told = Event(_ONCE, _HAPPENED, person.lead.id, person.enters, opens)
            self._push(person.enters, who, told)
        if person.sequence not in self.world.doors.get(opens, ()):
            self._push(person.enters, who, self._entering(person.lead.id, person.sequence, person.enters))

    def _fresh(self, person: Person) -> LeadState:
        """Return the first state of a person; people with the very same facts have the same fit, counted once."""
        state, key = LeadState(person.lead, person.stage), (id(person.lead.fields), id(person.lead.known))
        if key not in self._fits:
            self._fits[key] = with_fit(self.book, state).fit
        return replace(state, fit=self._fits[key])

    def _entering(self, lead: str, sequence: str, at: datetime) -> Event:
        facts = {"version": self.world.current[sequence]}
        return Event(_ONCE, _ENROLLED, lead, at, sequence, details=facts)

    def _push(self, at: datetime, who: int, event: Event | None) -> None:
        self._count += 1
        self._agenda.put((at, self._count, who, event))

    def _hear(self, who: int, event: Event, now: datetime) -> None:
        if event.kind is _ENROLLED:
            event = self._admitted(who, event, now)
        if event.kind is _CLOSED:
            self.floor.closes(str(event.details.get("rep") or ""))
        self.tally.hears(event)
        self.states[who] = observe(self.book, self.states[who], event)
        for sequence in self.world.doors.get(event.name, ()) if event.kind is _HAPPENED else ():
            self._hear(who, self._entering(event.lead, sequence, now), now)

    def _admitted(self, who: int, event: Event, now: datetime) -> Event:
        sequence = self.book.sequences[str(event.details["version"])]
        refusal = why_not_enter(self.book, self.states[who], sequence, now) or ""
        self.tally.enters(event.lead, event.name, refusal)
        facts = {**event.details, "refused": refusal}
        return Event(event.id, _ENROLLED, event.lead, event.at, event.name, details=facts)

    def _live(self, who: int, now: datetime) -> None:
        """Carry out everything that is due for this lead, then set its alarm."""
        while True:
            thought = think(self.book, self.states[who], now)
            self.states[who] = thought.state
            decision = thought.decision
            for turn in thought.turns:
                self.tally.turns(turn)
            if isinstance(decision, (Wait, Done)):
                self._sleep(who, decision)
                return
            answer = self._carry_out(who, decision, now)
            self._hear(who, answer, now)
            if answer.details.get("outcome") == _NOT_YET and self._has_one_plan(who):
                self._sleep(who, as_told(answer))
                return

    def _has_one_plan(self, who: int) -> bool:
        """Whether one step of one journey is all that is open: what it was told to wait for is all it waits for."""
        journeys = self.states[who].journeys
        return len(journeys) == 1 and not journeys[0].pending

    def _sleep(self, who: int, decision: Wait | Done) -> None:
        self.plans[who] = decision
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
            case PassOn():
                return self._fact(who, EventKind.REPLY_PASSED_ON, now, decision.reply)
            case Move():
                return self._fact(who, EventKind.MOVED, now, stage=decision.stage)
            case Enroll():
                version = self.world.current.get(decision.target, "")
                facts = {"version": version} if version else {"refused": "unknown sequence"}
                return self._fact(who, _ENROLLED, now, decision.target, **facts)
        raise AssertionError(f"a decision nobody carries out: {type(decision).__name__}")

    def _speak(self, who: int, touch: Touch, now: datetime) -> Event:
        held = self._held(who, touch, now)
        if held is not None:
            return held
        place = self.post.book(touch, self.people[who].lead.country, now)
        if place.at > now:
            return self._not_yet(touch, now, place.at, "sender_full")
        self.tally.speaks(touch, place.sender, place.day, now)
        persona = self.people[who].persona
        links = self.world.links.get(f"{touch.channel}/{touch.template}", ())
        for deed in deeds_after(persona, touch, now, self.world.seed, links):
            event = deed.as_event(touch)
            if event.kind not in self._unasked:
                self._push(deed.at, who, event)
            elif deed.at <= self.end:
                self.tally.hears(event)
        return self._touch_fact(touch, _TOUCHED, now, {"outcome": str(_SENT), "sender": place.sender})

    def _held(self, who: int, touch: Touch, now: datetime) -> Event | None:
        """Return what the last gate says about the hour: law holds texts and calls back, as it will in earnest."""
        opens = lawful_from(self.book.policies, touch, self.states[who].lead, now)
        if opens is None:
            facts = {"outcome": str(Answer.NEVER), "code": "quiet_hours", "why": "no hour is known to be lawful"}
            return self._touch_fact(touch, _TOUCHED, now, facts)
        return None if opens == now else self._not_yet(touch, now, opens, "quiet_hours")

    def _not_yet(self, touch: Touch, now: datetime, until: datetime, code: str) -> Event:
        self.tally.waits(code, until - now)
        facts = {"outcome": str(_NOT_YET), "until": until.isoformat(), "code": code}
        return self._touch_fact(touch, _TOUCHED, now, facts)

    def _ask(self, who: int, decision: AskRep, now: datetime) -> Event:
        touch = decision.touch
        held = self._held(who, touch, now)
        if held is not None:
            return held
        rep = self.states[who].lead.owner or "pool"
        self.tally.asks(touch, rep, now)
        outcome = call_outcome(self.people[who].persona, touch.id, self.world.seed)
        answer = outcome if touch.channel is _CALL else "done"
        if chance(self.world.seed, touch.id, "answered") < ANSWERED:
            done = self._touch_fact(touch, EventKind.TASK_DONE, decision.due_at, {"outcome": answer})
            self._push(decision.due_at, who, done)
        return self._touch_fact(touch, EventKind.TASK_OPENED, now, {})

    def _hand_over(self, who: int, decision: HandOver, now: datetime) -> Event:
        plan = self.book.sequences[decision.version].handoffs[decision.name]
        rep, answer = self.floor.offers(decision.id, plan, self.states[who].lead, now)
        if answer is None:
            self.tally.handoff_waits()
            return self._fact(who, EventKind.HANDOFF_FULL, now, decision.id, handoff=decision.name)
        self.tally.hands_over(decision.name, rep, answer, now)
        facts = {"outcome": answer.outcome, "reason": answer.reason, "rep": rep, "handoff": decision.name}
        closed = self._fact(who, _CLOSED, answer.at, decision.id, **facts)
        self._push(answer.at, who, closed)
        return self._fact(who, EventKind.HANDOFF_OPENED, now, decision.id, handoff=decision.name)

    def _fact(self, who: int, kind: EventKind, at: datetime, about: str = "", **details: str) -> Event:
        return Event(_ONCE, kind, self.people[who].lead.id, at, about, details=details)

    def _touch_fact(self, touch: Touch, kind: EventKind, at: datetime, details: Mapping[str, str]) -> Event:
        told = {**details, "channel": str(touch.channel)}
        return Event(_ONCE, kind, touch.lead, at, "", touch.id, touch.sequence, touch.step, told)
