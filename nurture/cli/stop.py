"""`nurture stop`: a lead leaves one sequence or all of them."""

from __future__ import annotations

from typing import Annotated

import typer

from nurture.cli._control import By, Why, say
from nurture.cli._desk import AsJson, LeadArgument
from nurture.domain.events import EventKind

Only = Annotated[str, typer.Option("--sequence", metavar="SEQUENCE", help="Only this sequence. Unset: all of them.")]


def command(
    lead: LeadArgument,
    sequence: Only = "",
    why: Why = "stopped by hand",
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """End a lead's sequences, or one of them, and say what it does next.

    From the moment it is stored no marketing message leaves, even one that is being sent right now.

    Example: `nurture stop mary@example.com --sequence trial-nurture --why "bought elsewhere"`
    """
    say(EventKind.STOPPED, lead, lambda _house, _contact: {"why": why, "by": by}, sequence=sequence, as_json=as_json)
