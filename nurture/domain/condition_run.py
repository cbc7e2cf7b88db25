"""A condition's tree as closures: parsed and decided once, asked thousands of times a second."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from nurture.domain.condition_tree import (
    NUMBERS,
    Call,
    Compare,
    Fact,
    Field,
    ListOf,
    Literal,
    Logic,
    Negation,
    Node,
    Span,
    Word,
)
from nurture.domain.duration import Duration
from nurture.domain.lead import Scalar
from nurture.domain.memory import fact_key


class View(Protocol):
    """What a condition may see of a lead. `now` is UTC; `last` answers to the keys of `memory.fact_key`."""

    @property
    def now(self) -> datetime:
        """The moment of the question."""
        ...

    def field(self, name: str) -> Scalar:
        """Return a fact of the lead that is no name and no address, None when it is missing."""
        ...

    def known(self, name: str) -> bool:
        """Return whether a field, identity included, has a value."""
        ...

    def number(self, name: str) -> float:
        """Return score, fit or engagement."""
        ...

    def at_most(self, name: str) -> float:
        """Return a number that `number` does not exceed and that costs little."""
        ...

    def stage(self) -> str:
        """Return the lead's stage."""
        ...

    def temperature(self) -> str:
        """Return the band of the lead's score."""
        ...

    def last(self, key: str) -> datetime | None:
        """Return when this last happened (UTC), None for never."""
        ...

    def outcome(self, step: str) -> str:
        """Return the outcome of a task step, "" before there is one."""
        ...


Test = Callable[[View, datetime | None], bool]
"""Asks a view; with a moment, only what happened since then counts."""
Getter = Callable[[View], Scalar]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def test_of(node: Node) -> Test:
    """Return the closure of a tree that the checks found to be a yes-or-no question."""
    match node:
        case Logic(parts=parts):
            return _logic(node.word, [test_of(part) for part in parts])
        case Negation(part=part):
            inner = test_of(part)
            return lambda view, since: not inner(view, since)
        case Compare():
            return _comparison(node)
        case Call():
            return _happened(node)
        case Literal(value=value):
            return lambda _view, _since: value is True
        case Field(name=name):
            return lambda view, _since: view.field(name) is True
    raise TypeError(f"{type(node).__name__} is not a yes-or-no question")


def keys_of_call(call: Call) -> tuple[str, ...]:
    """Return the memory keys that a call over what happened asks for; all of them must be there."""
    options = {name: literal_of(node) for name, node in call.options}
    first = str(literal_of(call.args[0])) if call.args else ""
    if call.name == "replied":
        return (fact_key("replied", detail=first),)
    if call.name == "happened":
        return tuple(fact_key("happened", detail=first, fields={n: v}) for n, v in options.items()) or (
            fact_key("happened", detail=first),
        )
    step = "" if first == "any" else first
    return (fact_key(call.name, step=step, detail=str(options.get("link", ""))),)


def literal_of(node: Node) -> Scalar:
    """Return the value of a literal, or the name of a word."""
    if isinstance(node, Literal):
        return node.value
    return node.name if isinstance(node, Word) else None


def getter_of(node: Node) -> Getter:
    """Return the closure that reads one side of a comparison; an outcome that is not there yet is None."""
    match node:
        case Fact(name=name) if name in NUMBERS:
            return lambda view: view.number(name)
        case Fact(name="stage"):
            return lambda view: view.stage()
        case Fact():
            return lambda view: view.temperature()
        case Field(name=name):
            return lambda view: view.field(name)
        case Call(name="task"):
            step = str(literal_of(node.args[0]))
            return lambda view: view.outcome(step) or None
    constant = literal_of(node)
    return lambda _view: constant


