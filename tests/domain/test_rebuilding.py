"""What is rebuilt from facts and answers is the state that was lost: simulated lives, cut off anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nurture.domain.decisions import AskRep, HandOver, PassOn, Speak
from nurture.domain.events import Event, EventKind
from nurture.domain.rebuilding import rebuild
from nurture.domain.remembered import Remembered, Told
from nurture.domain.simulator import Person, Simulator, World
from nurture.domain.tasks import reply_task
from nurture.domain.touch import Answer
from nurture.trying.people import persona_as
from nurture.trying.workshop import Workshop

ROOT = Path(__file__).parents[2]
ORIGIN = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
OWN = {
    EventKind.TOUCHED,
    EventKind.TASK_OPENED,
    EventKind.HANDOFF_OPENED,
    EventKind.HANDOFF_FULL,
    EventKind.REPLY_PASSED_ON,
}
"""What a workflow tells itself, and no table keeps."""
PEOPLE = ("busy-cto-berlin", "curious-marketer-london", "owner-new-york", "bank-behind-gateway", "silent-in-lyon")
SEQUENCES = ("trial-nurture", "content-to-mql", "demo-request", "quarterly-nurture")


class Kept(Simulator):
    """A simulator that keeps what the store would keep: facts, ends of touches, hand-offs."""

    def __init__(self, *args):
        self.facts, self.touches, self.offers, self.known_as = [], {}, {}, {}
        super().__init__(*args)

    def _hear(self, who, event, now):
        if event.kind not in OWN and not (event.kind is EventKind.ENROLLED and self.by_itself):
            self.known_as[event.id] = f"fact-{len(self.facts)}"
            self.facts.append(replace(event, at=now, id=self.known_as[event.id]))
        super()._hear(who, event, now)

    by_itself = False

    def _live(self, who, now):
        super()._live(who, now)

    def _carry_out(self, who, decision, now):
        event = super()._carry_out(who, decision, now)
        self.by_itself = event.kind is EventKind.ENROLLED
        outcome = event.details.get("outcome")
        if isinstance(decision, Speak | AskRep) and outcome != Answer.NOT_YET:
            facts = event.details
            answer = Answer(outcome) if outcome else Answer.SENT
            self.touches[decision.touch.id] = Told(now, answer, facts.get("code", ""), facts.get("why", ""))
        if isinstance(decision, HandOver) and event.kind is EventKind.HANDOFF_OPENED:
            self.offers[decision.id] = now
        if isinstance(decision, PassOn):
            self.offers[reply_task(self.known_as[decision.reply])] = now
        return event


@lru_cache
def the_workshop():
    """The shipped sequences, policies and personas."""
    return Workshop.open(ROOT, ORIGIN.year)


def lived(sequence, persona, seed, days):
    """Live some days in the simulator; return the state at their end, what a store would know, and the end."""
    workshop = the_workshop()
    habits = workshop.personas[persona]
    someone = persona_as(habits, f"{persona}-{seed}", ORIGIN)
    facts = someone.facts(workshop.policies, workshop.purpose_of(sequence), ORIGIN)
    world = World(workshop.book, workshop.current, workshop.links, seed)
    simulator = Kept(world, [Person(facts, habits, sequence, ORIGIN)], ORIGIN, days)
    simulator.run()
    shelf = {name: [(ORIGIN, version)] for name, version in workshop.current.items()}
    person = simulator.people[0]
    known = Remembered(facts, person.stage, simulator.facts, simulator.touches, simulator.offers, shelf)
    return simulator.states[0], known, simulator.end


def deciding(state):
    """A state without what decides nothing: ids that were heard, and until when an unanswered touch was put off."""
    journeys = tuple(
        replace(j, due_at=j.entered_at, due_why="", blocked_by="") if j.blocked_by in PUT_OFF else j
        for j in state.journeys
    )
    return replace(state, seen=(), journeys=journeys)


PUT_OFF = ("sender_full", "quiet_hours", "not_yet")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    sequence=st.sampled_from(SEQUENCES),
    persona=st.sampled_from(PEOPLE),
    seed=st.integers(0, 40),
    days=st.floats(0.1, 120),
)
def test_a_life_cut_off_anywhere_is_rebuilt(sequence, persona, seed, days):
    lost, known, end = lived(sequence, persona, seed, days)

    found = rebuild(the_workshop().book, known, end)

    assert found.unmade == ()
    assert deciding(found.state) == deciding(lost)


@pytest.mark.parametrize("days", [0.1, 3.0, 5.0, 9.0])
def test_a_reply_that_came_while_everything_was_down_is_heard_before_what_was_due(days):
    _, known, lost_at = lived("trial-nurture", "silent-in-lyon", 0, days)
    reply = Event("reply", EventKind.REPLIED, known.lead.id, lost_at + timedelta(days=40), seq=7, details=QUESTION)

    found = rebuild(the_workshop().book, replace(known, facts=[*known.facts, reply]), lost_at + timedelta(days=45))

    assert found.state.heard == 7
    assert found.unmade == ()


QUESTION = {"intent": "question", "channel": "email"}
