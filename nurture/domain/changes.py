"""What an edited sequence means for the people inside: who moves to which step of the new version, and who not yet."""

from __future__ import annotations

from collections.abc import Sequence as Rules
from dataclasses import dataclass, replace

from nurture.domain.changing import changed
from nurture.domain.sequence import END, PauseRule, Say, Sequence, StopRule
from nurture.domain.state import Journey, Status


@dataclass(frozen=True, slots=True)
class Fate:
    """Where somebody at a step of the old version goes on in the new one ("" = its end), and why there."""

    to: str
    why: str


def fate_of(old: Sequence, new: Sequence, step: str) -> Fate:
    """Return where a journey at `step` of the old version stands in the new one.

    Steps are found by their id. From a removed step it skips forward to the next one that is still there: the one
    behind it, or behind the block it stands in, as the old version is written.
    """
    if step == END or step in new.steps:
        return Fate(step, f'"{step}" is still there' if step else "it is through")
    following = step
    while following != END and following not in new.steps:
        following = old.steps[following].next
    return Fate(following, f'"{step}" is gone: on at {following or "the end"}')


def why_not_yet(journey: Journey) -> str:
    """Return what a journey must finish on its old version before it may move, "" when it may."""
    if journey.status is Status.WITH_SALES:
        return "sales has the lead"
    if journey.pending or journey.status is Status.DONE:
        return "a consequence is under way"
    return "a rep was asked" if journey.asked_at is not None else ""


def keeps_its_place(old: Sequence, new: Sequence, step: str) -> bool:
    """Return whether somebody at `step` just goes on there: it is the same kind of step in both versions."""
    return step == END or (step in new.steps and type(old.steps[step]) is type(new.steps[step]))


def carried_over(old: Sequence, new: Sequence, journey: Journey) -> Journey:
    """Return the journey on the new version: how often each rule fired is kept for the rules that are still there."""
    names = _renamed("pause", old.pause, new.pause) | _renamed("watch", old.watch, new.watch)
    pause = journey.pause
    if pause is not None and pause.rule:
        pause = replace(pause, rule=names.get(pause.rule, ""))
    return changed(
        journey,
        version=new.version,
        moves_to="",
        pause=pause,
        fired={names[rule]: fired for rule, fired in journey.fired.items() if rule in names},
        option=journey.option if _options(old, journey.step) == _options(new, journey.step) else 0,
    )


def _renamed(kind: str, old: Rules[PauseRule | StopRule], new: Rules[PauseRule | StopRule]) -> dict[str, str]:
    """Return the names of rules that stand in both versions, old -> new: a rule is known by its condition."""
    places = {rule.when.text: f"{kind}[{number}]" for number, rule in enumerate(new)}
    pairs = ((f"{kind}[{number}]", places.get(rule.when.text)) for number, rule in enumerate(old))
    return {name: place for name, place in pairs if place is not None}


def _options(sequence: Sequence, step: str) -> object:
    found = sequence.steps.get(step)
    return found.options if isinstance(found, Say) else None
