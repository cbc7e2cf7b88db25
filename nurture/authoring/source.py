"""One file as it was read: its text, its marked tree, what is wrong, and how mistakes become problems with lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from nurture.authoring.marked_yaml import read_marked
from nurture.authoring.nodes import Items, Mistake, Node, Word, plain
from nurture.authoring.problem import Line, Place, Problem


@dataclass
class Source:
    """A file under the name its author knows it by."""

    path: Path
    shown: str
    raw: bytes
    root: Node | None
    mistakes: list[Mistake] = field(default_factory=list)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file, as editors count them."""
        text = self.raw.decode("utf-8-sig", errors="replace")
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @cached_property
    def document(self) -> Any:
        """The content as plain values; an empty mapping when it could not be read."""
        return {} if self.root is None else plain(self.root)

    def problems(self, mistakes: Iterable[Mistake]) -> list[Problem]:
        """Tie mistakes to this file and quote the lines they are about."""
        return [self._problem(mistake) for mistake in mistakes]

    def _problem(self, mistake: Mistake) -> Problem:
        quoted = sorted({place.line: place for place in (*mistake.also, mistake.place)}.values())
        lines = tuple(Line(self.lines[place.line - 1], place) for place in quoted if self._has(place))
        return Problem(self.shown, mistake.place, mistake.rule, mistake.fact, mistake.hint, mistake.severity, lines)

    def _has(self, place: Place) -> bool:
        return place.line <= len(self.lines) and bool(self.lines[place.line - 1].strip())


def read_source(path: Path, root: Path | None = None) -> Source:
    """Read a YAML file. Never raises for its content; a file that is not there is a mistake too."""
    shown = show(path, root)
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "the file cannot be opened"
        return Source(path, shown, b"", None, [Mistake(Place(1, 1), "file", reason, "Check the path")])
    marked = read_marked(raw)
    return Source(path, shown, raw, marked.root, marked.mistakes)


def show(path: Path, root: Path | None) -> str:
    """Return the path relative to the root when it lies below it, as it is otherwise."""
    if root is not None and path.resolve().is_relative_to(root.resolve()):
        return path.resolve().relative_to(root.resolve()).as_posix()
    return path.as_posix()


def version_of(document: Any) -> str:
    """Return the content hash of a document: the first 12 hex digits of SHA-256 over its canonical JSON."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def word_at(node: Node | None, text: str) -> Place | None:
    """Return the place of the first key or value in a tree that reads `text`, or None."""
    if isinstance(node, Word):
        return node.place if node.text == text else None
    if isinstance(node, Items):
        return next((place for item in node.items if (place := word_at(item, text))), None)
    for name, key in node.keys.items() if node is not None else ():
        if name == text:
            return key.place
        if place := word_at(node.values.get(name) if node is not None else None, text):
            return place
    return None
