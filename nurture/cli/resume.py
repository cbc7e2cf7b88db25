"""`nurture resume`: a paused lead goes on."""

from __future__ import annotations

from nurture.cli._control import By, Why, say
from nurture.cli._desk import AsJson, LeadArgument
from nurture.domain.events import EventKind


def command(lead: LeadArgument, why: Why = "resumed by hand", by: By = "operator", as_json: AsJson = False) -> None:
    """Let a paused lead go on at once, and say what it does next.

    What was said before the pause no longer holds it up. An opt-out stays: only the person's own opt-in lifts it.

    Example: `nurture resume mary@example.com --why "she called back"`
    """
    say(EventKind.RESUMED, lead, lambda _house, _contact: {"why": why, "by": by}, as_json=as_json)
