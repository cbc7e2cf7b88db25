"""Clocks for a noisy machine: CPU time instead of wall-clock time, and competitors that take turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median


def cpu_of(work: Callable[[], object]) -> float:
    """Return the seconds of CPU (all threads of this process) that `work` takes, after collecting garbage."""
    gc.collect()
    before = time.process_time()
    work()
    return time.process_time() - before


def in_turns(rounds: int, *competitors: Callable[[], float]) -> list[list[float]]:
    """Let the competitors measure themselves A B A B … and return the measurements of each, in order."""
    found: list[list[float]] = [[] for _ in competitors]
    for _ in range(rounds):
        for place, competitor in enumerate(competitors):
            found[place].append(competitor())
    return found


def middle(numbers: Sequence[float]) -> float:
    """Return the median."""
    return median(numbers)


def percentile(numbers: Sequence[float], share: float) -> float:
    """Return the smallest of `numbers` that at least `share` (0 to 1) of them do not exceed (nearest rank)."""
    ordered = sorted(numbers)
    rank = max(1, -(-int(share * 10_000) * len(ordered) // 10_000))
    return ordered[min(rank, len(ordered)) - 1]


def spread(numbers: Sequence[float]) -> str:
    """Return lowest to highest, for the eye: a wide one means that the machine was busy with something else."""
    return f"{min(numbers):.3g} to {max(numbers):.3g}"


def cpu_so_far(pid: int) -> float:
    """Return the seconds of CPU that another process has used, all its threads together (Linux only)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


_TICKS = 100
"""Clock ticks a second in /proc: 100 on every Linux that runs this (sysconf SC_CLK_TCK)."""
