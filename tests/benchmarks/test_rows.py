"""Every benchmark, at a size that proves only that it still runs: it gives the rows it names, measured, with inputs."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.catalogue import ALL
from benchmarks.rows import Ask, Size

COUNTED = {"history-events-per-touch", "history-events-per-signal", "webhook-to-stopped-p99"}


@pytest.mark.parametrize("benchmark_", ALL, ids=lambda each: each.names[0])
async def test_a_benchmark_gives_the_rows_it_names(benchmark_):
    said: list[str] = []

    # Each benchmark runs an event loop of its own, as it does from the command line.
    rows = await asyncio.to_thread(benchmark_.run, Ask(Size.TINY, None, said.append))

    assert [row.name for row in rows] == list(benchmark_.names)
    assert said
    for row in rows:
        assert row.value > 0
        assert row.inputs
        assert (row.baseline is None) == (row.name in COUNTED)
