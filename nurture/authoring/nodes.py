"""The nodes of a document that knows its places: single values, lists and mappings, and a mistake at one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nurture.authoring.problem import Place, Severity
from nurture.domain.lead import Scalar


@dataclass(slots=True)
class Word:
    """A single value. `text` is what was written, `value` what it means; `offset` is the column of its first letter."""

    value: Scalar
    text: str
    place: Place
    quoted: bool = False
    simple: bool = True
    """Whether letter n of `text` stands n columns behind its start: one line, no escapes."""

    def part(self, column: int, length: int) -> Place:
        """Return the place of the part of the text that starts at `column` (from 1)."""
        if not self.simple:
            return self.place
        shift = column - 1 + self.quoted
        return Place(self.place.line, self.place.column + shift, max(1, length))


@dataclass(slots=True)
class Items:
    """A list."""

    place: Place
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Fields:
    """A mapping; `keys` and `values` by the key's text, in the order of the file."""

    place: Place
    keys: dict[str, Word] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)


Node = Word | Items | Fields


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong at a place, not yet tied to a file. `also` are other places worth quoting."""

    place: Place
    rule: str
    fact: str
    hint: str = ""
    also: tuple[Place, ...] = ()
    severity: Severity = Severity.ERROR


def plain(node: Node) -> Any:
    """Return the node as plain JSON-able values."""
    if isinstance(node, Word):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.values.items()}


def places_of(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Place]]:
    """Yield the path of every node of the tree (keys and list positions) and its place."""
    yield path, node.place
    children: list[tuple[str | int, Node]] = []
    if isinstance(node, Items):
        children = list(enumerate(node.items))
    elif isinstance(node, Fields):
        children = list(node.values.items())
    for name, child in children:
        yield from places_of(child, (*path, name))
