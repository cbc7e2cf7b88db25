"""Planner, real SQLite store and the send protocol: any order of replies, opt-outs, crashes and second attempts."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from temporalio.converter import DataConverter

from nurture.domain.build import build
from nurture.domain.decisions import Decision, Speak, Wait
from nurture.domain.enrolling import why_not_enter
from nurture.domain.errors import Blame, Refused, Unavailable, Uncertain
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.lead import lead_of
from nurture.domain.observing import with_fit
from nurture.domain.policies import Policies
from nurture.domain.state import Book, LeadState
from nurture.domain.touch import Answer, LedgerRow, Touch, TouchAnswer, TouchState
from tests.activities.conftest import LEASE, Office, an_office, with_one_mailbox
from tests.activities.mortals import DeafLedger, ForgetfulLedger, Journal, MortalLedger, Worker
from tests.depth import depth

STORY = {
    "sequence": "story",
    "purpose": "marketing",
    "enter": {"by_hand": True, "again": "always"},
    "timing": {"window": "any-time", "when_late": "skip after 3 days"},
    "limits": {"email": "2 per week"},
    "pause": [{"when": "out_of_office", "until": "2 days"}],
    "steps": [
        {"id": "welcome", "email": "welcome"},
        {"id": "nudge", "first_possible": [{"sms": "trial-nudge"}, {"email": "setup-help"}]},
        {"id": "help", "after": "1 day", "email": "setup-help"},
        {"id": "late", "after": "1 day", "sms": "trial-nudge"},
        {"id": "ending", "email": "trial-ending"},
    ],
}
ENDS = {
    Answer.SENT: {TouchState.SENT, TouchState.DELIVERED},
    Answer.NEVER: {TouchState.REFUSED, TouchState.SUPPRESSED},
    Answer.UNKNOWN: {TouchState.UNCERTAIN, TouchState.SENT, TouchState.REFUSED},  # its zombie may bring the answer late
}
CONVERTER = DataConverter.default.payload_converter
NO = Refused("550 5.1.1 unknown", code="5.1.1", blame=Blame.CONTENT)
ANSWERS = [None, None, None, None, NO, Unavailable("421", code="421"), Uncertain("the line went dead")]
STEPS_OF_A_TOUCH = 12


class House(RuleBasedStateMachine):
    """One lead, its planner, the workers on its touch, and what was stored but not told yet."""

    ledger: type[MortalLedger] = MortalLedger

    def __init__(self, runner: asyncio.Runner, policies: Policies, model: Path, folder: Path) -> None:
        super().__init__()
        self.run = runner.run
        shutil.copy(model, folder / "house.db")
        self.opened = an_office(policies, f"sqlite+aiosqlite:///{folder}/house.db")
        self.office: Office = self.run(self.opened.__aenter__())
        self.run(self.office.knows("ada", "+447700900142"))
        contact = self.run(self.office.store.leads.find("ada"))
        self.book = Book({"story": build("story", STORY)}, policies)
        self.state = with_fit(self.book, LeadState(lead_of(contact, {})))
        self.journal = Journal(self.why_silent, self.office.clock.now)
        self.workers: list[Worker] = []
        self.current: Worker | None = None  # the attempt whose answer Temporal waits for
        self.wish: Touch | None = None
        self.untold: list[Event] = []
        self.ends: dict[str, Answer] = {}
        self.silenced, self.count, self.over_runs = "", 0, set[int]()
        self.enters()

    # --- the machinery -----------------------------------------------------------------------------------------------

    @property
    def now(self) -> Any:
        """The present (UTC)."""
        return self.office.clock.now()

    def why_silent(self, touch: Touch) -> str:
        """Return why this touch may not reach the wire any more, as somebody outside would say it."""
        if self.silenced:
            return self.silenced
        return "the reply" if any(f"/story.{run}/" in touch.id for run in self.over_runs) else ""

    def hear(self, event: Event) -> None:
        """Tell the planner, and let it live on in another process."""
        self.state = observe(self.book, self.state, event)
        payload = CONVERTER.to_payload(self.state)
        assert CONVERTER.from_payload(payload, LeadState) == self.state
        self.state = CONVERTER.from_payload(payload, LeadState)

    def own(self, kind: EventKind, name: str = "", **details: Any) -> Event:
        """Return a fact of our own machinery; no two facts have the same moment."""
        self.count += 1
        self.office.clock.pass_by(seconds=1)
        return Event(f"own-{self.count}", kind, "ada", self.now, name, details=details)

    def enters(self) -> None:
        """Enter the sequence, or be refused."""
        refusal = why_not_enter(self.book, self.state, self.book.sequences["story"], self.now) or ""
        self.hear(self.own(EventKind.ENROLLED, "story", version="story", refused=refusal))

    def store(self, kind: EventKind, **details: Any) -> None:
        """Store a fact from the world: from here on it counts, told or not."""
        self.office.clock.pass_by(seconds=1)
        stored = self.run(self.office.hears("ada", kind, **details))
        self.untold.append(stored)

    def think(self) -> Decision:
        """Take the inner turns."""
        thought = think(self.book, self.state, self.now)
        self.state = thought.state
        return thought.decision

    def attempt(self, answer: Any) -> None:
        """Temporal starts an attempt at the touch; an older one that still hangs is not waited for any more."""
        assert self.wish is not None

        async def start() -> Worker:
            worker = Worker(self.office, self.wish, self.journal, answer, self.ledger)
            await worker._until_it_stops()
            return worker

        self.current = self.run(start())
        self.workers.append(self.current)
        self.hear_the_answer()

    def hear_the_answer(self) -> None:
        """Tell the planner how the touch ended, once the attempt that counts is over; a failed one is tried again."""
        if self.current is None or self.wish is None or not self.current.is_over:
            return
        answer, touch = self.current.answer, self.wish
        self.current = None
        if answer is None:
            return
        self.wish = None
        if answer.answer is not Answer.NOT_YET:
            assert touch.id not in self.ends or self.journal.resent[touch.id], "two ends"
            self.ends[touch.id] = answer.answer
        self.hear(self.told(touch, answer))

    def told(self, touch: Touch, answer: TouchAnswer) -> Event:
        """Return the fact that a touch came to this end, as `deeds.touched` would."""
        facts = {"outcome": str(answer.answer), "channel": str(touch.channel), "code": answer.code}
        if answer.until:
            facts["until"] = answer.until.isoformat()
        event = self.own(EventKind.TOUCHED, **facts)
        return replace(event, touch=touch.id, sequence=touch.sequence, step=touch.step)

    def rows(self) -> list[LedgerRow]:
        """Return the ledger."""
        return list(self.run(self.office.store.ledger.rows(lead="ada")))

    # --- what happens -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.wish is None)
    @rule(deeds=st.integers(1, 3), answer=st.sampled_from(ANSWERS))
    def the_planner_goes_on(self, deeds: int, answer: Any) -> None:
        for _ in range(deeds):
            match self.think():
                case Wait() as wait:
                    self.office.clock.time = max(min(wait.until, self.now + timedelta(days=9)), self.now)
                case Speak() as speak:
                    assert speak.touch.id not in self.ends, "the planner asks again for a touch that has ended"
                    assert self.state.pause is None or self.now >= self.state.pause.until, "it speaks in a pause"
                    self.wish = speak.touch
                    self.attempt(answer)
                    return
                case _:
                    return

    @precondition(lambda self: self.wish is not None)
    @rule(answer=st.sampled_from(ANSWERS))
    def temporal_tries_again(self, answer: Any) -> None:
        self.attempt(answer)

    @precondition(lambda self: self.workers)
    @rule(steps=st.integers(1, STEPS_OF_A_TOUCH), which=st.integers(0, 2))
    def a_worker_goes_on(self, steps: int, which: int) -> None:
        worker = self.workers[-1 - which % len(self.workers)]
        for _ in range(steps):
            if worker.is_over:
                break
            self.run(worker.goes_on())
        self.buried()

    @precondition(lambda self: self.workers)
    @rule(which=st.integers(0, 2))
    def a_worker_dies(self, which: int) -> None:
        self.run(self.workers[-1 - which % len(self.workers)].dies())
        self.buried()

    def buried(self) -> None:
        """Forget attempts that are over, after their answer was heard."""
        self.hear_the_answer()
        self.workers = [worker for worker in self.workers if not worker.is_over]

    @rule(often=st.integers(0, 3))
    def the_person_replies(self, often: int) -> None:
        if often == 0:
            self.store(EventKind.REPLIED, intent="unclear", channel="email")
            self.over_runs |= {journey.run for journey in self.state.journeys}

    @rule(often=st.integers(0, 5), kind=st.sampled_from([EventKind.OPTED_OUT, EventKind.COMPLAINED]))
    def the_person_says_stop(self, often: int, kind: EventKind) -> None:
        if often == 0:
            self.store(kind, channel="", scope="all")
            self.silenced = f"{kind} was acknowledged"

    @rule()
    def the_person_is_away(self) -> None:
        self.store(EventKind.AUTO_REPLIED)

    @rule(days=st.integers(1, 4))
    def an_operator_pauses_and_the_lead_hears_it(self, days: int) -> None:
        self.the_relay_tells(99)
        self.hear(self.own(EventKind.PAUSED, until=(self.now + timedelta(days=days)).isoformat()))

    @rule()
    def an_operator_resumes(self) -> None:
        self.hear(self.own(EventKind.RESUMED))

    @rule()
    def the_lead_enters_again(self) -> None:
        self.enters()

    @rule(most=st.integers(1, 3))
    def the_relay_tells(self, most: int) -> None:
        for event in self.untold[:most]:
            self.hear(event)
            self.run(self.office.store.inbox.told([event.id], self.now))
        self.untold = self.untold[most:]

    @rule(seconds=st.sampled_from([1, 61, 3_600, 90_000]))
    def time_passes_and_leases_lapse(self, seconds: int) -> None:
        self.office.clock.pass_by(seconds=seconds)

    @precondition(lambda self: self.wish is None)
    @rule(answer=st.sampled_from(ANSWERS))
    def an_operator_resends_what_is_uncertain(self, answer: Any) -> None:
        for row in self.rows():
            if row.state is TouchState.UNCERTAIN:
                self.run(self.office.store.ledger.settle(row.touch.id, row.fence, TouchState.INTENT, self.now))
                self.journal.resent[row.touch.id] += 1
                self.journal.settled(row.touch.id, TouchState.INTENT)
                self.wish = row.touch
                self.attempt(answer)
                return

    # --- what must always hold ----------------------------------------------------------------------------------------

    @invariant()
    def no_promise_is_broken(self) -> None:
        assert not self.journal.broken, self.journal.broken

    @invariant()
    def no_cap_is_exceeded(self) -> None:
        caps = (*self.book.policies.caps, *self.book.sequences["story"].caps)
        for scope, most, days in caps:
            marks = sorted(at for touch, at in self.journal.marks.values() if scope in ("any", touch.channel))
            for first, last in zip(marks, marks[most:], strict=False):
                assert last - first >= timedelta(days=days), f"more than {most} {scope} touches in {days} days"

    def teardown(self) -> None:
        """Whatever was caught in between comes to its one end, and the ledger agrees with what was seen outside."""
        try:
            self.everybody_comes_to_an_end()
        finally:
            self.close()

    def close(self) -> None:
        """End every worker and the store."""
        for worker in self.workers:
            self.run(worker.dies())
        self.run(self.opened.__aexit__(None, None, None))

    def everybody_comes_to_an_end(self) -> None:
        for worker in self.workers:
            self.run(worker.dies())
        self.buried()
        self.office.clock.pass_by(seconds=LEASE.total_seconds() + 1)
        if self.wish is not None:
            self.attempt(None)
            self.a_worker_goes_on(2 * STEPS_OF_A_TOUCH, 0)
        self.no_promise_is_broken()
        self.no_cap_is_exceeded()
        assert self.wish is None, "the touch never came to an end"
        rows = {row.touch.id: row for row in self.rows()}
        for touch, answer in self.ends.items():
            assert rows[touch].state in ENDS[answer], f"{touch}: {answer}, and the ledger says {rows[touch].state}"
        assert {id_ for id_, row in rows.items() if row.state is TouchState.UNCERTAIN} == self.journal.open
        assert not [row for row in rows.values() if row.state is TouchState.WIRE], "left on the wire"
        assert not [t for t in self.ends if rows[t].state is TouchState.INTENT], "an intent of a touch that has ended"


@pytest.fixture
def fresh(shelf, tmp_path):
    """Make machines of a kind, each in a fresh copy of an empty store."""
    policies, model, folder = with_one_mailbox(Policies.from_document(shelf.policies)), tmp_path / "model.db", tmp_path
    with asyncio.Runner() as runner:

        async def make_model() -> None:
            async with an_office(policies, f"sqlite+aiosqlite:///{model}"):
                pass

        runner.run(make_model())
        yield lambda kind: kind(runner, policies, model, folder)


def test_no_interleaving_of_crashes_and_answers_breaks_a_promise(fresh):
    run_state_machine_as_test(lambda: fresh(House), settings=depth(25, 40))


class Duplicating(House):
    """The same machine on a ledger that forgets."""

    ledger = ForgetfulLedger


class Careless(House):
    """The same machine without the gates in the transaction of the mark."""

    ledger = DeafLedger


def caught_between_wire_and_result(house: House) -> None:
    house.the_planner_goes_on(1, None)
    house.a_worker_goes_on(5, 0)  # reserve, reserved, mark, accept, and the provider said yes
    house.a_worker_dies(0)
    house.time_passes_and_leases_lapse(61)
    house.temporal_tries_again(None)
    house.a_worker_goes_on(STEPS_OF_A_TOUCH, 0)


def stopped_between_the_gates_and_the_wire(house: House) -> None:
    house.the_planner_goes_on(1, None)
    house.a_worker_goes_on(2, 0)
    house.the_person_says_stop(0, EventKind.OPTED_OUT)
    house.a_worker_goes_on(STEPS_OF_A_TOUCH, 0)


@pytest.mark.parametrize(
    ("story", "broken", "words"),
    [
        pytest.param(caught_between_wire_and_result, Duplicating, "was accepted twice", id="without-the-ledger"),
        pytest.param(stopped_between_the_gates_and_the_wire, Careless, "on the wire after", id="without-the-last-gate"),
    ],
)
def test_the_machine_can_fail(fresh, story, broken, words):
    house = fresh(House)
    story(house)
    house.teardown()

    crippled = fresh(broken)
    story(crippled)
    try:
        with pytest.raises(AssertionError, match=words):
            crippled.no_promise_is_broken()
    finally:
        crippled.close()
