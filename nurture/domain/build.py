"""From a checked document (the YAML as plain values) to a compiled `Sequence`. The steps themselves: `build_steps`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nurture.domain.build_steps import StepBuilder, then_of
from nurture.domain.condition import Condition, compile_condition
from nurture.domain.duration import Duration, parse_duration
from nurture.domain.errors import Invalid
from nurture.domain.handoff import plans_of
from nurture.domain.lead import Purpose
from nurture.domain.memory import fact_key
from nurture.domain.sequence import Enter, Goal, PauseRule, Sequence, StopRule, Timing

_DAYS = {"day": 1, "week": 7, "month": 30}
_KNOWN: dict[str, Sequence] = {}


def sequence_of(version: str, document: Mapping[str, Any]) -> Sequence:
    """Return the compiled sequence of a version; the version is a content hash, so it is compiled once per process."""
    known = _KNOWN.get(version)
    if known is None:
        known = _KNOWN[version] = build(version, document)
    return known


def build(version: str, document: Mapping[str, Any]) -> Sequence:
    """Compile a document that passed the checks. Raises Invalid (or ConditionError) on one that did not."""
    builder = StepBuilder()
    first = builder.lay(document.get("steps", []), "")
    sender = document.get("sender", {})
    stop = tuple(_stop(rule) for rule in document.get("stop", []))
    pause = tuple(_pause(rule) for rule in document.get("pause", []))
    goal = _goal(document.get("goal"))
    return Sequence(
        id=document["sequence"],
        version=version,
        title=document.get("title", document["sequence"]),
        purpose=Purpose(document.get("purpose", "marketing")),
        enter=_enter(document.get("enter", {})),
        timing=_timing(document.get("timing", {})),
        caps=caps_of(document.get("limits", {})),
        pool=sender.get("pool", ""),
        sticky=bool(sender.get("sticky", True)),
        stop=stop,
        pause=pause,
        watch=tuple(_stop(rule) for rule in document.get("watch", [])),
        goal=goal,
        first=first,
        steps=builder.steps,
        handoffs=plans_of(document),
        resend_uncertain=document.get("uncertain") == "resend",
        alarm=_alarm(stop, pause, goal),
        topic=document.get("topic", ""),
    )


def _alarm(stop: tuple[StopRule, ...], pause: tuple[PauseRule, ...], goal: Goal | None) -> frozenset[str] | None:
    """Return the keys that wake stop and pause rules and the goal; a reply always does."""
    needs = [*(rule.when.needs for rule in stop), *(rule.when.needs for rule in pause)]
    needs += [goal.when.needs] if goal else []
    return None if None in needs else frozenset({fact_key("replied")}.union(*(keys for keys in needs if keys)))


@lru_cache(maxsize=1_024)
def _cap(text: str) -> tuple[int, int]:
    shape = re.fullmatch(r"(\d+) per (day|week|month)", text.strip())
    if shape is None:
        raise Invalid(f'"{text}" is not a limit', remedy='Write "2 per week", "1 per day" or "5 per month"')
    return int(shape[1]), _DAYS[shape[2]]


def caps_of(limits: Mapping[str, str]) -> tuple[tuple[str, int, int], ...]:
    """Return `{email: 2 per week, any: 3 per week}` as (channel or "any", touches, days)."""
    return tuple((channel, *_cap(str(text))) for channel, text in limits.items())


def _duration(text: str | None) -> Duration | None:
    return parse_duration(text.removeprefix("up to ")) if text else None


def _condition(text: object) -> Condition | None:
    return compile_condition(str(text)) if text is not None else None


def _enter(spec: Mapping[str, Any]) -> Enter:
    again = str(spec.get("again", "never"))
    return Enter(
        on=spec.get("on", ""),
        segment=_condition(spec.get("segment")),
        by_hand=bool(spec.get("by_hand", False)),
        only_if=_condition(spec.get("if")),
        unless=_condition(spec.get("unless")),
        again="after" if again.startswith("after ") else again,
        again_after=parse_duration(again.removeprefix("after ")) if again.startswith("after ") else None,
        priority=int(spec.get("priority", 0)),
        alone=bool(spec.get("alone", False)),
    )


def _timing(spec: Mapping[str, Any]) -> Timing:
    late = str(spec.get("when_late", "skip after 3 days"))
    skips = late.startswith("skip after ")
    return Timing(
        timezone=spec.get("timezone", "lead"),
        fallback=spec.get("fallback_timezone", "UTC"),
        window=spec.get("window", ""),
        spread=_duration(spec.get("spread")),
        late="skip" if skips else ("send" if late == "send" else "window"),
        late_after=parse_duration(late.removeprefix("skip after ")) if skips else Duration(3, "day"),
    )


def _stop(spec: Mapping[str, Any]) -> StopRule:
    return StopRule(compile_condition(str(spec["when"])), then_of(spec.get("then")))


def _pause(spec: Mapping[str, Any]) -> PauseRule:
    """Read `until`: "return date, else <time>", "<condition>, at most <time>", or just "<time>"."""
    until, when = str(spec.get("until", "5 business days")), compile_condition(str(spec["when"]))
    times = int(str(spec.get("at_most", "1000 times")).split()[0])
    if until.startswith("return date"):
        longest = parse_duration(until.partition("else ")[2] or "5 business days")
        return PauseRule(when, longest, return_date=True, times=times)
    head, comma, tail = until.rpartition(", at most ")
    if comma:
        return PauseRule(when, parse_duration(tail), until=compile_condition(head), times=times)
    return PauseRule(when, parse_duration(until), times=times)


def _goal(spec: Mapping[str, Any] | None) -> Goal | None:
    if spec is None:
        return None
    return Goal(spec["name"], compile_condition(str(spec["when"])), _duration(spec.get("within")))
