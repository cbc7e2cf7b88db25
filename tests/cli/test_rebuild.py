"""`nurture rebuild` at the command line: what it restarts, what it leaves alone, and what it cannot tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.domain.touch import TouchState
from tests.cli.office import JONAS, MIRA, MONDAY, Office, agreed


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA, JONAS, consents=[agreed(MIRA), agreed(JONAS)])
    office.run("enrol", "trial-nurture", MIRA.email)
    return office


def test_a_lead_that_was_under_way_is_woken_from_the_store(office):
    dry = office.run("rebuild", "--dry-run", "--json")
    assert (dry.code, list(dry.json["restarted"]), office.temporal.woken) == (0, [MIRA.id], [])
    assert office.temporal.schedules == []

    ran = office.run("rebuild", "--json")

    assert (ran.code, office.temporal.woken) == (0, [MIRA.id])
    assert "welcome" in ran.json["restarted"][MIRA.id]
    kept = office.inside(lambda house: house.store.leads.snapshot(MIRA.id))
    assert '"trial-nurture"' in kept
    assert "reconcile" in office.temporal.schedules  # workers make them when they start, and may have run all the while


def test_a_lead_that_is_alive_is_left_alone(office):
    office.temporal.pictures[MIRA.id] = {}
    ran = office.run("rebuild")
    assert (ran.code, office.temporal.woken) == (0, [])
    assert "1 are alive and left alone" in ran.out


def test_on_a_temporal_that_forgot_the_store_even_who_woke_gets_its_state(office):
    office.inside(lambda house: house.store.marks.move_on(0, MONDAY))
    office.temporal.pictures[MIRA.id] = {}  # a click woke it: it waits for its state

    office.run("rebuild", "--dry-run")
    assert office.temporal.store_mark.mark is None
    ran = office.run("rebuild", "--json")

    assert (list(ran.json["restarted"]), office.temporal.woken) == ([MIRA.id], [MIRA.id])
    assert office.temporal.store_mark.mark.beat == 1
    assert office.run("rebuild", "--json").json["alive"] == 1


def test_a_refused_enrolment_opens_nothing(office):
    office.temporal.answers[JONAS.id] = "stage"
    office.run("enrol", "trial-nurture", JONAS.email)
    assert office.run("rebuild", "--json").json["at_rest"] == 1


def test_a_way_that_cannot_be_told_is_named_with_the_way_out(office):
    touch = office.touched(JONAS, "welcome", state=TouchState.SENT)
    ran = office.run("rebuild", "--json")
    assert ran.code == 1
    assert ran.json["astray"] == {JONAS.id: [touch]}
    assert JONAS.id not in office.temporal.woken
    assert "enrol it by hand" in office.run("rebuild").err


def test_what_is_enrolled_is_written_down_before_anybody_is_asked(office):
    [entry] = office.inside(lambda house: house.store.enrolments.of(MIRA.id)).own
    assert (entry.name, entry.details["refused"]) == ("trial-nurture", "")
    assert MONDAY <= entry.at < MONDAY + timedelta(minutes=5)
