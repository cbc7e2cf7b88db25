"""Any order of what the world says and how touches end, with the planner alone: no cell of it may break a promise."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from temporalio.converter import DataConverter

from nurture.domain.build import build
from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Turn, Wait
from nurture.domain.enrolling import why_not_enter
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.lead import Channel, Lead
from nurture.domain.observing import with_fit
from nurture.domain.state import Book, LeadState, Status
from nurture.domain.touch import Answer, Touch
from tests.depth import control, depth
from tests.domain.journeys import MONDAY, shipped_policies

STORY = {
    "sequence": "story",
    "purpose": "marketing",
    "enter": {"by_hand": True, "again": "always", "priority": 20, "alone": True},
    "timing": {"timezone": "UTC", "window": "office-hours", "when_late": "skip after 3 days"},
    "limits": {"email": "2 per week"},
    "stop": [
        {"when": "replied(interested)", "then": {"move": "mql", "handoff": "sales"}},
        {"when": "replied(not_now)", "then": {"move": "nurture", "enroll": "long"}},
        {"when": "happened(meeting_booked)", "then": {"move": "sql"}},
    ],
    "pause": [
        {"when": "out_of_office", "until": "return date, else 3 business days", "at_most": "2 times"},
        {"when": "happened(ticket_opened)", "until": "happened(ticket_closed), at most 10 days"},
    ],
    "watch": [{"when": "clicked(any)", "then": {"handoff": "sales"}}],
    "steps": [
        {"id": "welcome", "after": "20 minutes", "email": "welcome"},
        {"id": "first", "wait_for": "happened(used)", "up_to": "2 days", "else": [{"id": "help", "email": "help"}]},
        {
            "id": "call",
            "call": "pricing",
            "wait": "up to 2 business days",
            "outcomes": {"no_answer": {"retry": "2 times", "every": "1 business day", "else": "continue"}},
        },
        {"id": "nudge", "after": "1 day", "first_possible": [{"whatsapp": "n"}, {"sms": "n"}, {"email": "n"}]},
        {"id": "desk", "handoff": "sales"},
        {"id": "last", "after": "1 day", "email": "last", "only_if": "not replied"},
    ],
    "handoffs": {
        "sales": {
            "route": "sdr",
            "accepted": {"move": "sal"},
            "rejected": {"bad_data": {"resume": "here"}, "not_now": {"move": "nurture"}},
        }
    },
}
LONG = {
    "sequence": "long",
    "purpose": "marketing",
    "enter": {"by_hand": True, "again": "always", "priority": 10, "alone": True},
    "timing": {"timezone": "UTC", "window": "any-time", "when_late": "next window"},
    "steps": [
        {"id": "one", "after": "1 day", "email": "one"},
        {"id": "two", "after": "2 days", "sms": "two"},
        {"id": "three", "after": "1 week", "email": "three"},
    ],
}
CONVERTER = DataConverter.default.payload_converter
LONGEST = timedelta(days=400)
"""After which a lead that nobody talks to must have come to rest."""


class Person(RuleBasedStateMachine):
    """One lead, the world around it, and what a person would count on their fingers."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book({name: build(name, spec) for name, spec in (("story", STORY), ("long", LONG))}, POLICIES)
        lead = Lead("ada", {"company_size": 50}, frozenset({"email", "phone"}), "UTC", "GB", "form")
        self.state, self.now, self.count = with_fit(self.book, LeadState(lead)), MONDAY, 0
        self.ends: dict[str, Answer] = {}
        self.asked: set[str] = set()
        self.left: list[tuple[Channel, datetime]] = []
        self.in_flight: Touch | None = None
        self.opted_out = False
        self.stopped: set[tuple[str, int]] = set()
        self.replied: set[tuple[str, int]] = set()  # (sequence, run) whose lead answered since it was last resumed

    # --- the machinery -----------------------------------------------------------------------------------------------

    def hear(self, kind: EventKind, name: str = "", touch: Touch | None = None, **details: object) -> None:
        """Hear a fact, twice as the relay may; no two facts have the same moment."""
        self.count += 1
        self.now += timedelta(seconds=1)
        event = Event(f"e{self.count}", kind, "ada", self.now, name, details=details, seq=self.count)
        if touch is not None:
            event = replace(event, touch=touch.id, sequence=touch.sequence, step=touch.step)
        self.state = observe(self.book, self.state, event)
        assert observe(self.book, self.state, event) == self.state, "telling twice changed something"

    def think(self) -> Decision:
        """Take the inner turns."""
        thought = think(self.book, self.state, self.now)
        assert think(self.book, thought.state, self.now).decision == thought.decision, "thinking again is another plan"
        self.state = thought.state
        for turn in thought.turns:
            if (turn.turn, turn.rule) == (Turn.RESUME, "handoff"):  # sales let it lie for 30 days: the sequence goes on
                self.replied = {(name, run) for name, run in self.replied if name != turn.sequence}
        return thought.decision

    def carry_out(self, decision: Decision) -> None:
        """Do what was decided; a touch stays in flight until its answer is drawn."""
        match decision:
            case Speak() | AskRep():
                self.promises_hold_for(decision.touch)
                self.in_flight = decision.touch
            case HandOver():
                self.hear(EventKind.HANDOFF_OPENED, decision.id, handoff=decision.name)
            case PassOn():
                self.hear(EventKind.REPLY_PASSED_ON, decision.reply)
            case Move():
                self.hear(EventKind.MOVED, stage=decision.stage)
            case Enroll():
                self.enters(decision.target)

    def enters(self, sequence: str) -> None:
        """Enter a sequence, or be refused."""
        refusal = why_not_enter(self.book, self.state, self.book.sequences[sequence], self.now) or ""
        self.hear(EventKind.ENROLLED, sequence, version=sequence, refused=refusal)

    def promises_hold_for(self, touch: Touch) -> None:
        """Assert all that must be true when the planner wants to speak."""
        assert touch.id not in self.ends, f"{touch.id} came to an end as {self.ends.get(touch.id)}"
        assert not self.opted_out, "a marketing touch after the opt-out"
        journey = next(j for j in self.state.journeys if j.sequence == touch.sequence)
        assert (journey.sequence, journey.run) not in self.replied, "a touch after the reply"
        assert (journey.sequence, journey.run) not in self.stopped, "a touch after it was stopped by hand"
        assert journey.status is Status.OPEN, f"a touch of a journey that is {journey.status}"
        assert self.state.pause is None or self.now >= self.state.pause.until, "a touch of a lead that is paused"
        assert not journey.pending or journey.pending[0].at, "a touch before the consequences are done"
        assert touch.channel not in self.state.lead.unreachable, "a touch on a channel that is closed"
        caps = (*self.book.policies.caps, *self.book.sequences[touch.sequence].caps)
        for scope, most, days in caps:
            if scope not in ("any", touch.channel):
                continue
            since = self.now - timedelta(days=days)
            seen = sum(at > since for channel, at in self.left if scope in ("any", channel))
            assert seen < most, f"{seen + 1} {scope} touches in {days} days"

    # --- what happens -------------------------------------------------------------------------------------------------

    @initialize(both=st.booleans())
    def comes_in(self, both: bool) -> None:
        self.enters("story")
        if both:
            self.enters("long")

    @rule(sequence=st.sampled_from(["story", "long"]), often=st.integers(0, 2))
    def comes_in_again(self, sequence: str, often: int) -> None:
        if often == 0:
            self.enters(sequence)

    @precondition(lambda self: self.in_flight is None)
    @rule(deeds=st.integers(1, 4))
    def the_worker_goes_on(self, deeds: int) -> None:
        """Carry out what is due, and let the time pass up to the next thing that is."""
        for _ in range(deeds):
            decision = self.think()
            if isinstance(decision, Done):
                return
            if isinstance(decision, Wait):
                assert decision.until > self.now, "a wait that is over already"
                self.now = min(decision.until, self.now + timedelta(days=40))
            else:
                self.carry_out(decision)
            if self.in_flight is not None:
                return

    @precondition(lambda self: self.in_flight is not None)
    @rule(answer=st.sampled_from([Answer.SENT] * 4 + list(Answer)), minutes=st.sampled_from([0, 1, 200]))
    def the_touch_comes_to_an_end(self, answer: Answer, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.ends_as(answer)

    def ends_as(self, answer: Answer) -> None:
        """Hear the answer of the touch in flight, as its activity would tell it."""
        assert self.in_flight is not None
        touch, self.in_flight = self.in_flight, None
        facts = {"outcome": str(answer), "channel": str(touch.channel)}
        if answer is Answer.NOT_YET:
            facts["until"] = (self.now + timedelta(hours=3)).isoformat()
        else:
            self.ends[touch.id] = answer
        if answer in (Answer.SENT, Answer.UNKNOWN):
            self.left.append((touch.channel, self.now))
        if touch.channel is Channel.CALL and answer is Answer.SENT:
            self.asked.add(touch.step)
            self.hear(EventKind.TASK_OPENED, touch=touch, **facts)
        else:
            self.hear(EventKind.TOUCHED, touch=touch, **facts)

    @rule(intent=st.sampled_from(["interested", "not_now", "unclear"]), often=st.integers(0, 3))
    def the_person_replies(self, intent: str, often: int) -> None:
        if often == 0:
            self.hear(EventKind.REPLIED, intent=intent, channel="email")
            self.replied |= {(j.sequence, j.run) for j in self.state.journeys}

    @rule(kind=st.sampled_from([EventKind.OPTED_OUT, EventKind.COMPLAINED]), often=st.integers(0, 7))
    def the_person_says_stop(self, kind: EventKind, often: int) -> None:
        if often == 0:
            self.hear(kind, channel="")
            self.opted_out = True

    @precondition(lambda self: self.opted_out)
    @rule(often=st.integers(0, 7))
    def the_person_says_yes_again(self, often: int) -> None:
        if often == 0:
            self.hear(EventKind.OPTED_IN, channel="", how="form")
            self.opted_out = False

    @rule(channel=st.sampled_from(["email", "sms"]))
    def a_message_bounces(self, channel: str) -> None:
        self.hear(EventKind.BOUNCED, channel=channel, hard=channel == "sms")

    @rule(what=st.sampled_from(["used", "ticket_opened", "ticket_closed", "meeting_booked", "click", "away"]))
    def the_person_does_something(self, what: str) -> None:
        if what == "click":
            self.hear(EventKind.CLICKED, link="pricing", human=True)
        elif what == "away":
            self.hear(EventKind.AUTO_REPLIED, returns_on=f"{self.now + timedelta(days=4):%Y-%m-%d}")
        else:
            self.hear(EventKind.HAPPENED, what)

    @rule(days=st.integers(1, 9))
    def an_operator_pauses(self, days: int) -> None:
        self.hear(EventKind.PAUSED, until=(self.now + timedelta(days=days)).isoformat(), by="max")

    @rule()
    def an_operator_resumes(self) -> None:
        going_on = {(j.sequence, j.run) for j in self.state.journeys if j.status is Status.PAUSED}
        self.hear(EventKind.RESUMED, by="max")
        self.replied -= going_on  # "what was said before no longer stops anything", of a journey that held still

    @rule(sequence=st.sampled_from(["story", "long", ""]), often=st.integers(0, 9))
    def an_operator_stops(self, sequence: str, often: int) -> None:
        if often == 0:
            self.hear(EventKind.STOPPED, sequence, why="enough", by="max")
            stopped = [j for j in self.state.journeys if sequence in ("", j.sequence)]
            assert all(j.status is Status.WITH_SALES and j.stopped for j in stopped)
            self.stopped |= {(j.sequence, j.run) for j in stopped}

    @rule(outcome=st.sampled_from(["connected", "no_answer"]))
    def a_rep_logs_the_call(self, outcome: str) -> None:
        if "call" in self.asked:
            self.count += 1
            done = Event(f"e{self.count}", EventKind.TASK_DONE, "ada", self.now, details={"outcome": outcome})
            self.state = observe(self.book, self.state, replace(done, sequence="story", step="call", seq=self.count))

    @rule(outcome=st.sampled_from(["accepted", "rejected", "expired"]), reason=st.sampled_from(["bad_data", "not_now"]))
    def sales_answers(self, outcome: str, reason: str) -> None:
        for journey in self.state.journeys:
            if journey.status is Status.WITH_SALES:
                details = {"outcome": outcome, "reason": reason, "rep": "anna", "handoff": "sales"}
                self.hear(EventKind.HANDOFF_CLOSED, journey.handoff, **details)
                self.replied -= {(journey.sequence, journey.run)}
                return

    @rule(hours=st.sampled_from([1, 30, 24 * 5, 24 * 45]))
    def everything_is_down_for_a_while(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # --- what must always hold ----------------------------------------------------------------------------------------

    @invariant()
    def the_state_survives_a_restart(self) -> None:
        payload = CONVERTER.to_payload(self.state)
        assert CONVERTER.from_payload(payload, LeadState) == self.state
        self.state = CONVERTER.from_payload(payload, LeadState)

    @invariant()
    def one_journey_a_sequence(self) -> None:
        assert not [name for name, n in Counter(j.sequence for j in self.state.journeys).items() if n > 1]

    def teardown(self) -> None:
        """When the world falls silent everything comes to an end, and nobody is stuck."""
        end = self.now + LONGEST
        while self.now < end:
            if self.in_flight is not None:
                self.ends_as(Answer.SENT)
            decision = self.think()
            if isinstance(decision, Done):
                return
            if isinstance(decision, Wait):
                assert decision.until > self.now
                self.now = decision.until
            else:
                self.carry_out(decision)
        raise AssertionError(f"still not at rest: {self.state.journeys}")


POLICIES = shipped_policies(caps=True)


def test_no_interleaving_breaks_a_promise():
    run_state_machine_as_test(Person, settings=depth(30, 40))


class Deaf(Person):
    """The negative control: a planner to which replies and opt-outs never come through."""

    def hear(self, kind: EventKind, name: str = "", touch: Touch | None = None, **details: object) -> None:
        if kind not in (EventKind.REPLIED, EventKind.OPTED_OUT, EventKind.COMPLAINED):
            super().hear(kind, name, touch, **details)


class Forgetful(Person):
    """The negative control: a planner that forgets which touches were answered."""

    def ends_as(self, answer: Answer) -> None:
        before = self.state
        super().ends_as(answer)
        self.state = before


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        pytest.param(Deaf, "a touch after the reply|after the opt-out", id="deaf"),
        pytest.param(Forgetful, "came to an end as", id="forgetful"),
    ],
)
def test_the_machine_can_fail(broken, words):
    with pytest.raises(AssertionError, match=words):
        run_state_machine_as_test(broken, settings=control(40))
