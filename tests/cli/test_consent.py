"""What a person agreed to, told in one command, exported in another."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from nurture.domain.consent import Basis, wording_hash
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from tests.cli.office import MIRA, MONDAY, Office, agreed

WORDS = "Yes, write to me."
ASKED = replace(agreed(MIRA, Channel.EMAIL, Basis.INQUIRY), given_at=MONDAY - timedelta(days=30))
YES = replace(agreed(MIRA, Channel.SMS, Basis.EXPRESS_WRITTEN), wording=WORDS, proof="https://acme.example.com/join")


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA, consents=[ASKED, YES])
    no = {"channel": "whatsapp", "how": "whatsapp:stop", "word": "STOP"}
    office.heard(Event("no-1", EventKind.OPTED_OUT, MIRA.id, MONDAY, details=no))
    return office


def test_show_says_what_is_allowed_and_why_then_every_receipt(office):
    ran = office.run("consent", "show", MIRA.email)

    assert ran.code == 0
    assert f"Mira Sandoval, lead {MIRA.id}, country US" in ran.out
    rows = {tuple(line.split()[:3]): line for line in ran.out.splitlines() if line.startswith("  ")}
    assert rows["email", "marketing", "yes"].endswith("inquiry by form on 2026-01-31")
    assert rows["sms", "marketing", "yes"].endswith("express_written by form on 2026-02-28")
    assert "opted out on 2026-03-02 closed whatsapp (marketing)" in rows["whatsapp", "marketing", "no"]
    assert "needs express_written or" in rows["call", "marketing", "no"]
    assert rows["whatsapp", "service", "yes"].endswith("a service message needs no consent")
    receipts = ran.out.partition("Receipts")[2]
    assert receipts.index("inquiry") < receipts.index("express_written") < receipts.index("no to marketing by whatsapp")
    assert f'"{WORDS}" (sha256 {wording_hash(WORDS)[:16]}…)' in receipts
    assert "https://acme.example.com/join" in receipts
    assert '"STOP"' in receipts


def test_implied_consent_shows_when_it_ends_in_the_persons_country(office):
    office.knows(replace(MIRA, id="c-1", email="cora@example.com", phone="", country="CA"))
    office.knows(consents=[replace(ASKED, lead="c-1")])

    told = office.run("consent", "show", "cora@example.com", "--json").json

    (email,) = [each for each in told["allowed"] if (each["channel"], each["purpose"]) == ("email", "marketing")]
    assert (email["allowed"], email["until"]) == (True, (ASKED.given_at + timedelta(days=180)).isoformat())
    assert told["consents"][0]["expires_at"] == email["until"]


def test_somebody_of_an_unknown_country_stands_under_the_strictest_rule(office):
    office.knows(replace(MIRA, id="u-1", email="una@example.com", phone="", country=""))
    office.knows(consents=[replace(ASKED, lead="u-1")])

    ran = office.run("consent", "show", "una@example.com")

    assert "country unknown: the strictest rule holds" in ran.out
    needs = "express_written or express or soft_opt_in"  # what suffices in every country with a rule
    assert f"marketing by email in an unknown country needs {needs}; we have inquiry" in ran.out


def test_export_is_everything_about_one_person_and_nobody_else(office, tmp_path):
    office.knows(replace(MIRA, id="other", email="other@example.com", phone=""))
    touch = office.touched(MIRA, "welcome", reason="250 accepted")

    ran = office.run("consent", "export", MIRA.email, "--out", str(tmp_path / "mira.json"))

    assert (ran.code, ran.out) == (0, "")
    told = json.loads((tmp_path / "mira.json").read_text())
    assert told["person"]["email"] == MIRA.email
    assert [each["basis"] for each in told["consents"]] == ["inquiry", "express_written"]
    assert told["consents"][1]["wording_hash"] == wording_hash(WORDS)
    assert [(each["channel"], each["how"]) for each in told["withdrawals"]] == [("whatsapp", "whatsapp:stop")]
    assert [each["channel"] for each in told["suppressions"]] == ["whatsapp"]
    assert [(each["touch"]["id"], each["body_hash"]) for each in told["touches"]] == [(touch, "body")]
    assert [each["id"] for each in told["events"]] == ["no-1"]
    assert "other@example.com" not in json.dumps(told)


def test_export_without_a_file_is_one_json_object_on_stdout(office):
    assert office.run("consent", "export", MIRA.id).json["lead"] == MIRA.id


@pytest.mark.parametrize("what", ["show", "export"])
def test_a_stranger_is_an_error_with_a_way_out(office, what):
    ran = office.run("consent", what, "nobody@example.com")

    assert ran.code == 1
    assert 'There is no lead "nobody@example.com"' in ran.err
