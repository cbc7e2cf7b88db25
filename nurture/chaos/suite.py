"""One run of the suite: which cells, on which ground, and the build without a ledger that must fail."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from nurture.chaos.catalogue import ALL
from nurture.chaos.cell import Cell, Finding, Turn
from nurture.chaos.forked import Nest
from nurture.chaos.ground import Say, ground
from nurture.chaos.matrix import FAULTS
from nurture.chaos.place import BEGINS, DAY, borrow, lay_out, scale
from nurture.chaos.postgres import postgres
from nurture.chaos.report import Report
from nurture.chaos.runner import Run, run
from nurture.domain.errors import Invalid

logger = logging.getLogger(__name__)
CI, FULL, OWN = "ci", "full", "own"
SQLITE, POSTGRES = "sqlite", "postgres"
ONLY_SQLITE = ("E1", "E2", "E3", "E4/backup", "J3")
"""Cells that take hold of the database file itself, or watch it."""
FITTING = ("A3", "A4", "C1", "C1/421", "C1/dropped", "C1/hanging", "C3", "F2", "F3/first")
"""What somebody's own sequence can be put through: nothing in them depends on its steps, and each waits for first mails
for 60 days of it."""


@dataclass(frozen=True)
class Wish:
    """What to run. `ids` empty: all of the subset. `sequence` names somebody's own one, in `root`."""

    folder: Path
    subset: str = FULL
    ids: tuple[str, ...] = ()
    seed: int = 7
    sequence: str = ""
    root: Path = Path()
    leads: int = 0
    database: str = SQLITE


def chosen(wish: Wish) -> list[Cell]:
    """Return the cells that are wanted. Raises Invalid for an id the matrix does not have."""
    if unknown := [id_ for id_ in wish.ids if id_.partition("/")[0] not in FAULTS]:
        raise Invalid(f"There is no cell {', '.join(unknown)}", remedy=f"Use some of {', '.join(FAULTS)}")
    cells = [cell for cell in ALL if wish.subset == FULL or cell.starred or wish.ids]
    if wish.ids:
        cells = [cell for cell in cells if {cell.id, cell.name} & set(wish.ids)]
    if wish.database == POSTGRES:
        cells = [cell for cell in cells if not {cell.id, cell.name} & set(ONLY_SQLITE)]
    if wish.leads:
        cells = [replace(cell, leads=(wish.leads, wish.leads)) for cell in cells]
    return cells


async def run_suite(wish: Wish, say: Say, found: Callable[[Finding], None]) -> Report:
    """Run everything that is wanted and return what was found."""
    began = time.monotonic()
    wish.folder.mkdir(parents=True, exist_ok=True)
    cells = own_cells(wish) if wish.sequence else chosen(wish)
    full = wish.subset == FULL
    lanes = lanes_of(
        cells,
        Run(not full or bool(wish.sequence), full, say, found),
        Run(True, False, say, found, negative=True),
    )
    findings = [
        finding
        for side_by_side in shifts(lanes, full and not wish.sequence)
        for finding in await _all(wish, side_by_side)
    ]
    ids = tuple(id_.partition("/")[0] for id_ in wish.ids) or (() if wish.sequence else tuple(FAULTS))
    findings.sort(key=lambda found: (list(FAULTS).index(found.id), found.negative_control))
    return Report(findings, wish.seed, OWN if wish.sequence else wish.subset, time.monotonic() - began, ids)


