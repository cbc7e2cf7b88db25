"""J3: people come in at a steady pace for as long as one likes; memory, handles and the database file are watched."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from nurture.chaos.cell import Case, Cell
from nurture.chaos.ground import Ground

A_MINUTE = 50
"""People who enter in a minute of the wall clock: 6,000 of them are the two hours of the matrix."""
AT_A_TIME = 5
"""People who enter together; after each such group everything is looked at."""
ENOUGH = 24
"""Looks without which nothing can be said: three thirds of eight."""
LASTING = 6.0
"""Seconds of a day: whoever entered is through all letters within 15 seconds, so the load is the same all the time."""
MORE_MEMORY, MORE_HANDLES, STEEPER = 1.05, 3, 1.5
"""What is allowed from the middle third of the looks to the last: times the memory, handles more, times the growth of
the file for each person."""
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Look:
    """One moment: people so far, resident bytes and open handles of each of our processes, bytes of the database."""

    people: int
    memory: Mapping[str, int]
    handles: Mapping[str, int]
    stored: int


async def under_load(ground: Ground, case: Case) -> None:
    """Let everybody enter, `A_MINUTE` a minute, and judge how what is used grew."""
    looks, began = list[Look](), time.monotonic()
    for first in range(0, len(case.crowd.leads), AT_A_TIME):
        group = case.crowd.part(first, first + AT_A_TIME)
        await ground.enrol(group, case.cell.sequence)
        due = began + (first + AT_A_TIME) * 60 / A_MINUTE
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        looks.append(look(ground, first + len(group.leads)))
    case.seen["minutes"] = round((time.monotonic() - began) / 60, 1)
    judge(case, looks)


def look(ground: Ground, people: int) -> Look:
    """Return what our processes and our database use now."""
    pids = {part.child.name.removeprefix("The "): part.child.pid for part in ground.parts}
    return Look(
        people,
        {name: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE for name, pid in pids.items()},
        {name: len(os.listdir(f"/proc/{pid}/fd")) for name, pid in pids.items()},
        (ground.folder / "nurture.db").stat().st_size,
    )


def judge(case: Case, looks: Sequence[Look]) -> None:
    """Compare the last third of the looks with the middle one: the first is the time to get warm."""
    case.demand(len(looks) >= ENOUGH, f"{len(looks)} looks prove nothing: use --leads {ENOUGH * AT_A_TIME} or more")
    if len(looks) < ENOUGH:
        return
    third = len(looks) // 3
    middle, last = looks[-2 * third : -third], looks[-third:]
    for name in last[-1].memory:
        growth = median(one.memory[name] for one in last) / median(one.memory[name] for one in middle)
        more = median(one.handles[name] for one in last) - median(one.handles[name] for one in middle)
        case.seen[f"memory of the {name}"] = f"{last[-1].memory[name] / 1e6:.0f} MB, {growth:.3f} times"
        case.demand(growth < MORE_MEMORY, f"the memory of the {name} grew {growth:.3f} times")
        case.demand(more <= MORE_HANDLES, f"the {name} has {more:g} handles more")
    _judge_file(case, middle, last)


def _judge_file(case: Case, middle: Sequence[Look], last: Sequence[Look]) -> None:
    before, after = _a_person(middle), _a_person(last)
    case.seen["bytes a person"] = f"{before:.0f}, then {after:.0f}"
    case.demand(after <= before * STEEPER, f"the file grew by {before:.0f} bytes a person, then by {after:.0f}")


def _a_person(looks: Sequence[Look]) -> float:
    """Return by how many bytes the database grew for each person."""
    return (looks[-1].stored - looks[0].stored) / (looks[-1].people - looks[0].people)


def cells() -> Iterable[Cell]:
    """Return the cell; ten minutes of it in the full matrix, two hours with `--leads 6000`."""
    criterion = (
        f"memory grows by less than {MORE_MEMORY - 1:.0%}, handles are flat, the file grows steadily; lost 0, twice 0"
    )
    yield Cell("J3", under_load, criterion, leads=(ENOUGH * AT_A_TIME, 500), day=LASTING)
