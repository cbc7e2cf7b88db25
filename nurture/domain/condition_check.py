"""Is a condition one that can be asked? Kinds and names are checked before a single lead meets it."""

from __future__ import annotations

from collections.abc import Collection

from nurture.domain.condition_calls import check_call, name_of
from nurture.domain.condition_text import ConditionProblem
from nurture.domain.condition_tree import (
    BARE,
    FACTS,
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
    Word,
    walk,
)
from nurture.domain.condition_vocabulary import FUNCTIONS, HAPPENINGS, Findings, Vocabulary, suggest
from nurture.domain.lead import IDENTITY_FIELDS

_FIELD_KINDS = {"text": "text", "number": "number", "boolean": "yes or no", "bool": "yes or no", "date": "text"}
_NAMED = {"stage": "stages", "temperature": "temperatures", "outcome": "outcomes"}
_A = {
    "number": "a number", "text": "text", "yes or no": "a yes or no", "list": "a list", "time": "a length of time",
    "stage": "a stage", "temperature": "a temperature", "outcome": "an outcome", "name": "a name", "?": "this",
}  # fmt: skip
_COMPARE_HINTS = {
    "number": "Compare it, such as score >= 80",
    "outcome": "Compare it, such as task(price-call) == connected",
    "stage": "Compare it, such as stage == mql",
    "time": "Write it into within(7 days, clicked(any))",
}


def problems_of(tree: Node, vocabulary: Vocabulary) -> list[ConditionProblem]:
    """Return every mistake in a tree, in the order of the text."""
    findings = Findings(vocabulary)
    _Checker(findings).truth(tree)
    return findings.problems


class _Checker:
    def __init__(self, findings: Findings) -> None:
        self._findings, self._vocabulary = findings, findings.vocabulary
        self._blame = findings.blame

    def truth(self, node: Node) -> None:
        """Check a node that must answer yes or no."""
        match node:
            case Logic(parts=parts):
                for part in parts:
                    self.truth(part)
            case Negation(part=part):
                self.truth(part)
            case Compare():
                self._compare(node)
            case Word(name=name):
                self._unknown(name, node)
            case _:
                self._truth_of_value(node)

    def _truth_of_value(self, node: Node) -> None:
        kind = self._kind(node)
        if kind not in ("yes or no", "?"):
            hint = _COMPARE_HINTS.get(kind, 'Compare it with "==" or "in"')
            self._blame(f"{_A[kind]} is no yes-or-no question", node.at, hint)

    def _kind(self, node: Node) -> str:
        match node:
            case Literal(value=value):
                return "yes or no" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
            case Fact(name=name):
                return "number" if name in NUMBERS else name
            case Field():
                return self._field(node)
            case Call():
                return self._call(node)
            case ListOf():
                return "list"
            case Word():
                return "name"
            case Logic() | Negation() | Compare():
                self.truth(node)
                return "yes or no"
        return "time"

    def _field(self, node: Field) -> str:
        fields = self._vocabulary.fields
        if node.name in IDENTITY_FIELDS:
            message = f'"lead.{node.name}" tells who somebody is, and conditions never see that'
            self._blame(message, node.at, f"Ask known(lead.{node.name})", "identity-field")
        elif fields and node.name not in fields:
            self._blame(f'no lead has a field "{node.name}"', node.at, suggest(node.name, fields), "unknown-field")
        return _FIELD_KINDS.get(fields.get(node.name, ""), "?")

    def _call(self, node: Call) -> str:
        whole = check_call(node, self._findings)
        if whole and node.name == "within":
            self.truth(node.args[1])
            if not any(isinstance(each, Call) and each.name in HAPPENINGS for each in walk(node.args[1])):
                message = "within() is about what happened, and nothing in it can happen"
                self._blame(message, node.args[1].at, "Write within(7 days, clicked(any))", "condition-shape")
        if node.name not in FUNCTIONS:
            return "?"
        return "outcome" if node.name == "task" else "yes or no"

    def _compare(self, node: Compare) -> None:
        left = node.left
        for op, right in node.rest:
            self._pair(op, left, right)
            left = right

    def _pair(self, op: str, left: Node, right: Node) -> None:
        kinds = self._kind(left), self._kind(right)
        if op in ("in", "not in"):
            self._membership(left, right, kinds)
        elif "list" in kinds or "time" in kinds:
            odd = right if kinds[1] in ("list", "time") else left
            hint = 'Write "in" before a list' if isinstance(odd, ListOf) else _COMPARE_HINTS["time"]
            self._blame(f'{_A[self._kind(odd)]} cannot be compared with "{op}"', odd.at, hint)
        elif "name" in kinds or kinds[0] in _NAMED or kinds[1] in _NAMED:
            self._by_name(op, left, right, kinds)
        elif "?" not in kinds and kinds[0] != kinds[1]:
            self._blame(f"{_A[kinds[0]]} cannot be compared with {_A[kinds[1]]}", right.at, _without_quotes(right))
        elif "yes or no" in kinds and op not in ("==", "!="):
            self._blame(f'"{op}" needs numbers', right.at, 'Write "==" or "!="')

    def _membership(self, left: Node, right: Node, kinds: tuple[str, str]) -> None:
        if isinstance(right, ListOf):
            for item in right.items:
                self._pair("==", left, item)
        elif kinds[1] not in ("text", "?") or kinds[0] not in ("text", "?"):
            self._blame(
                f'"in" cannot look for {_A[kinds[0]]} in {_A[kinds[1]]}', right.at, "Write a list: stage in [mql, sql]"
            )

    def _by_name(self, op: str, left: Node, right: Node, kinds: tuple[str, str]) -> None:
        """Check `stage == mql` and its like: one side is asked, the other is one of its names."""
        asked, said, kind = (left, right, kinds[0]) if kinds[0] in _NAMED else (right, left, kinds[1])
        if kind not in _NAMED:
            word = left if kinds[0] == "name" else right
            self._misplaced(word, kinds[0] if word is right else kinds[1])
        elif op not in ("==", "!="):
            self._blame(f'"{op}" cannot order names', said.at, 'Write "==" or "in"')
        elif (name := name_of(said)) is None:
            self._blame(f"{_A[kinds[0]]} cannot be compared with {_A[kinds[1]]}", said.at)
        else:
            known = self._names(kind, asked)
            if known and name not in known:
                self._blame(f'there is no {kind} "{name}"', said.at, suggest(name, known), f"unknown-{kind}")

    def _names(self, kind: str, asked: Node) -> Collection[str]:
        if kind == "outcome":
            step = name_of(asked.args[0]) if isinstance(asked, Call) and asked.args else None
            return self._vocabulary.outcomes.get(step or "", ())
        return self._vocabulary.stages if kind == "stage" else self._vocabulary.temperatures

    def _misplaced(self, word: Node, other: str) -> None:
        name = name_of(word) or ""
        if other in ("text", "?"):
            self._blame(f'"{name}" is a bare name', word.at, f'Put text in quotes: "{name}"', "unknown-name")
        else:
            self._unknown(name, word)

    def _unknown(self, name: str, node: Node) -> None:
        known = name in self._vocabulary.fields
        hint = f'Write "lead.{name}"' if known else suggest(name, FACTS | BARE | frozenset(FUNCTIONS))
        self._blame(f'"{name}" means nothing here', node.at, hint, "unknown-name")


def _without_quotes(node: Node) -> str:
    value = node.value if isinstance(node, Literal) else None
    return f"Write {value} without quotes" if isinstance(value, str) and value.strip().lstrip("-").isdigit() else ""
