"""The doctor from the command line: one line a check, its way out, and an exit code for scripts."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cli.office import Office

LONG = "3f9c1d7a" * 8


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office.open(tmp_path, monkeypatch, capsys)


def test_offline_it_says_what_to_repair_and_asks_nobody(office):
    ran = office.run("doctor", "--offline")

    assert ran.code == 0, "the secret of these tests is short, not missing"
    assert "warn  NURTURE_SECRET       set, but only 30 characters long" in ran.out
    assert "      Set it to the output of: openssl rand -hex 32." in ran.out
    assert "skip  DMARC                not asked offline" in ran.out
    assert ran.out.splitlines()[-1].startswith("0 to repair, ")
    assert "only these tests know" not in ran.out


def test_what_fails_is_exit_code_one_and_one_json_object(office):
    office.patch.setenv("NURTURE_SECRET", "")
    ran = office.run("doctor", "--offline", "--json")

    assert ran.code == 1
    first = ran.json["findings"][0]
    assert first == {
        "check": "NURTURE_SECRET",
        "level": "fail",
        "fact": "not set",
        "remedy": "Set it to the output of: openssl rand -hex 32",
    }
    assert ran.json["tally"]["fail"] == 1


def test_online_example_domains_are_not_asked_for_and_closed_doors_are_told(office):
    office.patch.setenv("NURTURE_SMTP_PORT", "1")
    office.patch.setenv("NURTURE_PUBLIC_URL", "http://127.0.0.1:1")
    ran = office.run("doctor", "--json")

    found = {each["check"]: each["level"] for each in ran.json["findings"]}
    assert (ran.code, found["Temporal"], found["relay 127.0.0.1:1"], found["web app"]) == (1, "fail", "fail", "warn")
    assert found["mail in the DNS"] == "skip"


def test_a_key_shows_what_its_signature_covers_and_a_bad_one_is_told(office):
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    office.patch.setenv("NURTURE_DKIM_KEY", pem)
    good = {each["check"]: each for each in office.run("doctor", "--offline", "--json").json["findings"]}
    office.patch.setenv("NURTURE_DKIM_KEY", "hunter2")
    bad = {each["check"]: each for each in office.run("doctor", "--offline", "--json").json["findings"]}

    assert good["DKIM sample"]["fact"] == (
        "h=from:to:subject:date:message-id:reply-to:list-unsubscribe:list-unsubscribe-post"
        ":in-reply-to:references:mime-version:content-type"
    )
    assert (bad["DKIM key"]["level"], "hunter2" in str(bad)) == ("fail", False)


def test_policies_that_cannot_be_read_are_told_and_the_rest_is_looked_at(office, tmp_path):
    (tmp_path / "house" / "policies").mkdir(parents=True)
    (tmp_path / "house" / "policies" / "senders.yaml").write_text("pools: [")
    office.patch.setenv("NURTURE_ROOT", str(tmp_path / "house"))

    found = {each["check"]: each for each in office.run("doctor", "--offline", "--json").json["findings"]}

    assert (found["policies"]["level"], found["policies"]["remedy"]) == ("fail", "Run nurture validate")
    assert "store" in found
