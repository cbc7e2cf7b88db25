"""The small typed language of conditions: `score >= 80 and not within(7 days, clicked(any))`.

Text becomes a tree (`condition_parse`), the tree is checked against the names that exist (`condition_check`) and
becomes closures (`condition_run`) that decide without ever raising; `condition_words` says in words what they saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from nurture.domain.condition_calls import name_of
from nurture.domain.condition_check import problems_of
from nurture.domain.condition_needs import needs_of
from nurture.domain.condition_parse import parse
from nurture.domain.condition_run import Test, View, keys_of_call, test_of
from nurture.domain.condition_text import ConditionError, ConditionProblem
from nurture.domain.condition_tree import Call, Fact, Field, Node, Word, walk
from nurture.domain.condition_vocabulary import Vocabulary, suggest
from nurture.domain.condition_words import inputs_of, sentence_of
from nurture.domain.lead import Scalar

__all__ = [
    "Condition",
    "ConditionError",
    "ConditionProblem",
    "View",
    "Vocabulary",
    "check",
    "compile_condition",
    "keys_of_call",
    "suggest",
]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition ready to be asked, and the names it asks for (fields without `lead.`; steps without `any`;
    facts are score, fit, engagement, stage, temperature).

    `needs` are memory keys of which one must be there for it to hold; None when it may hold without any."""

    text: str
    steps: frozenset[str] = field(compare=False)
    fields: frozenset[str] = field(compare=False)
    events: frozenset[str] = field(compare=False)
    functions: frozenset[str] = field(compare=False)
    facts: frozenset[str] = field(compare=False)
    needs: frozenset[str] | None = field(repr=False, compare=False)
    _tree: Node = field(repr=False, compare=False)
    _test: Test = field(repr=False, compare=False)

    def holds(self, view: View) -> bool:
        """Return the answer; never raises. What is missing compares as false, except with `!=` and `not in`."""
        return self._test(view, None)

    def describe(self, view: View) -> str:
        """Return what decided, with the values it saw: `score 84 >= 80 and not replied never`."""
        return sentence_of(self._tree, view)

    def inputs(self, view: View) -> dict[str, Scalar]:
        """Return each value looked at: `{"score": 84, "replied": "2026-03-27T09:00+00:00"}`, None for never."""
        return inputs_of(self._tree, view)


@lru_cache(maxsize=8_192)
def compile_condition(text: str) -> Condition:
    """Return the condition. Raises ConditionError with the place of its first mistake; `check` judges the names."""
    tree, problems = parse(text)
    if tree is not None:
        problems = [problem for problem in problems_of(tree, Vocabulary()) if not problem.warning]
    if tree is None or problems:
        first = problems[0]
        raise ConditionError(first.message, first.column, first.length, first.hint)
    calls = [node for node in walk(tree) if isinstance(node, Call)]
    fields = {node.name for node in walk(tree) if isinstance(node, Field)} | _known_fields(calls)
    steps = {
        _first(call) for call in calls if call.name in ("clicked", "opened", "sent", "delivered", "bounced", "task")
    }
    return Condition(
        text,
        steps=frozenset(steps - {"", "any"}),
        fields=frozenset(fields),
        events=frozenset(_first(call) for call in calls if call.name == "happened"),
        functions=frozenset(call.name for call in calls),
        facts=frozenset(node.name for node in walk(tree) if isinstance(node, Fact)),
        needs=needs_of(tree),
        _tree=tree,
        _test=test_of(tree),
    )


def check(text: str, vocabulary: Vocabulary) -> list[ConditionProblem]:
    """Return every mistake of a condition, warnings included, in the order of the text; never raises."""
    tree, problems = parse(text)
    return problems if tree is None else problems_of(tree, vocabulary)


def _first(call: Call) -> str:
    return name_of(call.args[0]) or "" if call.args else ""


def _known_fields(calls: list[Call]) -> set[str]:
    asked = [call.args[0] for call in calls if call.name == "known"]
    return {node.name for node in asked if isinstance(node, Field | Word | Fact)}
