"""What the planner knows, laid out for people and machines: where a lead stands, and every point of its score."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nurture.domain.decisions import Decision, Wait
from nurture.domain.score import reasons
from nurture.domain.state import Book, Journey, LeadState
from nurture.domain.view import JourneyView


def standing_of(book: Book, state: LeadState, decision: Decision, now: datetime) -> dict[str, Any]:
    """Return where the lead stands as plain values: stage, score, journeys, what comes next and why."""
    view = JourneyView(book, state, None, now)
    waits = decision if isinstance(decision, Wait) else None
    return {
        "lead": state.lead.id,
        "stage": state.stage,
        "score": round(view.number("score"), 1),
        "temperature": view.temperature(),
        "owner": state.lead.owner,
        "silence": state.silence,
        "journeys": [_journey(journey) for journey in state.journeys],
        "past": {name: past.outcome for name, past in state.past.items()},
        "why": decision.why,
        "rule": decision.rule,
        "until": waits.until.isoformat() if waits else None,
        "blocked_by": waits.blocked_by if waits else "",
    }


def explain(book: Book, state: LeadState, now: datetime) -> dict[str, Any]:
    """Return the score with every point's reason, and why each channel that is closed is closed."""
    points = reasons(book.policies.score, state.lead, state.card, now)
    return {
        "lead": state.lead.id,
        "score": round(sum(reason.points for reason in points), 1),
        "score_reasons": [f"{reason.points:+.0f} {reason.why}" for reason in points],
        "closed_channels": {str(channel): why for channel, why in state.lead.unreachable.items()},
        "touches_of_31_days": [f"{at:%Y-%m-%d %H:%M} {channel}" for channel, at in state.recent],
    }


def _journey(journey: Journey) -> dict[str, Any]:
    return {
        "sequence": journey.sequence,
        "version": journey.version,
        "moves_to": journey.moves_to,
        "run": journey.run,
        "status": str(journey.status),
        "step": journey.step,
        "due_at": journey.due_at.isoformat(),
        "why": journey.due_why,
        "enrolled_at": journey.enrolled_at.isoformat(),
    }