def grounds(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """Return the cells by the ground they are run on: those that need the same size and the same times share one."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        times = "" if (cell.day, cell.begins) == (DAY, BEGINS) else f"-{cell.begins:%Y-%m-%d}-{cell.day:g}s"
        kind = "wide" if cell.wide else "tls" if cell.secure else "build"
        found.setdefault(f"{kind}{times}", []).append(cell)
    return found


Stand = tuple[str, Sequence[Cell], Run]
"""A ground by its name, the cells that are run on it, and how."""


def lanes_of(cells: Sequence[Cell], how: Run, control: Run) -> list[list[Stand]]:
    """Return the grounds, in lanes that may be run side by side: much of a run is waiting for leases.

    A run that strikes together has what must come last on a ground of its own, beside all others.
    """
    last = [cell for cell in cells if cell.turn is Turn.LAST and how.together]
    first = [cell for cell in cells if cell not in last]
    beside: list[Stand] = [(f"{name}-last", alike, how) for name, alike in grounds(last).items()]
    if controls := [cell for cell in cells if cell.negative]:
        beside.insert(0, ("without-ledger", controls, control))
    return [[(name, alike, how) for name, alike in grounds(first).items()], beside]


def shifts(lanes: Sequence[Sequence[Stand]], full: bool) -> list[Sequence[Sequence[Stand]]]:
    """Return what is run one after another, each as lanes that are run side by side.

    The whole matrix strikes one cell after another, and mostly waits for leases: its largest ground is there twice, and
    each has half of the cells. What has a stack of its own needs the machine for itself, and comes at the end.
    """
    if not full:
        return [lanes]
    every = [stand for lane in lanes for stand in lane]
    alone = [(f"{name}-alone", [cell for cell in cells if cell.own_stack], how) for name, cells, how in every]
    shared = [(name, [cell for cell in cells if not cell.own_stack], how) for name, cells, how in every]
    (name, cells, how), *others = sorted(shared, key=lambda stand: -len(stand[1]))
    half = min(len(cells), (sum(len(cells) for _, cells, _ in shared) + 1) // 2)
    both = [[(name, cells[:half], how)], [(f"{name}-2", cells[half:], how), *others]]
    return [[[stand for stand in lane if stand[1]] for lane in both], [[stand for stand in alone if stand[1]]]]


async def _all(wish: Wish, lanes: Sequence[Sequence[Stand]]) -> list[Finding]:
    """Run the lanes side by side, and the grounds of each one after another."""
    async with Nest(wish.folder / "nest.log") as nest:

        async def along(lane: Sequence[Stand]) -> list[Finding]:
            return [finding for stand in lane for finding in await _to_its_end(wish, nest, *stand)]

        return [finding for found in await asyncio.gather(*map(along, lanes)) for finding in found]


def own_cells(wish: Wish) -> list[Cell]:
    """Return the fitting cells, on somebody's own sequence. How many touches it makes is not known beforehand."""
    size = wish.leads or 24
    return [
        replace(cell, sequence=wish.sequence, touches=0, leads=(size, size), exact=False, negative=False)
        for cell in ALL
        if cell.name in FITTING and (not wish.ids or {cell.id, cell.name} & set(wish.ids))
    ]


async def _to_its_end(wish: Wish, nest: Nest, name: str, cells: Sequence[Cell], how: Run) -> list[Finding]:
    """Return a finding for each cell. If their ground breaks down, those still owed failed; other grounds go on."""
    findings: list[Finding] = []

    def found(finding: Finding) -> None:
        findings.append(finding)
        how.found(finding)

    try:
        await _on_a_ground(wish, nest, name, cells, replace(how, found=found))
    except Exception as breakdown:
        logger.exception("the ground %s broke down", name)
        how.say(f"The ground {name} broke down: {type(breakdown).__name__} {breakdown}")
        judged = {(finding.id, finding.variant) for finding in findings}
        for cell in cells:
            if (cell.id, cell.variant) not in judged:
                found(unjudged(cell, breakdown, negative=how.negative))
    return findings


def unjudged(cell: Cell, breakdown: Exception, *, negative: bool) -> Finding:
    """Return the finding about a cell whose ground broke down before it was judged."""
    why = f"never judged, its ground broke down: {type(breakdown).__name__} {breakdown}"
    return Finding(cell.id, cell.variant, cell.criterion, 0, negative_control=negative, why=(why,))


async def _on_a_ground(wish: Wish, nest: Nest, name: str, cells: Sequence[Cell], how: Run) -> None:
    folder = wish.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    first = cells[0]
    root = borrow(folder / "root", wish.root) if wish.sequence else lay_out(folder / "root")
    how.say(f"{len(cells)} cells; databases, journals and logs are in {folder}")
    async with AsyncExitStack() as open_:
        url = await open_.enter_async_context(postgres()) if wish.database == POSTGRES else ""
        here = await open_.enter_async_context(
            ground(
                nest,
                root,
                folder,
                scale(first.day, first.begins),
                wish.seed,
                blind=how.negative,
                wide=first.wide,
                secure=first.secure,
                database=url,
            )
        )
        here.watched = wish.sequence
        await run(here, cells, how)
