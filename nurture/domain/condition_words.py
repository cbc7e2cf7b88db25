"""A decision explained: what a condition asked and what it saw, as values and as one short line."""

from __future__ import annotations

import math
from datetime import datetime

from nurture.domain.condition_run import View, getter_of, keys_of_call, since_of, test_of
from nurture.domain.condition_tree import (
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
    walk,
)
from nurture.domain.lead import Scalar


def inputs_of(tree: Node, view: View) -> dict[str, Scalar]:
    """Return every value the condition looks at; what happened is an ISO 8601 moment (UTC), None for never."""
    seen: dict[str, Scalar] = {}
    for node in walk(tree):
        if isinstance(node, Fact | Field) or (isinstance(node, Call) and node.name == "task"):
            seen[_title(node)] = _rounded(getter_of(node)(view))
        elif isinstance(node, Call) and node.name == "known":
            seen[_title(node)] = test_of(node)(view, None)
        elif isinstance(node, Call) and node.name != "within":
            seen |= {key: _moment(view, key) for key in keys_of_call(node)}
    for node in walk(tree):  # known(lead.x) is asked whether, not what
        if isinstance(node, Call) and node.name == "known":
            seen.pop(_title(node.args[0]), None)
    return seen


def sentence_of(node: Node, view: View) -> str:
    """Return the part of the condition that decided, with the values it saw: `score 84 >= 80 and replied never`."""
    return _sentence(node, view, None)


def _sentence(node: Node, view: View, since: datetime | None) -> str:
    match node:
        case Logic():
            return _deciding_parts(node, view, since)
        case Negation(part=part):
            inner = _sentence(part, view, since)
            return f"not ({inner})" if isinstance(part, Logic | Compare) else f"not {inner}"
        case Compare():
            sides = " ".join(f"{op} {_side(right, view)}" for op, right in node.rest)
            return f"{_side(node.left, view)} {sides}"
        case Call(name="within", args=(Span() as span, inner)):
            start = since_of(span.duration, view.now)
            return f"within {span.duration}: {_sentence(inner, view, start if since is None else max(start, since))}"
        case Call(name="known"):
            return f"{_title(node.args[0])} {'known' if test_of(node)(view, None) else 'unknown'}"
        case Call():
            moments = [_moment(view, key) or "never" for key in keys_of_call(node)]
            return f"{_title(node)} {' and '.join(moments)}"
    return _side(node, view)


def _deciding_parts(node: Logic, view: View, since: datetime | None) -> str:
    """Name all parts of an `and` that holds (or an `or` that does not), else only the first that settled it."""
    settles = node.word == "or"
    first = next((part for part in node.parts if test_of(part)(view, since) is settles), None)
    parts = node.parts if first is None else (first,)
    return f" {node.word} ".join(_sentence(part, view, since) for part in parts)


def _side(node: Node, view: View) -> str:
    if isinstance(node, ListOf):
        return f"[{', '.join(_side(item, view) for item in node.items)}]"
    if isinstance(node, Literal):
        return f'"{node.value}"' if isinstance(node.value, str) else str(node.value)
    if isinstance(node, Word):
        return node.name
    value = _rounded(getter_of(node)(view))
    shown = f'"{value}"' if isinstance(node, Field) and isinstance(value, str) and value else value
    return f"{_title(node)} {'unknown' if value in (None, '') else shown}"


def _title(node: Node) -> str:
    match node:
        case Fact(name=name) | Word(name=name):
            return name
        case Field(name=name):
            return f"lead.{name}"
        case Call():
            options = [f"{name}={_plain(value)}" for name, value in node.options]
            said = ", ".join([*(_title(arg) for arg in node.args), *options])
            return f"{node.name}({said})" if said else node.name
    return _plain(node)


def _plain(node: Node) -> str:
    return str(node.value) if isinstance(node, Literal) else getattr(node, "name", "")


def _moment(view: View, key: str) -> str | None:
    at = view.last(key)
    return None if at is None else at.isoformat(timespec="minutes")


def _rounded(value: Scalar) -> Scalar:
    """Cut a score to one digit; rounding up would show 80 for a 79.96 that was too little."""
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    return int(value) if value == int(value) else math.floor(value * 10) / 10
