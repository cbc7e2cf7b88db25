"""What a test expects, held against what happened: each miss says what was asked, what came instead, and where."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nurture.trying.moments import local, moment_of
from nurture.trying.record import Record

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that came out otherwise; `path` is where the test says it."""

    path: Path
    words: str


def misses(document: Mapping[str, Any], record: Record, zone: str) -> list[Miss]:
    """Return everything in which the record differs from the test, in the order of the file."""
    expected = document["expect"]
    found = [Miss(("happens", number), flaw) for number, flaw in sorted(record.flaws.items())]
    found += _refusal(expected, record)
    if not record.refused:
        found += [_unheard(document, number) for number in record.missed]
    for name, value in expected.items():
        check = _CHECKS.get(name)
        words = check(value, record, zone) if check else ""
        if words:
            found.append(Miss(("expect", name), words))
    return found


def _refusal(expected: Mapping[str, Any], record: Record) -> Iterable[Miss]:
    wanted = expected.get("enrolled", True)
    if record.refused and wanted:
        place: Path = ("expect", "enrolled") if "enrolled" in expected else ("expect",)
        yield Miss(place, f"the lead never enters: {record.refused}")
    elif not record.refused and not wanted:
        yield Miss(("expect", "enrolled"), "the lead enters, and should not")


def _unheard(document: Mapping[str, Any], number: int) -> Miss:
    at = document["happens"][number]["at"]
    return Miss(("happens", number, "at"), f"this never happens: the moment “{at}” does not come before the end")


def _because(value: str, record: Record, _zone: str) -> str:
    if record.refused == value:
        return ""
    return f"expected the refusal {value}, but {f'it is {record.refused}' if record.refused else 'nothing is refused'}"


def _sent(value: list[str], record: Record, _zone: str) -> str:
    sent = [touch.step for touch in record.sent]
    return "" if sent == value else f"expected exactly {_list(value)}, but {_list(sent)} went out"


def _never(value: list[str], record: Record, _zone: str) -> str:
    wrong = [step for step in value if step in record.happened]
    return f"{_list(wrong)} happened, and should never" if wrong else ""


def _handoff(value: str, record: Record, _zone: str) -> str:
    made = [offer.name for offer in record.offers]
    if value == "none":
        return f"expected no hand-off, but {_list(made)} was made" if made else ""
    return "" if value in made else f'expected the hand-off "{value}", but {_list(made) if made else "none"} was made'


def _task_for(value: str, record: Record, _zone: str) -> str:
    reps = [offer.rep for offer in record.offers] or record.task_reps
    if value in reps:
        return ""
    why = f" ({record.offers[-1].why})" if record.offers else ""
    got = ", ".join(rep or "the inbox, for anybody" for rep in reps)
    return f"expected a task for {value}, but {f'it went to {got}{why}' if reps else 'nobody got one'}"


def _tasks(value: str | list[str], record: Record, _zone: str) -> str:
    wanted = [] if value == "none" else list(value)
    opened = [touch.step for touch in record.tasks]
    return "" if opened == wanted else f"expected exactly {_list(wanted)}, but {_list(opened)} was asked of reps"


def _accept_by(value: str, record: Record, zone: str) -> str:
    wanted = moment_of(value, zone)
    if not record.offers:
        return f"expected {value}, but no hand-off was made"
    due, place = record.offers[-1].accept_by, _zone_in(value) or zone
    return "" if due == wanted else f"expected {local(wanted, place)}, but it is {local(due, place)} in {place}"


def _stage(value: str, record: Record, _zone: str) -> str:
    return "" if record.stage == value else f'expected the stage "{value}", but it is "{record.stage}"'


def _temperature(value: str, record: Record, _zone: str) -> str:
    return "" if record.temperature == value else f"expected {value}, but the lead is {record.temperature}"


def _score(value: str | int, record: Record, _zone: str) -> str:
    """A bare number means the rounded score; a comparison looks at the score itself."""
    shape = re.fullmatch(r"(>=|<=|>|<|==)? *(-?\d+)", str(value).strip())
    assert shape is not None
    sign, number = shape[1] or "==", int(shape[2])
    score = round(record.score) if sign == "==" else record.score
    return "" if _OPERATORS[sign](score, number) else f"expected {value}, but it is {record.score:.1f}"


def _enrolls(value: str, record: Record, _zone: str) -> str:
    entered = record.enrolled_in
    return "" if value in entered else f'expected "{value}" to start next, but {_list(entered)} did'


def _outcome(value: str, record: Record, _zone: str) -> str:
    """`stop[2]: replied` is the outcome `stop`; the words behind it are for people."""
    name = re.split(r"[\[:]", record.outcome)[0] or "none yet"
    return "" if name == value else f"expected the end by {value}, but it is {record.outcome or name}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _zone_in(text: str) -> str:
    parts = text.split(" ")
    return parts[2] if len(parts) == 3 else ""


_CHECKS: Mapping[str, Callable[[Any, Record, str], str]] = {
    "because": _because,
    "sent": _sent,
    "never": _never,
    "handoff": _handoff,
    "task_for": _task_for,
    "tasks": _tasks,
    "accept_by": _accept_by,
    "stage": _stage,
    "score": _score,
    "temperature": _temperature,
    "enrolls": _enrolls,
    "outcome": _outcome,
}
