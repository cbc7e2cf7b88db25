"""What a document may look like, as data: the checks walk these tables and the JSON Schema is printed from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Part(NamedTuple):
    """A piece of a written value that means something of its own: its kind, its text and its column (from 1)."""

    kind: str
    text: str
    column: int = 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value. `says` completes "…is not": `a duration`; `example` is shown as the way out.

    `words` lists all values there are; else `pattern` must match the whole text. Each group of it is a `Part` of the
    kind it is named after (`condition`, `duration`, `step`, …), else the whole text is one of the leaf's `kind`.
    `json` is the type of the value in JSON.
    """

    kind: str
    says: str
    example: str = ""
    words: tuple[str, ...] = ()
    pattern: str = ""
    json: tuple[str, ...] = ("string",)
    least: int | None = None
    most: int | None = None

    def parts(self, text: str) -> list[Part] | None:
        """Return what `text` consists of, or None when it is not such a value."""
        if self.words or not self.pattern:
            return [Part(self.kind, text)] if not self.words or text in self.words else None
        match = re.fullmatch(self.pattern, text)
        if match is None:
            return None
        named = [
            Part(name.rstrip("0123456789"), value, match.start(name) + 1)
            for name, value in match.groupdict().items()
            if value is not None
        ]
        return named if match.re.groupindex else [Part(self.kind, text)]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of `item`, at least `least` long."""

    item: Kind
    least: int = 0
    about: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping whose keys the author chooses."""

    key: Leaf
    value: Kind
    least: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping: what stands behind it, whether it must be there, and a sentence for editors."""

    kind: Kind
    about: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys.

    `verbs` maps a key that says what is done to the keys that only make sense beside it; exactly one verb must be there
    (verbs that stand in each other's list may come together). Of `any_of` at least one key must be there.
    `others` is what unknown keys may hold; None refuses them.
    """

    name: str
    keys: Mapping[str, Key]
    verbs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_of: tuple[str, ...] = ()
    others: Kind | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several kinds, told apart by how they are written: a word, a list or a mapping."""

    options: tuple[Leaf | Listing | Table | Record | Named, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A kind that is defined elsewhere under a name, so that it can contain itself."""

    name: str
    find: Callable[[], Leaf | Listing | Table | Record | Choice]


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value at all."""


Kind = Leaf | Listing | Table | Record | Choice | Named | Anything
