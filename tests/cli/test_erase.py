"""Erasing: asked first, stopped first, every step reported, and nothing claimed that was not done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nurture.domain.events import EventKind
from tests.cli.office import JONAS, MIRA, Office, agreed, awake

ORDER = ("--by", "grace", "--reason", "asked on 3 March", "--yes")


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA, JONAS, consents=[agreed(MIRA)])
    office.touched(MIRA, "welcome")
    office.temporal.pictures[MIRA.id] = awake()
    return office


def test_the_person_goes_and_the_receipt_says_what_went_and_what_stays(office, tmp_path):
    ran = office.run("erase", MIRA.email, *ORDER)

    assert (ran.code, ran.err) == (0, "")
    assert f"Erased lead {MIRA.id} on 2026-03-02 09:0" in ran.out
    assert "by grace: asked on 3 March" in ran.out
    assert "1  rows of consents" in ran.out
    assert "1  workflow histories" in ran.out
    assert "suppressions   keyed hashes" in ran.out
    assert [event.kind for event in office.temporal.heard] == [EventKind.STOPPED]
    assert office.temporal.deleted == [f"lead-{MIRA.id}"]
    assert office.untold() == []
    raw = b"".join(file.read_bytes() for file in Path(tmp_path).glob("*.db*"))
    assert [word for word in (b"mira.sandoval", b"2015550143", b"Sandoval") if word in raw] == []
    assert b"jonas.wirth" in raw


def test_nothing_happens_unasked(office):
    ran = office.run("erase", MIRA.email, "--by", "grace", "--reason", "asked")

    assert ran.code == 1
    assert "Nothing was erased: it cannot be undone, and nobody is here to ask. Say --yes." in ran.err
    assert office.run("lead", MIRA.email).code == 0


def test_who_and_why_must_be_said(office):
    assert office.run("erase", MIRA.email, "--yes").code == 2


def test_the_lead_is_silent_and_erased_even_while_temporal_is_away(office):
    from nurture.domain.errors import Unavailable

    office.temporal.trouble = Unavailable("Temporal does not answer")

    ran = office.run("erase", MIRA.email, *ORDER, "--json")

    assert ran.code == 1
    assert ran.json["removed"]["leads"] == 1
    assert ran.json["open"] == [
        f"The workflow may not have ended: Temporal does not answer. Run nurture erase {MIRA.id} again"
    ]
    assert [event.kind for event, _ in office.untold()] == [EventKind.STOPPED]


def test_a_second_run_by_id_does_what_was_left_open(office):
    from nurture.domain.errors import Unavailable

    office.temporal.trouble = Unavailable("Temporal does not answer")
    first = office.run("erase", MIRA.email, *ORDER, "--json")
    office.temporal.trouble = None

    second = office.run("erase", MIRA.id, *ORDER, "--json")

    assert (second.code, second.json["open"], second.json["histories_deleted"]) == (0, [], 1)
    assert second.json["id"] == first.json["id"]


def test_an_address_that_others_share_is_said_aloud(office):
    office.knows(replace(JONAS, id="j-2", email="j2@example.com", fields={"assistant_of": MIRA.email}))

    ran = office.run("erase", MIRA.email, *ORDER)

    assert ran.code == 1
    assert "The address still stands elsewhere (1 in leads.fields)" in ran.err


def test_consent_show_remembers_that_somebody_was_erased(office):
    office.run("erase", MIRA.email, *ORDER)

    told = office.run("consent", "show", MIRA.id)

    assert told.out == f"Lead {MIRA.id} was erased on 2026-03-02 09:00 by grace: asked on 3 March\n"


def test_a_stranger_is_not_erased(office):
    ran = office.run("erase", "nobody@example.com", *ORDER)

    assert ran.code == 1
    assert 'There is no lead "nobody@example.com"' in ran.err


def test_importing_the_list_again_leaves_the_person_silent(office, tmp_path):
    """The way back in: the same CSV file, with a consent in it, by e-mail or by phone."""
    office.run("erase", MIRA.email, *ORDER)
    for number, row in enumerate([f"{MIRA.email},", f",{MIRA.phone}"]):
        file = tmp_path / f"list{number}.csv"
        file.write_text(f"Email,Phone,Consent,Consent Date,Consent Source\n{row},yes,2026-03-01,the fair\n")
        assert office.run("import", str(file), "--yes").code == 0
        told = office.run("consent", "show", MIRA.email if number == 0 else MIRA.phone, "--json").json

        open_ = {(each["channel"], each["purpose"]) for each in told["allowed"] if each["allowed"]}
        assert {purpose for _, purpose in open_} <= {"service"}
        assert {each["why"] for each in told["suppressions"]} == {"erased"}
        assert [each["proof"] for each in told["consents"]] == [f"list{number}.csv row 2"]
