"""`nurture test`: the marketer's tests, and how a failure reads."""

from __future__ import annotations

import pytest

from tests.cli.office import Office
from tests.trying.room import Room

GOOD = """
- test: A reply makes a task for Anna
  lead: { like: busy-cto-berlin, owner: anna }
  start: 2026-06-01 10:00
  happens: [{ at: 1 hour after welcome, reply: "Yes, call me" }]
  expect: { sent: [welcome], handoff: hot, task_for: anna }
"""
BAD = """
- test: Nobody is called
  lead: { like: busy-cto-berlin, owner: anna }
  start: 2026-06-01 10:00
  happens: [{ at: 1 hour after welcome, reply: "Yes, call me" }]
  expect:
    handoff: none
"""


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    room = Room(tmp_path)
    office = Office.open(tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("NURTURE_ROOT", str(room.root))
    return office


def says(office: Office, text: str) -> None:
    (office.folder / "sequences" / "trial.test.yaml").write_text(text)


def test_what_passes_is_one_line_each(office):
    says(office, GOOD)

    ran = office.run("test")

    assert ran.code == 0
    assert ran.out.splitlines() == [
        "ok   sequences/trial.test.yaml:2 A reply makes a task for Anna",
        "1 test, all passed",
    ]


def test_what_fails_tells_where_and_why(office):
    says(office, GOOD + BAD)

    ran = office.run("test", "sequences/trial.yaml")

    assert ran.code == 1
    assert "FAIL sequences/trial.test.yaml:8 Nobody is called" in ran.out
    assert "sequences/trial.test.yaml:13:14: handoff: expected no hand-off, but hot was made." in ran.out
    assert "What happened, on the clocks of Europe/Berlin:" in ran.out
    assert "HANDS OVER to anna (hot)" in ran.out
    assert ran.out.splitlines()[-1] == "2 tests, 1 failed"


def test_the_story_can_be_asked_for(office):
    says(office, GOOD)

    assert "SENDS welcome" in office.run("test", "--story").out


def test_machines_get_one_object(office):
    says(office, GOOD + BAD)

    ran = office.run("test", "--json")

    assert ran.code == 1
    assert len(ran.out.splitlines()) == 1
    assert (ran.json["tests"], ran.json["failed"]) == (2, 1)
    assert ran.json["results"][1]["misses"][0]["line"] == 13


def test_a_mistake_in_a_test_is_told_before_any_runs(office):
    says(office, GOOD + BAD.replace("handoff: none", "handoff: hott"))

    ran = office.run("test")

    assert ran.code == 1
    assert ran.out == ""
    assert 'no hand-off "hott". There is "hot"' in ran.err
    assert "These tests cannot run yet. Mend the lines above." in ran.err


def test_no_test_at_all_is_said(office):
    ran = office.run("test")

    assert ran.code == 1
    assert "There is no test there. Write one beside its sequence: <name>.test.yaml." in ran.err
