"""A condition as a tree: the few kinds of nodes that our language has."""

from __future__ import annotations

from dataclasses import dataclass

from nurture.domain.duration import Duration

NUMBERS = frozenset({"score", "fit", "engagement"})
FACTS = NUMBERS | {"stage", "temperature"}
BARE = frozenset({"replied", "clicked", "opened", "sent", "delivered", "bounced", "out_of_office"})
"""Functions that may stand without parentheses."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands in the text: 0-based start and length in characters."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text or true/false."""

    value: str | int | float | bool
    at: Place


@dataclass(frozen=True, slots=True)
class Word:
    """A bare name: a stage, an intent, an outcome, a step or an event, as its place in the condition says."""

    name: str
    at: Place


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`: literals and words."""

    items: tuple[Node, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Field:
    """`lead.<name>`."""

    name: str
    at: Place


@dataclass(frozen=True, slots=True)
class Fact:
    """score, fit, engagement (numbers), stage, temperature (names)."""

    name: str
    at: Place


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, as the first thing in within()."""

    duration: Duration
    at: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function over what happened."""

    name: str
    args: tuple[Node, ...]
    options: tuple[tuple[str, Node], ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right`, chained when there is more than one pair."""

    left: Node
    rest: tuple[tuple[str, Node], ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` over two or more parts."""

    word: str
    parts: tuple[Node, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Negation:
    """`not part`."""

    part: Node
    at: Place


Node = Literal | Word | ListOf | Field | Fact | Span | Call | Compare | Logic | Negation


def walk(node: Node) -> list[Node]:
    """Return a node and all nodes under it, in the order of the text."""
    return [node, *(below for child in _children(node) for below in walk(child))]


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Logic(parts=parts):
            return parts
        case Negation(part=part):
            return (part,)
        case Compare(left=left, rest=rest):
            return (left, *(right for _, right in rest))
        case Call(args=args):
            return args
    return node.items if isinstance(node, ListOf) else ()
