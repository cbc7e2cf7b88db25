"""What a sequence promises and demands of a hand-off to sales, read from its `handoffs:` entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from nurture.domain.duration import Duration, parse_duration
from nurture.domain.errors import Invalid

_PATIENCE = Duration(5, "day", business=True)
"""How long a hand-off lies in the pool before it expires: nobody stuck (promise 5)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an answer of sales leads: a move, an enrolment (after a while), or back to where the journey stood."""

    move: str = ""
    enroll: str = ""
    after: Duration | None = None
    resume: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WhenFull:
    """Sales has no room: whether the nurturing goes on meanwhile, and when to offer the lead again."""

    keep_nurturing: bool = True
    retry: Duration = field(default_factory=lambda: Duration(1, "day", business=True))


class Act(StrEnum):
    """What a rung of the ladder does."""

    REMIND = "remind"
    REASSIGN = "reassign"
    TELL = "tell"
    POOL = "to"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of `if_late`: `after` counts from the opening; `whom` is the word as written (owner, manager, …)."""

    after: Duration
    act: Act
    whom: str = ""


@dataclass(frozen=True, slots=True)
class HandoffPlan:
    """One entry of a sequence's `handoffs:`. Times count in the working hours of the rep who has the lead."""

    name: str
    route: str
    title: str = ""
    include: tuple[str, ...] = ()
    accept_within: Duration = field(default_factory=lambda: Duration(1, "day", business=True))
    first_touch_within: Duration | None = None
    ladder: tuple[Rung, ...] = ()
    accepted: Outcome = field(default_factory=Outcome)
    rejected: Mapping[str, Outcome] = field(default_factory=dict)
    expired: Outcome = field(default_factory=lambda: Outcome(resume=True, reason="nobody accepted"))
    when_full: WhenFull = field(default_factory=WhenFull)
    expires_after: Duration = _PATIENCE

    def outcome_of(self, answer: str, reason: str = "") -> Outcome:
        """Return where `accepted`, `rejected` (with a reason) or `expired` leads; an unplanned reason resumes."""
        if answer == "accepted":
            return self.accepted
        if answer == "rejected":
            return self.rejected.get(reason, Outcome(resume=True, reason=reason))
        return self.expired


def plans_of(document: Mapping[str, Any]) -> Mapping[str, HandoffPlan]:
    """Return the hand-off plans of a sequence document by name, each `like:` filled in from the plan it names.

    Raises Invalid when a `like:` leads nowhere or round in a circle, and for a rung without a deed.
    """
    entries = document.get("handoffs") or {}
    return {name: _plan(name, _filled(entries, name)) for name in entries}


def _filled(entries: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    own, seen = dict(entries[name] or {}), {name}
    while "like" in own:
        base = own.pop("like")
        if base not in entries or base in seen:
            flaw = "which does not exist" if base not in entries else "which is like it in turn"
            raise Invalid(f'hand-off "{name}" is like "{base}", {flaw}', remedy=f"Use one of {', '.join(entries)}")
        seen.add(base)
        own = {**entries[base], **own}
    return own


def _plan(name: str, spec: Mapping[str, Any]) -> HandoffPlan:
    defaults = HandoffPlan(name, str(spec.get("route", "inbox")))
    first_touch, full = spec.get("first_touch_within"), spec.get("when_full") or {}
    return replace(
        defaults,
        title=str(spec.get("title", "")),
        include=tuple(spec.get("include", ())),
        accept_within=parse_duration(spec["accept_within"]) if "accept_within" in spec else defaults.accept_within,
        first_touch_within=parse_duration(first_touch) if first_touch else None,
        ladder=tuple(_rung(name, rung) for rung in spec.get("if_late", ())),
        accepted=_outcome(spec.get("accepted") or {}),
        rejected={reason: _outcome(what or {}, reason) for reason, what in (spec.get("rejected") or {}).items()},
        expired=_outcome(spec["expired"]) if spec.get("expired") else defaults.expired,
        when_full=WhenFull(
            bool(full.get("keep_nurturing", True)),
            parse_duration(full["retry"]) if "retry" in full else defaults.when_full.retry,
        ),
        expires_after=parse_duration(spec["expires_after"]) if "expires_after" in spec else defaults.expires_after,
    )


def _rung(name: str, spec: Mapping[str, Any]) -> Rung:
    act = next((each for each in Act if each in spec), None)
    if act is None or "after" not in spec:
        raise Invalid(
            f'hand-off "{name}" has a rung that does nothing',
            remedy='Write "after" and one of "remind", "reassign", "tell", "to"',
        )
    return Rung(parse_duration(spec["after"]), act, str(spec[act]))


def _outcome(spec: Mapping[str, Any], reason: str = "") -> Outcome:
    return Outcome(
        move=str(spec.get("move", "")),
        enroll=str(spec.get("enroll", "")),
        after=parse_duration(spec["after"]) if "after" in spec else None,
        resume=spec.get("resume") == "here",
        reason=str(spec.get("reason", reason)),
    )
