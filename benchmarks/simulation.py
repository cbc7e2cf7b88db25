"""How long a quarter of a year with ten thousand leads takes, for the slowest shipped sequence."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.rows import ROOT, Ask, Benchmark, Budget, Row
from benchmarks.timing import cpu_of, in_turns, middle
from nurture.domain.decisions import Wait
from nurture.domain.simulator import Person, Simulator
from nurture.trying.crowd import Plan, made_up
from nurture.trying.workshop import Workshop

NAME = "simulate"
BUDGET = Budget("value", at_most=10)
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAYS = 90
STEPS = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """One sequence: seconds of CPU, of the loop that only waits, and what happened."""

    sequence: str
    seconds: float
    waiting: float
    steps: int
    touches: int


def run(ask: Ask) -> list[Row]:
    """Simulate each shipped sequence; the row is the slowest one's. Only the run is timed, not making the people."""
    workshop = Workshop.open(ROOT, START.year)
    leads, rounds = ask.pick(10_000, 1_000, 20), ask.pick(1, 1, 1)
    found = []
    for sequence in sorted(workshop.current):
        ask.say(f"{NAME}: {sequence}, {leads} leads × {DAYS} days")
        found.append(_measure(workshop, sequence, leads, rounds))
    slowest = max(found, key=lambda each: each.seconds)
    each = "; ".join(f"{m.sequence} ({m.steps} steps) {m.seconds:.2g} s for {m.touches} touches" for m in found)
    inputs = (
        f"{leads} leads × {DAYS} days, made up from personas, CPU time on one core: {each}; "
        f"baseline: the same heap of (time, lead) with a planner that waits {STEPS} times"
    )
    return [Row(NAME, slowest.seconds, "s", slowest.waiting, BUDGET, inputs)]


def _measure(workshop: Workshop, sequence: str, leads: int, rounds: int) -> Measured:
    people = made_up(workshop, Plan((sequence,), START, timedelta(days=7)), leads).people
    world = workshop.world(0, (sequence,))
    touches = 0

    def living() -> float:
        nonlocal touches
        simulator = Simulator(world, people, START, DAYS)
        seconds = cpu_of(simulator.run)
        touches = sum(simulator.tally.touches.values())
        return seconds

    ours, waiting = in_turns(rounds, living, lambda: cpu_of(lambda: _only_wait(people)))
    steps = len(workshop.book.sequences[workshop.current[sequence]].steps)
    return Measured(sequence, middle(ours), middle(waiting), steps, touches)


def _only_wait(people: Sequence[Person]) -> None:
    """The simulator's loop, for people who wait STEPS times and do nothing."""
    heap: list[tuple[datetime, int, int]] = []
    for who, person in enumerate(people):
        heapq.heappush(heap, (person.enters, who, who))
    count, end, nap = len(people), START + timedelta(days=DAYS), timedelta(days=DAYS) / (STEPS + 1)
    awake = [person.enters for person in people]
    while heap and heap[0][0] <= end:
        now, _, who = heapq.heappop(heap)
        if awake[who] != now:
            continue
        decision = Wait(sequence="none", step="none", rule="nap", why="only waits", until=now + nap)
        awake[who] = decision.until
        count += 1
        heapq.heappush(heap, (decision.until, count, who))


BENCHMARK = Benchmark((NAME,), "Weeks in seconds: the simulator over a whole crowd.", run)
