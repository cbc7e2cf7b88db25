"""What an operator reads in the Temporal UI: search attributes, summaries and the current details, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate, TypedSearchAttributes

with workflow.unsafe.imports_passed_through():
    from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Wait
    from nurture.domain.view import JourneyView
    from workflows.mind import Mind

SEQUENCE = SearchAttributeKey.for_keyword("Sequence")
STEP = SearchAttributeKey.for_keyword("Step")
STAGE = SearchAttributeKey.for_keyword("Stage")
SCORE = SearchAttributeKey.for_int("Score")
OWNER = SearchAttributeKey.for_keyword("Owner")
BLOCKED_BY = SearchAttributeKey.for_keyword("BlockedBy")
NEXT_TOUCH_AT = SearchAttributeKey.for_datetime("NextTouchAt")
ALL_KEYS: tuple[SearchAttributeKey[Any], ...] = (SEQUENCE, STEP, STAGE, SCORE, OWNER, BLOCKED_BY, NEXT_TOUCH_AT)
"""All search attributes we use; the dev server is started with them and a cluster registers them once."""


def score_of(mind: Mind, now: datetime) -> int:
    """Return the lead's score in whole points."""
    return round(JourneyView(mind.book, mind.state, None, now).number("score"))


def signs(mind: Mind, decision: Decision, now: datetime) -> dict[str, Any]:
    """Return the values of the search attributes by name; a missing one means "unset"."""
    shown: dict[str, Any] = {
        "Sequence": decision.sequence or None,
        "Step": decision.step or None,
        "Stage": mind.state.stage,
        "Score": score_of(mind, now),
        "Owner": mind.state.lead.owner or None,
        "BlockedBy": (decision.blocked_by or None) if isinstance(decision, Wait) else None,
        "NextTouchAt": decision.until if isinstance(decision, Wait) else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def standing_signs(attributes: TypedSearchAttributes) -> dict[str, Any]:
    """Return what is shown already by name: a lead that continued as new inherits what its last run showed."""
    shown = {key.name: attributes.get(key) for key in ALL_KEYS}
    return {name: value for name, value in shown.items() if value is not None}


def updates(before: dict[str, Any], after: dict[str, Any]) -> list[SearchAttributeUpdate[Any]]:
    """Return what must be upserted; () when only the score moved, which is not worth a history event of its own."""
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if not changed - {"Score"}:
        return []
    keys = {key.name: key for key in ALL_KEYS}
    return [keys[n].value_set(after[n]) if n in after else keys[n].value_unset() for n in sorted(changed)]


def in_words(decision: Decision, zone: str = "UTC") -> str:
    """Return a decision in one line: "waits until Tue 24 Nov 09:12 Europe/Berlin for nudge: 3 days after …"."""
    match decision:
        case Wait():
            until = decision.until.astimezone(ZoneInfo(zone or "UTC"))
            return (
                f"waits until {until:%a %d %b %H:%M} {zone or 'UTC'} for {decision.step or 'the end'}: {decision.why}"
            )
        case Speak():
            return f"sends {decision.touch.channel} {decision.touch.template} ({decision.step}): {decision.why}"
        case AskRep():
            return f"asks a rep for {decision.kind} ({decision.step}): {decision.why}"
        case HandOver():
            return f"hands over to sales as {decision.name}: {decision.why}"
        case PassOn():
            return f"gives a reply to a person: {decision.why}"
        case Move():
            return f"moves to stage {decision.stage}: {decision.why}"
        case Enroll():
            return f"enrols in {decision.target}: {decision.why}"
        case Done():
            return f"rests: {decision.why}"
    return decision.why


def details(mind: Mind, decision: Decision, now: datetime) -> str:
    """Return the Markdown an operator sees as "current details": what comes next, why, and how we got here."""
    zone = mind.state.lead.timezone
    lines = [f"**Now:** {in_words(decision, zone)}", ""]
    lines += [f"**Stage** {mind.state.stage} · **Score** {score_of(mind, now)}", ""]
    lines += [f"- {j.sequence} (run {j.run}): {j.status} at step `{j.step or 'end'}`" for j in mind.state.journeys]
    lines += ["", "**How we got here**", ""]
    lines += [f"- {at:%d %b %H:%M} {words}" for at, words in list(mind.trail)[-12:]]
    return "\n".join(lines)
