"""Double opt-in: asked once, reminded once at most, confirmed by the person alone, and never a way round a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture.domain.consent import Basis, Consent, Suppression
from nurture.domain.decisions import Speak, Wait
from nurture.domain.events import EventKind
from nurture.domain.gates import GateFacts, Refusal, gate
from nurture.domain.journey import think
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.touch import Touch
from tests.domain.journeys import MONDAY, Walk, shipped_policies

WORDING = "Yes, Acme may e-mail me. I can stop it at any time."
LETTERS = {
    "sequence": "letters",
    "purpose": "marketing",
    "enter": {"by_hand": True},
    "timing": {"window": "office-hours", "when_late": "send"},
    "steps": [
        {
            "id": "opt-in",
            "confirm": "newsletter-opt-in",
            "wording": WORDING,
            "remind": "2 days",
            "up_to": "7 days",
            "else": "stop",
        },
        {"id": "first-letter", "email": "welcome"},
    ],
}


@pytest.fixture
def ada():
    walk = Walk(LETTERS)
    walk.enrols("letters")
    return walk


def confirms(walk):
    walk.hears(EventKind.OPTED_IN, step="opt-in", channel="email", how="link")


def test_it_leaves_at_once_whatever_the_window():
    walk = Walk(LETTERS)
    walk.now = MONDAY + timedelta(days=5, hours=14)  # a Saturday night
    walk.enrols("letters")

    decision = think(walk.book, walk.state, walk.now).decision

    assert isinstance(decision, Speak)
    touch = decision.touch
    assert (touch.purpose, touch.wording, touch.caps, touch.topic) == (Purpose.SERVICE, WORDING, (), "")


def test_who_confirms_goes_on(ada):
    ada.goes(1)
    confirms(ada)
    ada.goes(1)

    assert ada.log == ["opt-in:email", "first-letter:email"]


def test_who_confirms_is_not_reminded_and_goes_on_at_once(ada):
    ada.goes(1)
    confirms(ada)

    decision = think(ada.book, ada.state, ada.now).decision

    assert decision.step == "first-letter"


def test_who_does_not_is_reminded_once_and_never_written_to(ada):
    ada.goes(30)

    assert ada.log == ["opt-in:email", "opt-in:email"]
    assert any("not confirmed within 7 days" in turn for turn in ada.turns)
    assert not ada.state.journeys


def test_the_reminder_is_a_touch_of_its_own(ada):
    first = think(ada.book, ada.state, ada.now).decision.touch
    ada.goes(2.5)
    (opt_in,) = ada.state.journeys

    assert (opt_in.tries, opt_in.sent["opt-in"] != first.id) == (1, True)


def test_without_a_reminder_nobody_is_asked_twice():
    steps = [{key: value for key, value in LETTERS["steps"][0].items() if key != "remind"}, LETTERS["steps"][1]]
    walk = Walk(LETTERS | {"steps": steps})
    walk.enrols("letters")

    walk.goes(30)

    assert walk.log == ["opt-in:email"]


def test_a_confirmation_during_the_wait_of_a_held_reminder_counts(ada):
    """A reminder that may not leave yet moves the step's time; the button is heard all the same."""
    ada.goes(2.5)
    journey = ada.state.journeys[0]
    held = replace(journey, due_at=ada.now + timedelta(days=3), tries=0)
    ada.state = replace(ada.state, journeys=(held,))
    assert isinstance(think(ada.book, ada.state, ada.now).decision, Wait)

    confirms(ada)

    assert think(ada.book, ada.state, ada.now).decision.step == "first-letter"


def test_a_confirmation_that_may_not_leave_goes_the_other_way(ada):
    decision = think(ada.book, ada.state, ada.now).decision
    touch = decision.touch
    details = {"outcome": "never", "code": "no_consent", "channel": "email"}

    ada.hears(EventKind.TOUCHED, step=touch.step, sequence="letters", **details)
    ada.goes(1)

    assert ada.log == []
    assert not ada.state.journeys


def test_a_yes_to_another_question_confirms_nothing(ada):
    ada.goes(1)
    ada.hears(EventKind.OPTED_IN, channel="sms", how="sms")
    ada.goes(0.5)

    assert ada.log == ["opt-in:email"]


@pytest.mark.parametrize(
    ("closed", "asks"), [("no_consent", True), ("suppressed", True), ("no_address", False), ("bounced", False)]
)
def test_a_closed_channel_is_asked_on_only_if_the_gate_may_judge(closed, asks):
    walk = Walk(LETTERS)
    walk.state = replace(walk.state, lead=replace(walk.state.lead, unreachable={"email": closed}))
    walk.enrols("letters")

    walk.goes(1)

    assert walk.log == (["opt-in:email"] if asks else [])


NOON = MONDAY + timedelta(hours=3)
ADA = Contact("ada", "ada@example.com", country="DE", timezones=("Europe/Berlin",), source="form")
ASK = Touch("t", "ada", "letters", "v", "opt-in", Channel.EMAIL, "x", Purpose.SERVICE, wording=WORDING)


def came(basis, days=0.0):
    return Consent("ada", Channel.EMAIL, Purpose.MARKETING, basis, NOON - timedelta(days=days), "form")


def no(channel=None, days=0.0, scope="marketing"):
    return Suppression("ada", channel, "opted_out", NOON - timedelta(days=days), scope)


@pytest.mark.parametrize(
    ("consents", "noes", "source", "code"),
    [
        pytest.param([came(Basis.REQUESTED)], [], "form", None, id="ticked the box"),
        pytest.param([came(Basis.INQUIRY)], [], "form", None, id="asked us something, in Germany too"),
        pytest.param([], [], "form", Refusal.NO_CONSENT, id="never asked: a cold mail is no confirmation"),
        pytest.param([came(Basis.LEGITIMATE_INTEREST)], [], "list", Refusal.NO_CONSENT, id="we went to them"),
        pytest.param([came(Basis.REQUESTED)], [], "purchased", Refusal.SOURCE_NOT_MAILABLE, id="bought"),
        pytest.param([came(Basis.INQUIRY, 9)], [no(days=2)], "form", Refusal.SUPPRESSED, id="said no since"),
        pytest.param([came(Basis.REQUESTED, 9)], [no(days=2)], "form", Refusal.SUPPRESSED, id="asked, then said no"),
        pytest.param([came(Basis.REQUESTED, 1)], [no(days=2)], "form", None, id="said no, then asked again"),
        pytest.param([came(Basis.INQUIRY, 1)], [no(days=2)], "form", Refusal.SUPPRESSED, id="an import after the no"),
        pytest.param([came(Basis.REQUESTED)], [no(Channel.SMS)], "form", None, id="a no to texts"),
        pytest.param([came(Basis.REQUESTED)], [no(days=1, scope="all")], "form", Refusal.SUPPRESSED, id="dead box"),
    ],
)
def test_who_may_be_asked_to_confirm(consents, noes, source, code):
    facts = GateFacts(replace(ADA, source=source), consents, noes)
    sunday = NOON - timedelta(days=1)

    verdict = gate(ASK, facts, shipped_policies(), sunday)

    assert (verdict.code if verdict else None) == code