def same_or_ordered(op: str, left: Scalar, right: Scalar) -> bool:
    """Compare two values and never raise: what is missing or of another kind differs, and is neither less nor more.

    Text is equal whatever its case; text that holds a number is a number next to one (CSV files have no types).
    """
    if isinstance(left, str) and isinstance(right, str):
        return _ORDER[op](left.casefold(), right.casefold())
    first, second = _number(left, right), _number(right, left)
    if first is not None and second is not None:
        return _ORDER[op](first, second)
    if isinstance(left, bool) and isinstance(right, bool) and op in ("==", "!="):
        return _ORDER[op](left, right)
    return op == "!="


def is_in(left: Scalar, right: Scalar | tuple[Scalar, ...]) -> bool:
    """Return whether `left` is one of a list, or a part of a text; never raises."""
    if isinstance(right, tuple):
        return any(same_or_ordered("==", left, item) for item in right)
    return isinstance(left, str) and isinstance(right, str) and left.casefold() in right.casefold()


def since_of(duration: Duration, now: datetime) -> datetime:
    """Return the moment `duration` before `now` (UTC). Business days are Monday to Friday, holidays or not."""
    if not duration.business:
        return now - duration.plain
    left, at = duration.amount * (5 if duration.unit == "week" else 1), now
    weeks, left = divmod(left, 5)
    at -= timedelta(weeks=weeks)
    while left:
        at -= timedelta(days=1)
        left -= at.weekday() < 5
    return at


def _logic(word: str, tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, two = tests
        if word == "and":
            return lambda view, since: one(view, since) and two(view, since)
        return lambda view, since: one(view, since) or two(view, since)
    combine = all if word == "and" else any
    return lambda view, since: combine([test(view, since) for test in tests])


def _comparison(node: Compare) -> Test:
    sides = (node.left, *(right for _, right in node.rest))
    pairs = [_pair(op, sides[i], right) for i, (op, right) in enumerate(node.rest)]
    return pairs[0] if len(pairs) == 1 else _logic("and", pairs)


def _pair(op: str, left: Node, right: Node) -> Test:
    read = getter_of(left)
    if op in ("in", "not in"):
        wanted = op == "in"
        if isinstance(right, ListOf):
            items = tuple(literal_of(item) for item in right.items)
            return lambda view, _since: is_in(read(view), items) is wanted
        text = getter_of(right)
        return lambda view, _since: is_in(read(view), text(view)) is wanted
    compare = _ORDER[op]
    if isinstance(left, Fact) and left.name in NUMBERS and isinstance(right, Literal):
        name, limit = left.name, right.value
        if op in (">", ">="):  # nine of ten scores are far below their limit, and the exact one is dear
            return lambda view, _since: compare(view.at_most(name), limit) and compare(view.number(name), limit)
        return lambda view, _since: compare(view.number(name), limit)
    other = getter_of(right)
    return lambda view, _since: same_or_ordered(op, read(view), other(view))


def _happened(call: Call) -> Test:
    if call.name == "within":
        return _within(call)
    if call.name == "known":
        name = str(call.args[0].name) if isinstance(call.args[0], Field | Word) else ""
        return lambda view, _since: view.known(name)
    keys = keys_of_call(call)
    if len(keys) == 1:
        return _one_fact(keys[0])
    return _logic("and", [_one_fact(key) for key in keys])


def _one_fact(key: str) -> Test:
    def happened(view: View, since: datetime | None) -> bool:
        at = view.last(key)
        return at is not None and (since is None or at >= since)

    return happened


def _within(call: Call) -> Test:
    duration, inner = call.args[0], test_of(call.args[1])
    if not isinstance(duration, Span):
        raise TypeError("within() has no duration")
    length = duration.duration

    def within(view: View, since: datetime | None) -> bool:
        start = since_of(length, view.now)
        return inner(view, start if since is None else max(start, since))

    return within


def _number(value: Scalar, other: Scalar) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        # Python reads "1_000", "infinity" and "nan" as numbers; people do not mean them.
        plain = value.strip().lstrip("-").replace(".", "", 1)
        return float(value) if plain.isascii() and plain.isdigit() and not isinstance(other, str) else None
    return value
