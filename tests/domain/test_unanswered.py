"""Replies that no journey takes: each goes to a person, once; those that a journey takes do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.decisions import Done, PassOn
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.observing import PASSES_REPLIES_ON
from tests.domain.journeys import Walk

WELCOME = {"id": "welcome", "email": "welcome"}
SECOND = {"id": "second", "after": "3 days", "email": "case-study"}
RULE = [{"when": "replied(interested)", "then": {"handoff": "desk"}}]
PLANS = {"desk": {"route": "sdr", "accept_within": "2 business hours"}}
PASSED = "passes on"


def sequence(*steps, name="trial", **rest):
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


def after_the_end(**rest) -> Walk:
    ada = Walk(sequence(WELCOME, **rest))
    ada.enrols("trial")
    assert isinstance(ada.goes(days=5), Done)
    return ada


def test_a_reply_after_the_last_step_goes_to_a_person_once():
    ada = after_the_end()

    ada.hears(EventKind.REPLIED, intent="question", channel="email")
    assert isinstance(ada.goes(days=1), Done)

    assert ada.log == ["welcome:email", PASSED]
    assert ada.state.unanswered == ()


def test_every_reply_is_a_task_of_its_own_in_their_order():
    ada = after_the_end()
    for intent in ("interested", "unclear"):
        ada.hears(EventKind.REPLIED, intent=intent, channel="sms")

    first = think(ada.book, ada.state, ada.now).decision
    assert isinstance(first, PassOn)
    assert first.reply == ada.state.unanswered[0]
    ada.goes(days=1)
    assert ada.log.count(PASSED) == 2


def test_the_same_reply_told_twice_is_one_task():
    ada = after_the_end()
    said = Event("mail-1", EventKind.REPLIED, "ada", ada.now, details={"intent": "unclear"}, seq=9)
    for _ in range(2):
        ada.state = observe(ada.book, ada.state, said)
        ada.goes(days=0)
    assert ada.log.count(PASSED) == 1


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        pytest.param(EventKind.REPLIED, {"intent": "opt_out"}, id="a no in their own words has its effect already"),
        pytest.param(EventKind.OPTED_OUT, {"channel": "", "how": "sms"}, id="a STOP"),
        pytest.param(EventKind.AUTO_REPLIED, {"returns_on": "2026-06-12"}, id="out of office"),
    ],
)
def test_what_nobody_must_answer_makes_no_task(kind, details):
    ada = after_the_end()
    ada.hears(kind, **details)
    ada.goes(days=1)
    assert PASSED not in ada.log


def test_a_reply_that_a_journey_takes_is_its_business():
    ada = Walk(sequence(WELCOME, SECOND))
    ada.enrols("trial")
    ada.goes(days=1)
    ada.hears(EventKind.REPLIED, intent="unclear")
    ada.goes(days=5)
    assert ada.log == ["welcome:email"]
    assert ada.state.past["trial"].outcome == "reply: the lead replied"


def test_while_a_rep_has_the_lead_nobody_else_is_asked():
    ada = Walk(sequence(WELCOME, SECOND, stop=RULE, handoffs=PLANS))
    ada.enrols("trial")
    ada.goes(days=1)
    ada.hears(EventKind.REPLIED, intent="interested")
    ada.goes(days=1)
    ada.hears(EventKind.REPLIED, intent="question")
    ada.goes(days=1)
    assert ada.log == ["welcome:email", "handoff:desk"]


def test_a_journey_that_only_waits_to_enrol_elsewhere_takes_no_reply():
    rule = [{"when": "replied(not_now)", "then": {"enroll": "later", "after": "30 days"}}]
    ada = Walk(sequence(WELCOME, SECOND, stop=rule), sequence(WELCOME, name="later"))
    ada.enrols("trial")
    ada.goes(days=1)
    ada.hears(EventKind.REPLIED, intent="not_now")
    ada.goes(days=5)
    ada.hears(EventKind.REPLIED, intent="question")
    ada.goes(days=1)
    assert ada.log == ["welcome:email", PASSED]


def test_leads_with_older_habits_rest_as_they_did():
    ada = after_the_end()
    ada.state = replace(ada.state, habits=PASSES_REPLIES_ON - 1)
    ada.hears(EventKind.REPLIED, intent="question")
    assert isinstance(ada.goes(days=1), Done)
    assert PASSED not in ada.log
