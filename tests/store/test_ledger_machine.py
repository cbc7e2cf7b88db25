"""Any order of workers, crashes, answers and opt-outs: a touch goes out at most once and never after a stop."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from nurture.domain.errors import BodyChanged, Conflict, LeaseLost
from nurture.domain.events import EventKind
from nurture.domain.gates import Refusal, Verdict
from nurture.domain.lead import Contact
from nurture.domain.touch import TouchState

STEPS = ("welcome", "nudge")
EXAMPLES, STEPS_EACH = 60, 25


def test_no_interleaving_sends_twice_or_after_a_stop(place, make):
    with asyncio.Runner() as runner:
        opened = place.open()
        store = runner.run(opened.__aenter__())
        try:
            run_state_machine_as_test(
                lambda: LedgerMachine(runner, store, make),
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS_EACH,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                    database=None,
                ),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))


class LedgerMachine(RuleBasedStateMachine):
    """Workers hold (touch, fence) pairs, stale ones included; the model knows what may have left the house."""

    number = 0

    def __init__(self, runner, store, make):
        super().__init__()
        LedgerMachine.number += 1
        self.run, self.store, self.make = runner.run, store, make
        self.now = make.monday
        self.lead = f"{id(store)}-{LedgerMachine.number}"
        self.run(store.leads.save([Contact(self.lead)]))
        self.held: list[tuple[str, int]] = []
        self.maybe_out = {self.touch(step).id: 0 for step in STEPS}  # marks without a definite failure after them
        self.states: dict[str, TouchState] = {}
        self.word_given: set[str] = set()
        self.stopped = False

    def touch(self, step):
        return self.make.touch(self.lead, step)

    def gate(self, facts):
        return Verdict(Refusal.UNHEARD, "stopped") if facts.unheard or facts.suppressions else None

    @rule(step=st.sampled_from(STEPS), body=st.sampled_from(["body-1", "body-1", "body-2"]))
    def a_worker_reserves(self, step, body):
        try:
            row = self.run(self.store.ledger.reserve(self.make.intent(self.touch(step), body=body), self.now))
        except (LeaseLost, BodyChanged):
            return
        if row.state is TouchState.INTENT:
            self.held.append((row.touch.id, row.fence))

    @rule(data=st.data())
    def a_worker_reaches_the_wire(self, data):
        if not self.held:
            return
        touch, fence = data.draw(st.sampled_from(self.held))
        try:
            verdict = self.run(self.store.ledger.mark_wire(touch, fence, self.now, self.gate))
        except LeaseLost:
            return
        if verdict is None:
            assert not self.stopped, "a wire mark after the stop"
            self.maybe_out[touch] += 1

    @rule(
        data=st.data(),
        end=st.sampled_from([TouchState.SENT, TouchState.REFUSED, TouchState.INTENT, TouchState.UNCERTAIN]),
    )
    def a_worker_or_a_person_settles(self, data, end):
        if not self.held:
            return
        touch, fence = data.draw(st.sampled_from(self.held))
        try:
            self.run(self.store.ledger.settle(touch, fence, end, self.now))
        except (LeaseLost, Conflict):
            return
        if end is TouchState.INTENT:
            self.word_given.add(touch)
            self.maybe_out[touch] = 0

    @rule(step=st.sampled_from(STEPS), state=st.sampled_from([TouchState.SENT, TouchState.DELIVERED]))
    def the_provider_speaks(self, step, state):
        row = self.run(self.store.ledger.find(self.touch(step).id))
        if row is not None:
            told = self.run(self.store.ledger.progress(row.message_id, state, self.now))
            if row.state is TouchState.INTENT and told.state is not TouchState.INTENT:
                self.maybe_out[row.touch.id] += 1  # the failure was none

    @rule(seconds=st.sampled_from([1, 59, 60, 3_600]))
    def time_passes_and_leases_lapse(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(kind=st.sampled_from([EventKind.OPTED_OUT, EventKind.REPLIED]), often=st.integers(0, 3))
    def the_person_says_stop(self, kind, often):
        if often == 0:  # not too soon in most runs, or nothing else would be tried
            self.run(self.store.inbox.record(self.make.event(kind, self.lead, self.now)))
            self.stopped = True

    @invariant()
    def at_most_one_mark_without_a_definite_failure(self):
        assert all(marks <= 1 for marks in self.maybe_out.values()), self.maybe_out

    @invariant()
    def uncertain_never_returns_to_intent_by_itself(self):
        for row in self.run(self.store.ledger.rows(lead=self.lead)):
            before = self.states.get(row.touch.id)
            if before is TouchState.UNCERTAIN and row.state is TouchState.INTENT:
                assert row.touch.id in self.word_given
            if self.maybe_out[row.touch.id]:
                assert row.state not in (TouchState.INTENT, TouchState.CANCELLED, TouchState.SUPPRESSED)
            self.states[row.touch.id] = row.state
        self.word_given.clear()
