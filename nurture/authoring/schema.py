"""The grammar once more, as JSON Schema: for editors that complete and check while somebody writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, assert_never

from nurture.authoring.grammar import Anything, Choice, Key, Kind, Leaf, Listing, Named, Record, Table
from nurture.authoring.grammar_personas import PERSONA_FILE
from nurture.authoring.grammar_policies import POLICY_GRAMMARS
from nurture.authoring.grammar_sequence import SEQUENCE_FILE
from nurture.authoring.grammar_tests import TEST_FILE
from nurture.domain.errors import NotFound

GRAMMARS: Mapping[str, Kind] = {
    "sequence": SEQUENCE_FILE,
    "test": TEST_FILE,
    "personas": PERSONA_FILE,
    **POLICY_GRAMMARS,
}
"""Every sort of file that has a schema."""
_DRAFT = "http://json-schema.org/draft-07/schema#"
_GROUP = re.compile(r"\(\?P<\w+>")


def json_schema(sort: str = "sequence") -> dict[str, Any]:
    """Return the JSON Schema (draft 7) of a sort of file: sequence, test, personas, or a policy such as calendars.

    It knows keys, kinds and words; names that other files define are checked by `nurture validate`. Raises NotFound.
    """
    grammar = GRAMMARS.get(sort)
    if grammar is None:
        raise NotFound(f'there is no schema of "{sort}"', remedy=f"Ask for one of {', '.join(GRAMMARS)}")
    printer = _Printer()
    body = printer.of(grammar)
    head = {"$schema": _DRAFT, "title": f"Nurture {sort} file"}
    return head | body | ({"definitions": printer.definitions} if printer.definitions else {})


class _Printer:
    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def of(self, kind: Kind) -> dict[str, Any]:
        """Return the schema of one kind."""
        match kind:
            case Leaf():
                return _leaf(kind)
            case Listing():
                return _about(
                    {"type": "array", "items": self.of(kind.item)} | _least("minItems", kind.least), kind.about
                )
            case Table():
                names = {} if not kind.key.words and not kind.key.pattern else {"propertyNames": _names(kind.key)}
                values = {"type": "object", "additionalProperties": self.of(kind.value)}
                return values | names | _least("minProperties", kind.least)
            case Record():
                return self._record(kind)
            case Choice():
                return {"anyOf": [self.of(option) for option in kind.options]}
            case Named():
                return self._named(kind)
            case Anything():
                return {}
        assert_never(kind)

    def _named(self, kind: Named) -> dict[str, Any]:
        if kind.name not in self.definitions:
            self.definitions[kind.name] = {}  # the name must be there before its content asks for it again
            self.definitions[kind.name] = self.of(kind.find())
        return {"$ref": f"#/definitions/{kind.name}"}

    def _record(self, kind: Record) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: self._key(key) for name, key in kind.keys.items()},
            "additionalProperties": False if kind.others is None else self.of(kind.others),
        }
        if required := [name for name, key in kind.keys.items() if key.required]:
            schema["required"] = required
        if alternatives := kind.any_of or tuple(kind.verbs):
            schema["anyOf"] = [{"required": [name]} for name in alternatives]
        if beside := _beside(kind):
            schema["dependencies"] = beside
        return _about(schema, kind.about)

    def _key(self, key: Key) -> dict[str, Any]:
        schema = self.of(key.kind)
        # In draft 7 whatever stands beside a $ref is ignored.
        return _about({"allOf": [schema]} if "$ref" in schema else schema, key.about)


def _leaf(leaf: Leaf) -> dict[str, Any]:
    if leaf.words:
        return {"enum": list(leaf.words)}
    schema: dict[str, Any] = {"type": leaf.json[0] if len(leaf.json) == 1 else list(leaf.json)}
    if leaf.pattern:
        schema["pattern"] = _pattern(leaf)
    if leaf.least is not None:
        schema["minimum"] = leaf.least
    if leaf.most is not None:
        schema["maximum"] = leaf.most
    return _about(schema, leaf.example)


def _names(leaf: Leaf) -> dict[str, Any]:
    return {"enum": list(leaf.words)} if leaf.words else {"pattern": _pattern(leaf)}


def _pattern(leaf: Leaf) -> str:
    return f"^(?:{_GROUP.sub('(?:', leaf.pattern)})$"


def _beside(kind: Record) -> dict[str, Any]:
    """Return which keys only make sense beside certain verbs."""
    owned = {name for names in kind.verbs.values() for name in names if name not in kind.verbs}
    return {
        name: {"anyOf": [{"required": [verb]} for verb, names in kind.verbs.items() if name in names]}
        for name in sorted(owned)
    }


def _about(schema: dict[str, Any], about: str) -> dict[str, Any]:
    return schema | {"description": about} if about else schema


def _least(name: str, least: int) -> dict[str, int]:
    return {name: least} if least else {}
