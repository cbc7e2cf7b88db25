"""`nurture uncertain`: the list, and a person's word about one of its touches."""

from __future__ import annotations

import pytest

from nurture.domain.errors import Unavailable
from nurture.domain.events import EventKind
from nurture.domain.touch import TouchState, touch_ref
from tests.cli.office import JONAS, Office


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(JONAS)
    return office


@pytest.fixture
def touch(office):
    return office.touched(JONAS, "welcome", state=TouchState.UNCERTAIN)


BY = ("--by", "grace", "--reason", "found it in the relay's log")


def test_the_list_is_what_the_bare_command_shows(office, touch):
    assert [row["touch"] for row in office.run("uncertain", "--json").json["uncertain"]] == [touch]
    assert "1 uncertain." in office.run("uncertain").out


def test_a_touch_is_settled_by_its_id_or_its_ref_and_everybody_can_read_who_said_so(office, touch):
    ran = office.run("uncertain", "resolve", touch_ref(touch), "--as", "sent", *BY, "--json")

    assert (ran.code, ran.json["state"], ran.json["told"]) == (0, "sent", True)
    assert office.untold() == []
    explained = office.run("explain", JONAS.id)
    assert "grace settled it as sent: found it in the relay's log" in explained.out
    assert "grace settled welcome as sent" in office.run("lead", JONAS.id).out
    assert office.run("uncertain").out.startswith("Nothing is uncertain")
    assert office.run("audit").code == 0


def test_a_settled_touch_is_not_settled_again(office, touch):
    office.run("uncertain", "resolve", touch, "--as", "refused", *BY)
    ran = office.run("uncertain", "resolve", touch, "--as", "sent", *BY)
    assert ran.code == 1
    assert "is refused, and nobody doubts it" in ran.err


def test_a_resend_is_stored_with_its_order_and_told(office, touch):
    ran = office.run("uncertain", "resend", touch, *BY, "--json")
    assert (ran.code, ran.json["details"]["again"]) == (0, 1)
    assert [(resent.id, resent.again, by) for resent, by in office.temporal.resent] == [(touch, 1, "grace")]
    assert "grace ordered it to be sent once more" in office.run("explain", JONAS.id).out


def test_a_resend_while_temporal_is_away_waits_for_the_relay(office, touch):
    office.temporal.trouble = Unavailable("Temporal does not answer")
    ran = office.run("uncertain", "resend", touch, *BY)
    assert ran.code == 1
    assert "do not repeat it" in ran.err
    assert [event.kind for event, _ in office.untold()] == [EventKind.RESEND_ORDERED]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("resolve", "no/such", "--as", "sent", *BY), 1, "There is no touch"),
        (("resolve", "x", "--as", "delivered", *BY), 2, "say sent or refused"),
        (("resend", "x"), 2, "--by"),
    ],
)
def test_what_cannot_be_said(office, words, code, said):
    ran = office.run("uncertain", *words)
    assert ran.code == code
    assert said in ran.err
