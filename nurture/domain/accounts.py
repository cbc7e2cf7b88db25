"""Every touch and every non-touch of one lead, each with the decision that made it so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nurture.domain.rulings import Ruling
from nurture.domain.sequence import Ask, Confirm, Fork, Jump, Say, Step, WaitFor
from nurture.domain.sequence import Sequence as Path
from nurture.domain.touch import ON_THE_WIRE, LedgerRow

PASSED_OVER, NEVER_REACHED, AHEAD = "passed over", "never reached", "still ahead"


class Way(NamedTuple):
    """One run of a lead through a sequence."""

    sequence: str
    run: int


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one step that speaks, and which decision made it so.

    `fate` is the state of the touch in the ledger, or `passed over`, `never reached`, `still ahead`. `decided` is None
    only for a touch whose decisions were made before decisions were kept. `way_there` are all decisions at this step.
    """

    way: Way
    step: str
    visit: int
    fate: str
    decided: Ruling | None
    row: LedgerRow | None = None
    way_there: tuple[Ruling, ...] = ()


def accounts_of(
    rulings: Sequence[Ruling], rows: Sequence[LedgerRow], versions: Mapping[str, Path]
) -> Iterator[Account]:
    """Yield an account of every touch in the ledger and of every speaking step of every run, in order of time.

    `rulings` are the lead's decisions, oldest first; `versions` are the sequences they were made by.
    """
    by_touch = {row.touch.id: row for row in rows}
    ways: dict[Way, list[Ruling]] = defaultdict(list)
    for ruling in rulings:
        if ruling.run:
            ways[Way(ruling.sequence, ruling.run)].append(ruling)
    told: set[str] = set()
    for way, made in ways.items():
        path = versions.get(next((r.version for r in reversed(made) if r.version), ""))
        for account in (*_visited(way, made, by_touch, path), *_unvisited(way, made, path)):
            told |= {account.row.touch.id} if account.row else set()
            yield account
    yield from (_from_the_ledger(row) for touch, row in by_touch.items() if touch not in told)


def _visited(
    way: Way, made: Sequence[Ruling], by_touch: Mapping[str, LedgerRow], path: Path | None
) -> Iterator[Account]:
    visits: dict[tuple[str, int], list[Ruling]] = defaultdict(list)
    for ruling in made:
        visits[ruling.step, ruling.visit].append(ruling)
    for (step, visit), rulings in visits.items():
        touches = dict.fromkeys(ruling.touch for ruling in rulings if ruling.touch in by_touch)
        for touch in touches:
            yield _of_touch(way, by_touch[touch], visit, rulings)
        if not touches and path is not None and isinstance(path.steps.get(step), Say | Ask):
            leaving = next((ruling for ruling in rulings if ruling.leaves), None)
            fate = PASSED_OVER if leaving else AHEAD
            yield Account(way, step, visit, fate, leaving or _holding(rulings), None, tuple(rulings))


def _holding(rulings: Sequence[Ruling]) -> Ruling:
    """Return why a step has not happened yet: what put it off, rather than the wait that came of it."""
    later = [ruling for ruling in rulings if ruling.kind in _PUT_OFF and ruling.until is not None]
    return later[-1] if later and rulings[-1].rule == "time" else rulings[-1]


def _of_touch(way: Way, row: LedgerRow, visit: int, rulings: Sequence[Ruling]) -> Account:
    """Return the account of a touch: one that left was decided by the wish, one that did not by what refused it."""
    about = [ruling for ruling in rulings if ruling.touch == row.touch.id]
    wishes = [ruling for ruling in about if ruling.rule in _WISHES]
    decided = (wishes or about)[-1] if row.state in ON_THE_WIRE else about[-1]
    return Account(way, row.touch.step, visit, str(row.state), decided, row, tuple(rulings))


def _unvisited(way: Way, made: Sequence[Ruling], path: Path | None) -> Iterator[Account]:
    """Yield the speaking steps a run never came to, with the decision after which nothing led there any more."""
    if path is None:
        return
    been = {ruling.step for ruling in made}
    last = next((ruling for ruling in made if ruling.to == ""), None)
    for step in path.steps.values():
        if step.id not in been and isinstance(step, Say | Ask):
            left = _turned_away(path, made, step.id) or last
            yield Account(way, step.id, 0, NEVER_REACHED if left else AHEAD, left or made[-1])


def _turned_away(path: Path, made: Sequence[Ruling], step: str) -> Ruling | None:
    """Return the last decision by which a run went where `step` could not be reached from any more."""
    return next(
        (
            ruling
            for ruling in reversed(made)
            if ruling.leaves
            and ruling.to
            and step in reach(path, ruling.step)
            and step != ruling.to
            and step not in reach(path, ruling.to)
        ),
        None,
    )


def reach(path: Path, start: str) -> set[str]:
    """Return the steps that somebody who stands at `start` may still come to."""
    seen: set[str] = set()
    todo = [*_next_of(path.steps.get(start)), *(rule.then.go_to for rule in path.watch if rule.then.go_to)]
    while todo:
        here = todo.pop()
        if here and here not in seen:
            seen.add(here)
            todo += _next_of(path.steps.get(here))
    return seen


def _next_of(step: Step | None) -> list[str]:
    match step:
        case None:
            return []
        case Confirm() | WaitFor():
            return [step.then, step.otherwise, step.next]
        case Fork():
            return [*(to for _, to in step.arms), step.next]
        case Jump():
            return [step.to]
        case Ask():
            ends = [then for reaction in step.outcomes.values() for then in (reaction.then, reaction.otherwise)]
            return [step.next, *(then.go_to for then in ends if then.go_to)]
    return [step.next]


def _from_the_ledger(row: LedgerRow) -> Account:
    """Return what the ledger alone knows of a touch whose decisions were not kept."""
    run, visit = (part.rpartition(".")[2] for part in row.touch.id.split("/")[-3:-1])
    return Account(Way(row.touch.sequence, int(run)), row.touch.step, int(visit), str(row.state), None, row)


_PUT_OFF = frozenset({"replan", "touched"})
"""Kinds of decisions that move a step to a later time, when they name one."""
_WISHES = frozenset({"step", "remind"})
"""The rules by which the planner asks for a touch."""
