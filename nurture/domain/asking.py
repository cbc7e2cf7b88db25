"""What a sequence asks about: every condition in it that looks at what happened."""

from __future__ import annotations

from collections.abc import Iterator

from nurture.domain.condition import Condition
from nurture.domain.events import EventKind
from nurture.domain.sequence import Fork, Sequence, WaitFor
from nurture.domain.state import Book


def conditions_of(sequence: Sequence) -> Iterator[Condition]:
    """Yield every condition that is asked once a lead is in: rules, goal and steps."""
    rules: list[Condition | None] = [rule.when for rule in (*sequence.stop, *sequence.watch)]
    rules += [condition for rule in sequence.pause for condition in (rule.when, rule.until)]
    rules += [sequence.goal.when] if sequence.goal else []
    for step in sequence.steps.values():
        rules.append(step.only_if)
        if isinstance(step, WaitFor):
            rules.append(step.until)
        elif isinstance(step, Fork):
            rules += [condition for condition, _ in step.arms]
    yield from (rule for rule in rules if rule is not None)


def asks_for_opens(book: Book) -> bool:
    """Return whether any rule of a sequence or of the score looks at opens."""
    scored = any(rule.on is EventKind.OPENED for rule in book.policies.score.engagement)
    return scored or any(
        "opened" in asked.functions for each in book.sequences.values() for asked in conditions_of(each)
    )
