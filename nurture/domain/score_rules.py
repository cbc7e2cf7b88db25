"""The rules of the score, read from `policies/score.yaml`: points for who somebody is and for what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from nurture.domain.condition import Condition, ConditionError, compile_condition
from nurture.domain.duration import Duration
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Scalar
from nurture.domain.policy_reading import Reading

_CLICKED = EventKind.CLICKED
_RULE_KEYS = ("rule", "on", "name", "link", "intent", "where", "points", "half_life", "cap", "why")


@dataclass(frozen=True, slots=True)
class FitRule:
    """Points while a condition over the lead's fields holds; they do not fade. May be negative."""

    id: str
    when: Condition
    points: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class EngagementRule:
    """Points for each event of a kind, halved every `half_life`; their sum never passes `cap` (of the same sign).

    `name` ("" = any) and `details` must match the event.
    """

    id: str
    on: EventKind
    points: int
    half_life: Duration
    cap: int
    name: str = ""
    details: Mapping[str, Scalar] = field(default_factory=dict)
    why: str = ""

    def matches(self, event: Event) -> bool:
        """Whether the event earns these points. Only a person's click counts: scanners click everything."""
        if event.kind is not self.on or (self.name and event.name != self.name):
            return False
        if event.kind is _CLICKED and event.details.get("human") is not True:
            return False
        return all(event.details.get(key) == value for key, value in self.details.items())


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """`policies/score.yaml` as data.

    `bands` maps a temperature to the score it begins at, the highest first; `thresholds` maps a stage (mql, pql, …) to
    the score from which sales should look. The sums of fit and of engagement are cut at their caps.
    """

    fit: tuple[FitRule, ...] = ()
    engagement: tuple[EngagementRule, ...] = ()
    bands: tuple[tuple[str, int], ...] = (("hot", 80), ("warm", 40), ("cold", 0))
    thresholds: Mapping[str, int] = field(default_factory=dict)
    fit_cap: int = 100
    engagement_cap: int = 100
    half_lives: Mapping[str, timedelta] = field(init=False, repr=False, compare=False)
    by_kind: Mapping[EventKind, tuple[EngagementRule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked several times for each decision; reading seventeen durations each time was a tenth of a simulation.
        object.__setattr__(self, "half_lives", {rule.id: rule.half_life.plain for rule in self.engagement})
        kinds = dict.fromkeys(rule.on for rule in self.engagement)
        by_kind = {kind: tuple(rule for rule in self.engagement if rule.on is kind) for kind in kinds}
        object.__setattr__(self, "by_kind", by_kind)

    @classmethod
    def from_document(cls, document: Any) -> ScoreRules:
        """Read the parsed YAML. Raises Invalid with all mistakes, each with its path (`fit[2].if: …`)."""
        reading = Reading(document)
        reading.only("fit", "engagement", "bands", "thresholds", "fit_cap", "engagement_cap")
        rules = cls(
            fit=tuple(_fit_rule(part) for part in reading.parts("fit")),
            engagement=tuple(_engagement_rule(part) for part in reading.parts("engagement")),
            bands=_bands(reading) if reading.has("bands") else cls().bands,
            thresholds=_numbers(reading, "thresholds"),
            fit_cap=reading.whole("fit_cap", 100),
            engagement_cap=reading.whole("engagement_cap", 100),
        )
        _refuse_twins(rules, reading)
        reading.finish("the score policy")
        return rules


def _fit_rule(part: Reading) -> FitRule:
    part.only("rule", "if", "points", "why")
    return FitRule(part.text("rule"), _condition(part), part.whole("points"), part.text("why", ""))


def _condition(part: Reading) -> Condition:
    """Read `if`: a condition over the lead alone, because fit must not depend on time or on itself."""
    try:
        condition = compile_condition(part.text("if"))
    except ConditionError as mistake:
        part.blame("if", str(mistake))
        return compile_condition("false")
    others = sorted((condition.functions - {"known"}) | condition.facts)
    if others:
        part.blame("if", f"fit may only ask the lead's fields, not {', '.join(others)}")
    return condition


def _engagement_rule(part: Reading) -> EngagementRule:
    part.only(*_RULE_KEYS)
    points, half_life = part.whole("points"), part.duration("half_life")
    cap = part.whole("cap", points)
    if abs(cap) < abs(points) or cap * points < 0:
        part.blame("cap", f"a cap of {cap} leaves no room for {points} points")
    if half_life.business or half_life.amount < 1:
        part.blame("half_life", "a plain duration longer than zero belongs here")
    details = {key: part.text(key) for key in ("link", "intent") if part.has(key)} | dict(part.plain("where"))
    return EngagementRule(
        part.text("rule"), _kind(part), points, half_life, cap, part.text("name", ""), details, part.text("why", "")
    )


def _kind(part: Reading) -> EventKind:
    kind = part.text("on")
    if kind in list(EventKind):
        return EventKind(kind)
    part.blame("on", f'there is no event kind "{kind}"')
    return EventKind.HAPPENED


def _bands(reading: Reading) -> tuple[tuple[str, int], ...]:
    bands = sorted(_numbers(reading, "bands").items(), key=lambda band: -band[1])
    if not bands or bands[-1][1] > 0:
        reading.blame("bands", "one band must begin at 0")
    return tuple(bands)


def _numbers(reading: Reading, key: str) -> dict[str, int]:
    part = Reading(reading.plain(key), key, reading.problems)
    return {str(name): part.whole(str(name)) for name in reading.plain(key)}


def _refuse_twins(rules: ScoreRules, reading: Reading) -> None:
    ids = [*(rule.id for rule in rules.fit), *(rule.id for rule in rules.engagement)]
    for twin in sorted({each for each in ids if ids.count(each) > 1}):
        reading.problems.append(f'two rules are called "{twin}"')
