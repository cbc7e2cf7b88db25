"""How many decisions the planner takes in a second on one core, over states that real sequences lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.rows import ROOT, Ask, Benchmark, Budget, Row
from benchmarks.timing import cpu_of, in_turns, middle, spread
from nurture.domain.journey import decide
from nurture.domain.simulator import Simulator
from nurture.domain.state import Book, LeadState
from nurture.trying.crowd import Plan, made_up
from nurture.trying.workshop import Workshop

NAME = "planner-decisions"
BUDGET = Budget("value", at_least=50_000)
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
AGES = (0.5, 3, 8, 15, 30, 60)
"""Days after which states are taken out of a simulation."""
LATER = (timedelta(), timedelta(hours=5), timedelta(days=4))
"""How long after that the planner is asked: mostly it waits, sometimes something is due."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """As much object as a decision is: what the baseline makes instead of deciding."""

    sequence: str
    step: str
    rule: str
    why: str
    until: datetime
    blocked_by: str


def run(ask: Ask) -> list[Row]:
    """Decide over and over about a mixed set of states; the baseline only makes an object of the same size."""
    book, asked = questions(ask.pick(60, 30, 3))
    passes = ask.pick(6, 2, 1)
    ask.say(f"{NAME}: {len(asked)} states, {passes} passes")

    def deciding() -> float:
        return passes * len(asked) / cpu_of(lambda: _decide_all(book, asked, passes))

    def making() -> float:
        return passes * len(asked) / cpu_of(lambda: _make_all(asked, passes))

    ours, nothing = in_turns(ask.pick(5, 3, 1), deciding, making)
    kinds = Counter(type(decide(book, state, now)).__name__ for state, now in asked)
    mix = ", ".join(f"{count / len(asked):.0%} {kind}" for kind, count in kinds.most_common())
    inputs = (
        f"{len(asked)} states of all shipped sequences, {min(AGES):g} to {max(AGES):g} days in ({mix}); CPU time, "
        f"rounds {spread(ours)}; baseline: making one frozen dataclass of six fields"
    )
    return [Row(NAME, middle(ours), "decisions/s", middle(nothing), BUDGET, inputs)]


def questions(leads: int) -> tuple[Book, list[tuple[LeadState, datetime]]]:
    """Return a book and (state, now) pairs from simulations of `leads` people a sequence."""
    workshop = Workshop.open(ROOT, START.year)
    asked = []
    for sequence in sorted(workshop.current):
        people = made_up(workshop, Plan((sequence,), START, timedelta(days=1)), leads).people
        for age in AGES:
            simulator = Simulator(workshop.world(0, (sequence,)), people, START, age)
            simulator.run()
            end = START + timedelta(days=age)
            asked += [(state, end + later) for state in simulator.states if state.journeys for later in LATER]
    return workshop.book, asked


def _decide_all(book: Book, asked: Sequence[tuple[LeadState, datetime]], passes: int) -> None:
    for _ in range(passes):
        for state, now in asked:
            decide(book, state, now)


def _make_all(asked: Sequence[tuple[LeadState, datetime]], passes: int) -> None:
    for _ in range(passes):
        for state, now in asked:
            Nothing("sequence", state.stage, "rule", "why", now, "")


BENCHMARK = Benchmark((NAME,), "How many decisions a second one core takes.", run)
