"""What a rep is shown of a lead: what `include` names, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.domain.briefing import EVERYTHING, briefing
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import LedgerRow, Touch, TouchState
from tests.domain.journeys import MONDAY


def row(step, hours, state=TouchState.SENT, subject="Welcome in"):
    touch = Touch(f"ada/story.1/{step}.1/email", "ada", "story", "v1", step, Channel.EMAIL, step)
    at = MONDAY + timedelta(hours=hours) if state is not TouchState.SUPPRESSED else None
    return LedgerRow(touch, "ref", state, 1, "<m@x>", "hash", "anna@mail", "ada@example.com", subject, wire_at=at)


def fact(kind, hours, name="", step="", **details):
    return Event(f"e{hours}", kind, "ada", MONDAY + timedelta(hours=hours), name, "", "story", step, details)


ROWS = [row("welcome", 0), row("nudge", 5, TouchState.SUPPRESSED)]
FACTS = [
    fact(EventKind.CLICKED, 1, step="welcome", link="pricing", human=True),
    fact(EventKind.CLICKED, 2, step="welcome", link="imprint", human=False),
    fact(EventKind.OPENED, 3),
    fact(EventKind.HAPPENED, 4, "used_feature"),
]
REPLY = fact(EventKind.REPLIED, 6, intent="interested", channel="email")


def test_everything_in_order_without_what_machines_did():
    told = briefing((), ROWS, [*FACTS, REPLY], ("+30 clicked",))

    assert set(told) == set(EVERYTHING)
    assert told["timeline"] == (
        "01 Jun 09:00 email welcome: Welcome in",
        "01 Jun 10:00 clicked pricing in welcome",
        "01 Jun 13:00 used feature",
        "01 Jun 15:00 answered by email: interested",
    )
    assert told["last_messages"] == (
        "01 Jun 09:00 email welcome: Welcome in",
        "01 Jun 15:00 answered by email: interested",
    )


@pytest.mark.parametrize("name", EVERYTHING)
def test_only_what_is_asked_for(name):
    assert set(briefing((name,), ROWS, FACTS, ("+30 clicked",))) == {name}


@pytest.mark.parametrize(
    ("facts", "opening"),
    [
        pytest.param([*FACTS, REPLY], "They wrote back (interested)", id="an answer comes first"),
        pytest.param(FACTS, "They looked at pricing", id="then a click by hand"),
        pytest.param(FACTS[3:], "They just did this: used feature", id="then an event"),
        pytest.param([], "", id="nothing is known"),
    ],
)
def test_how_to_begin(facts, opening):
    told = briefing(("opening",), [], facts, ())["opening"]

    assert told.startswith(opening)
    assert bool(told) is bool(opening)
