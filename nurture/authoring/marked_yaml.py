"""YAML as marked nodes: every key, value and list item knows its line and column; all mistakes are found at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from nurture.authoring.nodes import Fields, Items, Mistake, Node, Word
from nurture.authoring.problem import Place
from nurture.authoring.syntax import in_our_words
from nurture.authoring.yaml_events import events
from nurture.domain.lead import Scalar

MAX_BYTES: Final = 256_000
MAX_DEPTH: Final = 20
_HALVES = re.compile("[\ud800-\udfff]")
_MEANINGFUL = frozenset("0123456789+-.~ntfNTF")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FRACTION = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: Final[dict[str, Scalar]] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(slots=True)
class Marked:
    """What a text was read as; `root` is None when it could not be read to its end."""

    root: Node | None
    mistakes: list[Mistake]


def read_marked(raw: bytes) -> Marked:
    """Read one YAML 1.2 document from UTF-8 bytes, keeping all places. Never raises: what is wrong is in `mistakes`."""
    if len(raw) > MAX_BYTES:
        return _refused("too-big", f"the file has {len(raw):,} bytes; at most {MAX_BYTES:,} are read", "Split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        return _refused("encoding", "this is not UTF-8 text", "Save the file as UTF-8", Place(line, column))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    reading = _Reading()
    try:
        root = reading.read(events(text))
    except ReaderError as error:
        return _refused("syntax", "a control character stands here", "Delete it", _place_at(text, error.position))
    except MarkedYAMLError as error:
        place, fact, hint = in_our_words(error)
        return Marked(None, [*reading.mistakes, Mistake(place, "syntax", fact, hint)])
    except YAMLError:
        return Marked(None, [*reading.mistakes, Mistake(Place(1, 1), "syntax", "this is not YAML")])
    if root is None and not reading.mistakes:
        return _refused("empty", "the file is empty", "")
    return Marked(root, reading.mistakes)


class _Reading:
    """One pass over the events of a document."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self._stack: list[Items | Fields] = []
        self._root: Node | None = None
        self._documents = self._holes = 0
        self._key: Word | None = None

    def read(self, stream: Iterator[Any]) -> Node | None:
        """Return the root of the tree, or None when the rest of the file must not be read."""
        for event in stream:
            kind = type(event)
            if kind is ScalarEvent:
                self._word(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if not self._open(event, Fields if kind is MappingStartEvent else Items):
                    return None
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._stack.pop()
                self._key = None
            elif kind is AliasEvent:
                self._note(event, "alias", f"references such as *{event.anchor} are not read", "Write the value out")
                self._holes += 1
                self._add(Word(None, "", _place(event)))
            elif kind is DocumentStartEvent:
                self._documents += 1
                if self._documents > 1:
                    self._note(event, "one-document", "a second document starts here", "Put it into a file of its own")
                    return None
        # A hole where a reference stood would only bring up mistakes that are none.
        return None if self._holes else self._root

    def _word(self, event: ScalarEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event)
        start, end = event.start_mark, event.end_mark
        text, quoted = self._text(event), event.style in ("'", '"')
        one_line = start.line == end.line
        length = end.column - start.column if one_line else 1
        place = Place(start.line + 1, start.column + 1, max(1, length))
        if not text and not event.style and self._key is not None:
            place = self._key.place  # nothing has no place of its own, and its mark lies on the next line
        word = Word(
            text if event.style else _meaning(text),
            text,
            place,
            quoted,
            one_line and length == len(text) + 2 * quoted,
        )
        if self._stack and isinstance(self._stack[-1], Fields) and self._key is None:
            self._name(self._stack[-1], word)
        else:
            self._add(word)

    def _text(self, event: ScalarEvent) -> str:
        """Return the text of a value. JSON writes rare characters as two escapes, which are one character here."""
        text = str(event.value)
        if event.style != '"' or not _HALVES.search(text):
            return text
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._note(event, "encoding", "an escape stands for half a character", "Write the character itself")
            return _HALVES.sub("?", text)

    def _name(self, fields: Fields, key: Word) -> None:
        """Take a key; of a key that is written twice the first one counts."""
        self._key = key
        first = fields.keys.get(key.text)
        if first is None:
            fields.keys[key.text] = key
            return
        fact = f'the key "{key.text}" is written twice; the first one is in line {first.place.line}'
        self.mistakes.append(Mistake(key.place, "duplicate-key", fact, "Keep one of them", (first.place,)))

    def _open(self, event: Any, kind: type[Items | Fields]) -> bool:
        """Start a list or mapping; False when the rest of the file makes no sense any more."""
        self._refuse_marks(event)
        if self._stack and isinstance(self._stack[-1], Fields) and self._key is None:
            self._note(event, "key", "a list or mapping cannot be a key", "Put quotes around it if it is a text")
            return False
        if len(self._stack) >= MAX_DEPTH:
            self._note(event, "too-deep", f"this is nested more than {MAX_DEPTH} levels deep", "Write it flatter")
            return False
        node = kind(Place(event.start_mark.line + 1, event.start_mark.column + 1))
        self._add(node)
        self._stack.append(node)
        self._key = None
        return True

    def _add(self, node: Node) -> None:
        """Put a value where it belongs: the root, the end of a list, or behind its key."""
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif self._key is not None:
            if self._key.text not in parent.values and parent.keys.get(self._key.text) is self._key:
                parent.values[self._key.text] = node
            self._key = None

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            self._note(event, "alias", f"anchors such as &{event.anchor} are not read", "Write the value out")
        if event.tag is not None:
            self._note(
                event,
                "tag",
                f"the tag {str(event.tag).replace('tag:yaml.org,2002:', '!!')} is not read",
                "Leave it out",
            )

    def _note(self, event: Any, rule: str, fact: str, hint: str) -> None:
        self.mistakes.append(Mistake(_place(event), rule, fact, hint))


def _meaning(text: str) -> Scalar:
    """Return what a plain word means: YAML 1.2's core schema without octal, hexadecimal and endless numbers."""
    if text and text[0] not in _MEANINGFUL:
        return text
    if text.lower() in _WORDS and text in (text.lower(), text.capitalize(), text.upper()):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text) and math.isfinite(number := float(text)) and not text.lstrip("+-").isdigit():
        return number
    return text


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(start.line + 1, start.column + 1, max(1, end.column - start.column if start.line == end.line else 1))


def _place_at(text: str, position: int) -> Place:
    return Place(text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


def _refused(rule: str, fact: str, hint: str, place: Place | None = None) -> Marked:
    return Marked(None, [Mistake(place or Place(1, 1), rule, fact, hint)])
