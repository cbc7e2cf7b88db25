"""The audit: a ledger that holds, one that somebody edited, and what a provider's journal says about it."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta

import pytest

from nurture.domain.errors import Unavailable
from nurture.domain.events import Event, EventKind
from nurture.domain.touch import TouchState
from tests.cli.office import JONAS, MONDAY, Office

DAY = timedelta(days=1)


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(JONAS)
    return office


def edited(office, statement):
    """Write into the database file past the engine."""
    with sqlite3.connect(office.folder / "nurture.db") as db:
        assert db.execute(statement).rowcount == 1
    db.close()


def journal(office, *entries):
    path = office.folder / "sink.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(path)


def mail(step="welcome", **other):
    entry = {"at": MONDAY.isoformat(), "channel": "email", "message_id": f"<{step}.{JONAS.id[:8]}@mail.example.com>"}
    return entry | {"to": "somebody@example.com", "accepted": True} | other


def test_a_ledger_that_holds(office):
    office.touched(JONAS, "welcome")
    uncertain = office.touched(JONAS, "nudge", state=TouchState.UNCERTAIN, days=1)
    office.touched(JONAS, "story", state=TouchState.SUPPRESSED, days=2, code="over_cap")

    ran = office.run("audit", "--json")

    assert ran.code == 0
    assert ran.json["findings"] == []
    assert ran.json["kept"] == {"ledger": True, "P1": True, "P2": True, "P4": True, "P7": True}
    assert (ran.json["touches"], ran.json["uncertain"]) == (3, [uncertain])


@pytest.mark.parametrize(
    "edit",
    [
        "state = 'suppressed'",
        "state = 'refused'",
        "wire_at = '2026-03-02T11:00:00.000000+00:00'",
        "settled_at = NULL",
        "\"to\" = 'else@example.com'",
        "\"to\" = ''",
        "subject = 'Other words'",
        "reason = 'nothing happened'",
        "message_id = '<other@mail.example.com>'",
        "receipt = 'SM1'",
        "body_hash = 'another'",
        "sender = 'ben@mail'",
        "lead = 'somebody-else'",
        "touch = replace(touch, 'welcome', 'farewell')",
        "touch = 'no JSON'",
        "wires = 2",
        "fence = 7",
        "seal = ''",
        "seal = 'a.b'",
    ],
)
def test_an_edited_row_is_found(office, edit):
    touch = office.touched(JONAS, "welcome")
    edited(office, f"UPDATE touches SET {edit}")

    ran = office.run("audit", "--json")

    assert ran.code == 1
    found = [each for each in ran.json["findings"] if each["promise"] == "ledger" and each["touch"] == touch]
    assert found
    assert found[0]["fact"]
    assert found[0]["way_out"]


def test_a_row_signed_with_another_secret_is_found(office):
    office.touched(JONAS, "welcome")
    office.patch.setenv("NURTURE_SECRET", "what somebody guessed instead")
    assert office.run("audit", "--json").code == 1


def test_a_row_that_is_gone_leaves_traces(office):
    first = office.touched(JONAS, "welcome", variant="short")
    office.touched(JONAS, "nudge", days=1)
    office.heard(Event("c1", EventKind.CLICKED, JONAS.id, MONDAY, touch=first, details={"link": "pricing"}))
    edited(office, f"DELETE FROM touches WHERE id = '{first}'")

    ran = office.run("audit", "--json")

    facts = [each["fact"] for each in ran.json["findings"]]
    assert ran.code == 1
    assert any(fact.startswith("row 1 before") for fact in facts)
    assert {"is gone from the ledger: a fact answers it", "is gone from the ledger: an experiment counts it"} < set(
        facts
    )


def test_a_fact_about_a_reps_note_asks_for_no_touch(office):
    office.touched(JONAS, "welcome")
    done = Event("done", EventKind.TASK_DONE, JONAS.id, MONDAY, touch="note-handoff-1:remind:20260302090000")
    office.inside(lambda house: house.store.inbox.record(done))
    assert office.run("audit", "--json").json["kept"]["ledger"] is True


def test_an_erased_person_leaves_a_sound_ledger(office):
    office.touched(JONAS, "welcome")
    office.inside(lambda house: house.store.leads.erase(JONAS.id))
    assert office.run("audit", "--json").json["kept"]["ledger"] is True


def test_rows_of_an_older_release_are_vouched_for_once(office):
    office.touched(JONAS, "welcome")
    edited(office, "UPDATE touches SET seal = ''")
    assert "nurture audit --vouch" in office.run("audit").out
    assert office.run("audit", "--vouch", "--json").json["vouched"] == 1
    assert office.run("audit", "--json").code == 0


def test_a_journal_that_agrees(office):
    office.touched(JONAS, "welcome")
    refused = mail("nobody", accepted=False)
    assert office.run("audit", "--against", journal(office, mail(), refused), "--json").code == 0


@pytest.mark.parametrize(
    ("entries", "promise"),
    [
        ([mail("nudge")], "P1"),  # what the ledger says was sent is not there, and what came is unknown
        ([mail(), mail()], "P2"),
        ([mail(), mail("stranger")], "P1"),
    ],
)
def test_a_journal_that_disagrees(office, entries, promise):
    office.touched(JONAS, "welcome")
    ran = office.run("audit", "--against", journal(office, *entries), "--json")
    assert ran.code == 1
    assert promise in {each["promise"] for each in ran.json["findings"]}


def test_a_mail_after_an_opt_out_and_one_at_night_are_found(office):
    office.touched(JONAS, "welcome")
    office.heard(Event("o1", EventKind.OPTED_OUT, JONAS.id, MONDAY, details={"channel": "", "how": "link"}))
    office.touched(JONAS, "nudge", days=1)
    office.touched(JONAS, "story", days=3.6)

    ran = office.run("audit", "--json")

    assert {"P4", "P7"} <= {each["promise"] for each in ran.json["findings"]}
    assert ran.json["kept"]["ledger"] is True
    assert office.run("audit", "--since", "2026-03-20", "--json").json["findings"] == []


def test_a_touch_that_nobody_will_end_is_found_even_when_temporal_is_away(office):
    touch = office.touched(JONAS, "welcome", state=TouchState.INTENT, days=-2)
    assert [each["touch"] for each in office.run("audit", "--json").json["findings"]] == [touch]
    office.temporal.trouble = Unavailable("Temporal does not answer")
    ran = office.run("audit", "--json")
    assert [each["touch"] for each in ran.json["findings"]] == [touch]
    assert "judged by their age" in ran.err


@pytest.mark.parametrize("line", ["no JSON", '{"at": "noon", "message_id": "x"}', "[]", '{"at": "2026-03-02"}'])
def test_a_line_that_is_none_is_named(office, line):
    path = office.folder / "odd.jsonl"
    path.write_text(line + "\n")
    ran = office.run("audit", "--against", str(path))
    assert ran.code == 1
    assert "odd.jsonl:1" in ran.err


def test_a_journal_that_is_not_there_is_no_journal(office):
    assert "There is no journal" in office.run("audit", "--against", "nowhere.jsonl").err
