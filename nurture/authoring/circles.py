"""Sequences that enroll each other round and round: a person in such a circle would be written to without a pause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nurture.authoring.paths import graph_of, without_wait
from nurture.authoring.problem import Place
from nurture.authoring.steps import Spot, text_of


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A step that starts another sequence at once, without any wait since the beginning of its own."""

    sequence: str
    target: str
    place: Place


def at_once(sequence: str, spots: list[Spot]) -> list[Enrolment]:
    """Return the enrolments that a person reaches in no time after entering `sequence`."""
    if not spots:
        return []
    reached = without_wait(graph_of(spots), spots[0].id)
    acting = [spot for spot in spots if spot.id in reached and text_of(spot.node, "enroll")]
    return [
        Enrolment(sequence, text_of(spot.node, "enroll"), spot.node.values["enroll"].place)
        for spot in acting
        if spot.verb in ("enroll", "move", "handoff")
    ]


def circles(enrolments: Mapping[str, list[Enrolment]]) -> Iterator[tuple[Enrolment, list[str]]]:
    """Yield each enrolment that closes a circle, and the sequences of that circle in order."""
    for name, starts in enrolments.items():
        for start in starts:
            way = _way_back(enrolments, start.target, name)
            if way is not None:
                yield start, [name, *way]


def _way_back(enrolments: Mapping[str, list[Enrolment]], start: str, goal: str) -> list[str] | None:
    """Return the shortest chain of sequences from `start` to `goal`, both included, or None."""
    before: dict[str, str] = {start: ""}
    todo = [start]
    while todo:
        here = todo.pop(0)
        if here == goal:
            chain = [here]
            while before[chain[-1]]:
                chain.append(before[chain[-1]])
            return chain[::-1]
        for step in enrolments.get(here, []):
            if step.target not in before:
                before[step.target] = here
                todo.append(step.target)
    return None
