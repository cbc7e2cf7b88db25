"""Leads end to end on a real server, and what a touch costs the worker, against a bare workflow of the same shape."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.bare import Bare, BareStart
from benchmarks.children import Child
from benchmarks.ground import Ground, few_at_a_time, ground
from benchmarks.rows import Ask, Benchmark, Budget, Row
from benchmarks.timing import cpu_so_far, middle, spread
from workflows.client import QUEUE, workflow_id

RATE, CPU = "touches-end-to-end", "worker-cpu-per-touch"
LOCAL_RATE, LOCAL_CPU = "touches-end-to-end-local-activity", "worker-cpu-per-touch-local-activity"
RATE_BUDGET, CPU_BUDGET = Budget("ratio", at_least=0.8), Budget("ratio", at_most=1.5)
SEQUENCE, TOUCHES, EVERY_DAYS = "bench-eight", 8, 8
PAUSE = 0.4
"""Seconds of the wall clock before each touch, for leads and for bare workflows."""
FACTOR = EVERY_DAYS * 86_400 / PAUSE
KINDS = ("ours", "bare", "local")
EARLY = 3
"""Leads that run before the clock starts: a worker compiles its workflows at the first."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one kind of worker did: touches per second of wall-clock time, milliseconds of CPU per touch."""

    rate: float
    cpu: float
    server: float


def run(ask: Ask) -> list[Row]:
    """Let the three kinds of workers take turns, each round with a fresh server, a fresh store and new leads."""
    return asyncio.run(_run(ask))


async def _run(ask: Ask) -> list[Row]:
    leads, early, rounds = ask.pick(60, 30, 2), ask.pick(EARLY, EARLY, 0), ask.pick(3, 2, 1)
    found: dict[str, list[Round]] = {kind: [] for kind in KINDS}
    for number in range(rounds):
        for kind in KINDS:
            ask.say(f"{RATE}: round {number + 1} of {rounds}, {kind}, {leads} leads × {TOUCHES} touches")
            async with ground(FACTOR) as here:  # a fresh one: our time would run out of its decade in an hour
                found[kind].append(await _round(here, kind, leads, early))
    return _rows(found, leads)


def _rows(found: dict[str, list[Round]], leads: int) -> list[Row]:
    rates = {kind: [each.rate for each in rounds] for kind, rounds in found.items()}
    cpus = {kind: [each.cpu for each in rounds] for kind, rounds in found.items()}
    server = {kind: middle([each.server for each in rounds]) for kind, rounds in found.items()}
    inputs = (
        f"{leads} leads × {TOUCHES} mails, {PAUSE} s apart, from enrolment to rest; real activities on SQLite, mails "
        f"kept in memory; worker and server in processes of their own, taking turns with"
    )

    def row(name: str, kind: str, numbers: dict[str, list[float]], unit: str, budget: Budget | None) -> Row:
        ours = numbers[kind]
        said = (
            f"{inputs} the baseline, a bare workflow with the same timers and an activity that does nothing; rounds "
            f"{spread(ours)} against {spread(numbers['bare'])}; server CPU {server[kind]:.1f} against "
            f"{server['bare']:.1f} ms a touch"
        )
        return Row(name, middle(ours), unit, middle(numbers["bare"]), budget, said)

    return [
        row(RATE, "ours", rates, "touches/s", RATE_BUDGET),
        row(CPU, "ours", cpus, "ms/touch", CPU_BUDGET),
        row(LOCAL_RATE, "local", rates, "touches/s", None),
        row(LOCAL_CPU, "local", cpus, "ms/touch", None),
    ]


async def _round(here: Ground, kind: str, leads: int, early: int) -> Round:
    async with Child("benchmarks.hands", [kind], here.env) as hands:
        await _live(here, kind, await here.people("early", early))
        crowd = await here.people("lead", leads)
        cpu, server = float(await hands.ask("cpu")), cpu_so_far(here.server.pid)
        began = time.perf_counter()
        await _live(here, kind, crowd)
        seconds = time.perf_counter() - began
        cpu, server = float(await hands.ask("cpu")) - cpu, cpu_so_far(here.server.pid) - server
    touches = leads * TOUCHES
    return Round(touches / seconds, 1_000 * cpu / touches, 1_000 * server / touches)


async def _live(here: Ground, kind: str, leads: Sequence[str]) -> None:
    """Start every lead and wait until the last has come to rest."""
    begin = _start_bare if kind == "bare" else _enrol
    await few_at_a_time(begin(here, lead) for lead in leads)
    await asyncio.gather(*(here.client.get_workflow_handle(workflow_id(lead)).result() for lead in leads))
    if kind != "bare" and leads:
        sent = await here.house.store.ledger.rows(lead=leads[-1])
        if len(sent) != TOUCHES:
            raise RuntimeError(f"{leads[-1]} got {len(sent)} of {TOUCHES} touches: this is no measurement")


async def _enrol(here: Ground, lead: str) -> None:
    refusal = await here.house.enrol(lead, SEQUENCE, "benchmark")
    if refusal:
        raise RuntimeError(f"{lead} may not enter {SEQUENCE}: {refusal}")


async def _start_bare(here: Ground, lead: str) -> None:
    await here.client.start_workflow(
        Bare.run, BareStart(TOUCHES, PAUSE), id=workflow_id(lead), task_queue=QUEUE, static_summary=lead
    )


BENCHMARK = Benchmark(
    (RATE, CPU, LOCAL_RATE, LOCAL_CPU), "What a touch takes end to end, and what it costs the worker.", run
)
