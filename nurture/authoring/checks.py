"""Walks a marked document along its grammar: what is misspelt, missing or of the wrong kind, which names it uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from nurture.authoring.grammar import Anything, Choice, Kind, Leaf, Listing, Named, Part, Record, Table
from nurture.authoring.nodes import Fields, Items, Mistake, Node, Word
from nurture.authoring.problem import Place, did_you_mean, nearest, one_of

Trail = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A part of a value that means something: its `kind` (`condition`, `stage`, `template:sms`, …), text and place."""

    kind: str
    text: str
    place: Place
    path: Trail
    word: Word
    column: int = 1


@dataclass(slots=True)
class Walk:
    """What one walk through a document found."""

    mistakes: list[Mistake] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)


def walk(kind: Kind, root: Node) -> Walk:
    """Check a document against its grammar; return every mistake and every use of a name, condition or duration."""
    walker = _Walker()
    walker.visit(kind, root, ())
    return walker.found


def place_of(node: Node) -> Place:
    """Return the part of the file to point at: for a mapping its first key."""
    if isinstance(node, Fields) and node.keys:
        return next(iter(node.keys.values())).place
    return node.place


class _Walker:
    def __init__(self) -> None:
        self.found = Walk()

    def visit(self, kind: Kind, node: Node, path: Trail) -> None:
        """Check one node, and all below it."""
        if isinstance(kind, Leaf):
            self._leaf(kind, node, path)
        elif isinstance(kind, Listing):
            self._listing(kind, node, path)
        elif isinstance(kind, Record):
            self._record(kind, node, path)
        elif isinstance(kind, Table):
            self._table(kind, node, path)
        elif isinstance(kind, Choice):
            self._choice(kind, node, path)
        elif isinstance(kind, Named):
            self.visit(kind.find(), node, path)
        elif not isinstance(kind, Anything):
            assert_never(kind)

    def _blame(self, place: Place, rule: str, fact: str, hint: str = "") -> None:
        self.found.mistakes.append(Mistake(place, rule, fact, hint))

    def _leaf(self, leaf: Leaf, node: Node, path: Trail) -> None:
        if not isinstance(node, Word):
            self._blame(place_of(node), "wrong-kind", f"{leaf.says} belongs here, not {_shape(node)}", leaf.example)
            return
        if not fits(leaf, node):
            self._misfit(leaf, node)
            return
        for part in leaf.parts(node.text) or []:
            self._use(part, node, path)

    def _use(self, part: Part, word: Word, path: Trail) -> None:
        place = word.place if part.text == word.text else word.part(part.column, len(part.text))
        self.found.uses.append(Use(part.kind, part.text, place, path, word, part.column))

    def _misfit(self, leaf: Leaf, word: Word) -> None:
        if word.value is None and not word.quoted:
            self._blame(word.place, "nothing-there", f"{leaf.says} belongs here, and there is nothing", leaf.example)
        elif leaf.words:
            self._blame(
                word.place, "unknown-word", f'"{word.text}" is not {leaf.says}', did_you_mean(word.text, leaf.words)
            )
        else:
            rule = leaf.kind if leaf.pattern else "wrong-kind"
            self._blame(word.place, rule, f'"{word.text}" is not {leaf.says}', leaf.example)

    def _listing(self, kind: Listing, node: Node, path: Trail) -> None:
        if not isinstance(node, Items):
            self._blame(
                place_of(node), "wrong-kind", f"a list belongs here, not {_shape(node)}", "Begin each entry with a dash"
            )
            return
        self._too_few(node, len(node.items), kind.least)
        for number, item in enumerate(node.items):
            self.visit(kind.item, item, (*path, number))

    def _table(self, kind: Table, node: Node, path: Trail) -> None:
        if not isinstance(node, Fields):
            self._blame(place_of(node), "wrong-kind", f'lines like "name: value" belong here, not {_shape(node)}')
            return
        self._too_few(node, len(node.values), kind.least)
        for name, key in node.keys.items():
            parts = kind.key.parts(name)
            if parts is None:
                self._misfit(kind.key, key)
            for part in parts or ():
                self._use(part, key, (*path, name))
            if name in node.values:
                self.visit(kind.value, node.values[name], (*path, name))

    def _too_few(self, node: Node, found: int, least: int) -> None:
        if found < least:
            fact = "this is empty" if found == 0 else f"there is only {found} of at least {least}"
            self._blame(
                place_of(node), "too-few", fact, "Write at least one" if least == 1 else f"At least {least} belong here"
            )

    def _choice(self, kind: Choice, node: Node, path: Trail) -> None:
        fitting = [option for option in kind.options if _may_be(option, node)]
        if fitting:
            self.visit(fitting[0], node, path)
            return
        says = " or ".join(_says(option) for option in kind.options)
        self._blame(place_of(node), "wrong-kind", f"{says} belongs here, not {_shape(node)}")

    def _record(self, kind: Record, node: Node, path: Trail) -> None:
        if not isinstance(node, Fields):
            fact = f"{kind.name} belongs here, not {_shape(node)}"
            self._blame(place_of(node), "wrong-kind", fact, one_of(kind.keys))
            return
        unknown = [name for name in node.keys if name not in kind.keys]
        if kind.others is None:
            for name in unknown:
                self._unknown_key(kind, node, name)
        meant = {nearest(name, kind.keys) for name in unknown} if kind.others is None else set()
        self._missing(kind, node, meant)
        self._verbs(kind, node, guessed=bool(meant))
        for name, value in node.values.items():
            below = kind.keys[name].kind if name in kind.keys else kind.others
            if below is not None:
                self.visit(below, value, (*path, name))

    def _unknown_key(self, kind: Record, node: Fields, name: str) -> None:
        near = nearest(name, kind.keys)
        hint = f'Did you mean "{near}"?' if near else one_of(_missing_keys(kind, node))
        self._blame(node.keys[name].place, "unknown-key", f'unknown key "{name}"', hint)

    def _missing(self, kind: Record, node: Fields, meant: set[str]) -> None:
        """Say what is not there, but not of a key that is only misspelt."""
        for name, key in kind.keys.items():
            if key.required and name not in node.keys and name not in meant:
                self._blame(place_of(node), "missing-key", f'{_called(kind, node)} has no "{name}"', key.about)
        if kind.any_of and not meant and not any(name in node.keys for name in kind.any_of):
            self._blame(place_of(node), "missing-key", f"{_called(kind, node)} says nothing", one_of(kind.any_of))

    def _verbs(self, kind: Record, node: Fields, *, guessed: bool) -> None:
        """One verb a step: exactly one must be there, and only keys that make sense beside it."""
        if not kind.verbs:
            return
        verbs = [name for name in node.keys if name in kind.verbs]
        if not verbs and guessed:
            return
        if not verbs:
            self._blame(place_of(node), "no-verb", f"{_called(kind, node)} does nothing", one_of(kind.verbs))
            return
        verb, allowed = verbs[0], kind.verbs[verbs[0]]
        for other in verbs[1:]:
            if other not in allowed:
                fact = f'{_called(kind, node)} has two verbs, "{verb}" and "{other}"'
                self._blame(node.keys[other].place, "two-verbs", fact, "Make it two")
        belonging = {name for names in kind.verbs.values() for name in names} - {*kind.verbs}
        for name in node.keys:
            if name in belonging and name not in allowed:
                fact = f'"{name}" means nothing beside "{verb}"'
                where = [each for each, names in kind.verbs.items() if name in names]
                self._blame(node.keys[name].place, "wrong-key", fact, f"It belongs to {', '.join(where)}")


