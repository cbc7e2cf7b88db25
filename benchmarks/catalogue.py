"""Every benchmark there is, in the order of the budget table; `python -m benchmarks --only NAME` picks by row."""

from __future__ import annotations

from benchmarks import crowding, histories, importing, planner, simulation, smtp_dispatch, stopping, touches, validation
from benchmarks.rows import Benchmark

ALL: tuple[Benchmark, ...] = (
    histories.BENCHMARK,
    touches.BENCHMARK,
    planner.BENCHMARK,
    simulation.BENCHMARK,
    smtp_dispatch.BENCHMARK,
    importing.BENCHMARK,
    validation.BENCHMARK,
    stopping.BENCHMARK,
    crowding.BENCHMARK,
)
NAMES = tuple(name for benchmark in ALL for name in benchmark.names)
