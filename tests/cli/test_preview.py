"""`nurture preview`: a lead's days and messages, in the terminal and as a page."""

from __future__ import annotations

import pytest

from tests.cli.office import JONAS, MIRA, Office, agreed


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "150")
    return Office.open(tmp_path, monkeypatch, capsys)


def test_the_first_persona_is_shown_and_a_page_is_written(office):
    ran = office.run("preview", "trial-nurture", "--start", "2026-06-01 10:00")

    page = (office.folder / "var" / "preview-trial-nurture.html").read_text()
    assert ran.code == 0
    assert "Free trial to first meeting: Petra Brandt" in ran.out
    assert "Hi Petra" in ran.out
    assert "another way" in ran.out
    assert ran.err == "wrote var/preview-trial-nurture.html\n"
    assert "Petra Brandt" in page
    assert "What should Havel Logistik bring in first?" in page


def test_a_persona_and_a_page_can_be_chosen(office):
    ran = office.run("preview", "demo-request", "--as", "owner-new-york", "--page", "here/marcus.html")

    assert ran.code == 0
    assert "Hi Marcus" in ran.out
    assert "wrote here/marcus.html" in ran.err
    assert "America/New_York" in (office.folder / "here" / "marcus.html").read_text()


def test_a_lead_of_the_store_is_shown(office):
    office.knows(MIRA, consents=[agreed(MIRA)])

    ran = office.run("preview", "trial-nurture", "--lead", "mira.sandoval@example.com")

    assert ran.code == 0
    assert "Free trial to first meeting: Mira Sandoval" in ran.out
    assert "Hi Mira" in ran.out
    assert "Mon 02 Mar" in ran.out


def test_who_would_not_be_let_in_is_said(office):
    from dataclasses import replace

    office.knows(replace(JONAS, stage="customer"), consents=[agreed(JONAS)])

    ran = office.run("preview", "trial-nurture", "--lead", JONAS.id)

    assert ran.code == 0
    assert "in earnest Jonas Wirth would not be let in: enter_unless" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["trail-nurture"], 1, 'There is "trial-nurture"'),
        (["trial-nurture", "--as", "bussy-cto-berlin"], 1, 'There is "busy-cto-berlin"'),
        (["trial-nurture", "--lead", "nobody@example.com"], 1, 'There is no lead "nobody@example.com"'),
        (["trial-nurture", "--lead", "x", "--as", "y"], 2, "give either --lead or --as"),
        (["trial-nurture", "--start", "soon"], 1, '"soon" is no moment'),
        ([], 2, "SEQUENCE"),
    ],
)
def test_what_is_wrong_is_said_with_a_way_out(office, words, code, told):
    ran = office.run("preview", *words)

    assert ran.code == code
    assert told in ran.err