def fits(leaf: Leaf, word: Word) -> bool:
    """Return whether a written value is one that the leaf describes."""
    if leaf.json == ("boolean",):
        return isinstance(word.value, bool)
    if "number" in leaf.json or leaf.json == ("integer",):
        if leaf.json != ("integer",) and "string" in leaf.json:
            return word.value is not None
        allowed = int | float if "number" in leaf.json else int
        return (
            isinstance(word.value, allowed) and not isinstance(word.value, bool) and _in_range(leaf, float(word.value))
        )
    if word.value is None and "null" not in leaf.json:
        return False
    return leaf.parts(word.text) is not None


def _in_range(leaf: Leaf, number: float) -> bool:
    return (leaf.least is None or number >= leaf.least) and (leaf.most is None or number <= leaf.most)


def _may_be(option: Kind, node: Node) -> bool:
    """Whether a node is written the way this kind is: a word, a list or a mapping."""
    if isinstance(option, Named):
        return _may_be(option.find(), node)
    if isinstance(option, Choice):
        return any(_may_be(each, node) for each in option.options)
    wanted = Word if isinstance(option, Leaf) else Items if isinstance(option, Listing) else Fields
    return isinstance(node, wanted)


def _says(option: Kind) -> str:
    if isinstance(option, Leaf):
        return " or ".join(option.words) or option.says
    if isinstance(option, Named):
        return f"a list of {option.name}"
    return option.name if isinstance(option, Record) else "a list" if isinstance(option, Listing) else "a mapping"


def _shape(node: Node) -> str:
    if isinstance(node, Word):
        return "nothing" if node.value is None else f'"{node.text[:40]}"'
    return "a list" if isinstance(node, Items) else "a mapping"


def _called(kind: Record, node: Fields) -> str:
    """Name a record in a sentence: `step "nudge"` when it has an id, else `a step`."""
    own = node.values.get("id")
    return f'{kind.name.split()[-1]} "{own.text}"' if isinstance(own, Word) and own.text else kind.name


def _missing_keys(kind: Record, node: Fields) -> list[str]:
    return [name for name in kind.keys if name not in node.keys]
