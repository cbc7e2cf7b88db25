"""When a touch nobody knows the end of is sent once more: on a person's order, or because its sequence says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from nurture.domain.events import Event
from nurture.domain.sequence import Sequence
from nurture.domain.touch import Answer, Touch, TouchAnswer

PROOF_TIME = timedelta(minutes=15)
"""How long a sequence with `uncertain: resend` waits for a proof (a report, an answer, the provider) before it does."""


def goes_again(sequence: Sequence, touch: Touch, answer: TouchAnswer) -> bool:
    """Return whether the sequence has this touch sent once more: only when it is uncertain, and only one time."""
    unsure = answer.answer is Answer.UNKNOWN and answer.code == "uncertain"
    return sequence.resend_uncertain and unsure and not touch.again


def ordered(touch: Touch, order: Event) -> Touch:
    """Return the touch of a person's order. All gates are asked again; its age does not count: the order is new."""
    return replace(touch, again=int(order.details.get("again") or 0), not_after=None)
