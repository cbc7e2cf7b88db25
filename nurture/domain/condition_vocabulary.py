"""The words a condition may use: names from policies, templates and steps, and the functions with their shapes."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from nurture.domain.condition_text import ConditionProblem
from nurture.domain.condition_tree import Place


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every name a condition may use. A part that is empty is not known yet, and its names are not checked.

    `fields` maps a lead's fields to `text`, `number`, `boolean` or `date` (anything else = any kind). `links` and
    `outcomes` map a step to the names of its links and of its task's outcomes.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    steps: Collection[str] = ()
    links: Mapping[str, Collection[str]] = field(default_factory=dict)
    events: Collection[str] = ()
    intents: Collection[str] = ()
    stages: Collection[str] = ()
    temperatures: Collection[str] = ()
    outcomes: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a function takes: the kinds of its arguments, how many it needs, its named options (None = any name)."""

    args: tuple[str, ...] = ()
    needs: int = 0
    options: frozenset[str] | None = frozenset()
    example: str = ""

    @property
    def count(self) -> str:
        """How many arguments it takes, in words."""
        most = len(self.args)
        return f"takes {most}" if most == self.needs else f"takes at most {most}"


FUNCTIONS: Mapping[str, Shape] = {
    "replied": Shape(("intent",), example="replied(interested)"),
    "clicked": Shape(("step",), options=frozenset({"link"}), example='clicked(welcome, link="pricing")'),
    "opened": Shape(("step",), example="opened(welcome)"),
    "sent": Shape(("step",), example="sent(welcome)"),
    "delivered": Shape(("step",), example="delivered(welcome)"),
    "bounced": Shape(("step",), example="bounced"),
    "happened": Shape(("event",), 1, None, 'happened(used_feature, name="import")'),
    "within": Shape(("span", "test"), 2, example="within(7 days, clicked(any))"),
    "known": Shape(("field",), 1, example="known(lead.email)"),
    "out_of_office": Shape(example="out_of_office"),
    "task": Shape(("task",), 1, example="task(price-call) == connected"),
}
HAPPENINGS = frozenset(FUNCTIONS) - {"known", "task", "within"}
"""Functions about what happened at a moment: within() can bound them."""


class Findings:
    """Mistakes found so far, in a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._problems: dict[ConditionProblem, None] = {}

    def blame(
        self,
        message: str,
        at: Place,
        hint: str = "",
        rule: str = "condition-type",
        *,
        length: int = 0,
        warning: bool = False,
    ) -> None:
        """Write a mistake down once."""
        problem = ConditionProblem(message, at.start + 1, max(1, length or at.length), hint, rule, warning)
        self._problems[problem] = None

    @property
    def problems(self) -> list[ConditionProblem]:
        """Everything found, in the order of the text."""
        return sorted(self._problems, key=lambda problem: (problem.column, problem.length))


def suggest(name: str, known: Collection[str]) -> str:
    """Return `Did you mean "x"?` for a near miss, else what there is, else ""."""
    near = difflib.get_close_matches(name, sorted(known), n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    listed = ", ".join(f'"{each}"' for each in sorted(known)[:8])
    return f"There is {listed}{' and more' if len(known) > 8 else ''}" if known else ""
