"""How warm a lead is: fit (who they are) plus engagement (what they did, fading), and the reason for every point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nurture.domain.changing import value
from nurture.domain.events import Event
from nurture.domain.lead import Lead, Scalar
from nurture.domain.score_rules import EngagementRule, FitRule, ScoreRules

__all__ = [
    "Card",
    "EngagementRule",
    "FitRule",
    "Points",
    "Reason",
    "ScoreRules",
    "earn",
    "engagement",
    "faded",
    "fit",
    "most",
    "reached",
    "reasons",
    "temperature",
]


_NO_TIME = timedelta()


@value()
class Points:
    """What one rule has brought, as it stood at `as_of` (UTC)."""

    value: float
    as_of: datetime


Card = Mapping[str, Points]
"""Engagement points by rule id. Small: it grows with the rules, never with the events."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Points and where they come from. The reasons of a lead add up to its score."""

    rule: str
    points: float
    why: str


def faded(value: float, age: timedelta, half_life: timedelta) -> float:
    """Return what is left of `value` after `age`; a negative age changes nothing.

    Exponential decay, N(t) = N0 * 2^(-t/T) with half-life T (IUPAC Gold Book, "half-life"): one number and one moment
    a rule are enough, however many events there were, because sums of decaying points decay alike.
    """
    return value * math.exp2(-(max(age, timedelta()) / half_life))


def earn(rules: ScoreRules, card: Card, event: Event) -> Card:
    """Return the card after `event`: each matching rule's points fade to that moment, grow, and stop at the rule's cap.

    Events may come late: an event older than the card is faded to the card's moment instead, so that their order does
    not matter below the cap. The very same card comes back when nothing matches.
    """
    rules_for = rules.by_kind.get(event.kind, ())
    earned = {rule.id: _grown(rule, card.get(rule.id), event.at) for rule in rules_for if rule.matches(event)}
    return {**card, **earned} if earned else card


def fit(rules: ScoreRules, lead: Lead) -> int:
    """Return the points for who the lead is: the sum of all rules that hold, cut at the fit cap."""
    view = _LeadView(lead)
    return min(rules.fit_cap, sum(rule.points for rule in rules.fit if rule.when.holds(view)))


def engagement(rules: ScoreRules, card: Card, now: datetime) -> float:
    """Return the points for what the lead did, faded to `now` (UTC): from 0 to the engagement cap."""
    if not card:
        return 0.0
    total, lives = 0.0, rules.half_lives
    for name, points in card.items():  # `_standing`, written out: no other sum is asked for as often
        life = lives.get(name)
        if life is not None:
            age = now - points.as_of
            total += points.value * math.exp2(-(age / life)) if age > _NO_TIME else points.value
    return min(float(rules.engagement_cap), max(0.0, total))


def most(rules: ScoreRules, card: Card) -> float:
    """Return points that `engagement` does not exceed, whenever it is asked: what was earned fades and nothing else."""
    return min(float(rules.engagement_cap), sum([points.value for points in card.values() if points.value > 0]))


def temperature(rules: ScoreRules, score: float) -> str:
    """Return the band of a score; the lowest band also takes what is below it."""
    return next((name for name, start in rules.bands if score >= start), rules.bands[-1][0])


def reached(rules: ScoreRules, stage: str, score: float) -> bool:
    """Return whether a score is enough for the threshold of `stage`; a stage without one is never reached by score."""
    return stage in rules.thresholds and score >= rules.thresholds[stage]


def reasons(rules: ScoreRules, lead: Lead, card: Card, now: datetime) -> list[Reason]:
    """Return every point of the score with its reason, the weightiest first; together they are fit + engagement."""
    view = _LeadView(lead)
    by_id = {rule.id: rule for rule in rules.engagement}
    who = [
        Reason(rule.id, rule.points, rule.why or rule.when.describe(view))
        for rule in rules.fit
        if rule.when.holds(view)
    ]
    did = [
        Reason(name, points, by_id[name].why or _why(by_id[name]))
        for name, points in _standing(rules, card, now).items()
    ]
    cuts = [
        Reason("fit-cap", fit(rules, lead) - sum(each.points for each in who), f"fit ends at {rules.fit_cap}"),
        Reason(
            "engagement-cap",
            engagement(rules, card, now) - sum(each.points for each in did),
            f"engagement stays between 0 and {rules.engagement_cap}",
        ),
    ]
    told = [*who, *did, *(cut for cut in cuts if cut.points)]
    return sorted(told, key=lambda reason: (-abs(reason.points), reason.rule))


def _grown(rule: EngagementRule, before: Points | None, at: datetime) -> Points:
    half_life = rule.half_life.plain
    if before is None:
        return Points(float(rule.points), at)
    as_of = max(before.as_of, at)
    value = faded(before.value, as_of - before.as_of, half_life) + faded(rule.points, as_of - at, half_life)
    return Points(min(value, float(rule.cap)) if rule.cap >= 0 else max(value, float(rule.cap)), as_of)


def _standing(rules: ScoreRules, card: Card, now: datetime) -> dict[str, float]:
    """Return the points of each rule at `now`; a rule that left the policy counts no more."""
    lives = rules.half_lives
    return {
        name: faded(points.value, now - points.as_of, lives[name]) for name, points in card.items() if name in lives
    }


def _why(rule: EngagementRule) -> str:
    about = [rule.name, *(f"{key} {value}" for key, value in rule.details.items())]
    return f"{' '.join([rule.on, *filter(None, about)])}, halved every {rule.half_life}, at most {rule.cap}"


class _LeadView:
    """A lead's fields as a condition's view; fit rules were refused everything else when they were read."""

    __slots__ = ("_lead",)
    now = datetime.min.replace(tzinfo=UTC)

    def __init__(self, lead: Lead) -> None:
        self._lead = lead

    def field(self, name: str) -> Scalar:
        return self._lead.fields.get(name)

    def known(self, name: str) -> bool:
        return name in self._lead.known

    def number(self, name: str) -> float:
        raise LookupError(f"a fit rule asked for {name}")

    def at_most(self, name: str) -> float:
        return self.number(name)

    def stage(self) -> str:
        raise LookupError("a fit rule asked for the stage")

    def temperature(self) -> str:
        raise LookupError("a fit rule asked for the temperature")

    def last(self, key: str) -> datetime | None:
        raise LookupError(f"a fit rule asked for {key}")

    def outcome(self, step: str) -> str:
        raise LookupError(f"a fit rule asked for the outcome of {step}")
