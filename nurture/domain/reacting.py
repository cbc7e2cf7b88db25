"""What a rep's answer to a call or task leads to: another try, a new way, a consequence, or a field that was wrong."""

from __future__ import annotations

from nurture.domain.decisions import Advance, Turn
from nurture.domain.sequence import Ask, Reaction, Then
from nurture.domain.state import Journey


def reaction_turn(journey: Journey, step: Ask, answer: str) -> Advance:
    """Return the turn that `answer` (an outcome of `step`) leads to; an outcome nobody planned for goes on."""
    reaction = step.outcomes.get(answer, Reaction())
    if reaction.retries > journey.tries:
        why = f"{answer}: try {journey.tries + 2} of {reaction.retries + 1}"
        return _turn(journey, step, Turn.RETRY, why, reaction, Then())
    then = reaction.otherwise if reaction.retries else reaction.then
    return _turn(journey, step, Turn.ACT, f"the rep answered {answer}", reaction, then)


def _turn(journey: Journey, step: Ask, turn: Turn, why: str, reaction: Reaction, then: Then) -> Advance:
    return Advance(
        sequence=journey.sequence,
        step=step.id,
        rule="outcome",
        why=why,
        turn=turn,
        to=step.next if then.go_to is None else then.go_to,
        then=then,
        after=reaction.every,
        bad_field=reaction.bad_field,
    )
