"""Guessing a map, showing it, keeping it, and reading what a person wrote."""

from datetime import datetime

import pytest

from nurture.domain.consent import Basis
from nurture.domain.errors import Invalid
from nurture.domain.lead import Channel
from nurture.intake import LeadMap, Part, accept, dump_map, guess_mapping, load_map, table
from nurture.intake.cells import Kind

HEADERS = [
    "First Name", "Surname", "Work E-mail", "Mobile", "Land", "Lead Source", "Employees", "Postcode", "Trial",
    "Do Not Email", "SMS Consent", "SMS Consent Date", "SMS Consent Source", "Comments", "Since", "",
]  # fmt: skip
ROWS = [
    ["Ada", "Lovelace", "ada@example.com", "+12015550123", "Germany", "Google", "1,200", "01067", "Yes", "No",
     "yes", "2026-01-05", "trial form", "Likes tea; call after 5 p.m.", "2025-11-30", ""],
    ["Ken", "Thompson", "ken@example.com", "Select", "India", "", "40", "560001", "No", "Yes",
     "no", "", "", "", "2026-02-01", ""],
]  # fmt: skip


def guessed() -> LeadMap:
    return guess_mapping(HEADERS, ROWS)


def test_a_guess_knows_what_columns_are_called():
    parts = {column.header: column.part for column in guessed().columns}

    assert [parts[name] for name in HEADERS[:6]] == [
        Part.FIRST_NAME, Part.LAST_NAME, Part.EMAIL, Part.PHONE, Part.COUNTRY, Part.SOURCE,
    ]  # fmt: skip
    assert parts["Do Not Email"] is Part.OPT_OUT
    assert parts["Comments"] is parts["Postcode"] is Part.SKIP
    assert "" not in parts


def test_a_guess_knows_what_values_are():
    kinds = {column.header: column.kind for column in guessed().columns if column.part is Part.FIELD}

    assert kinds == {
        "Employees": Kind.NUMBER, "Trial": Kind.YES_NO, "Since": Kind.DATE,
        "SMS Consent Date": Kind.DATE, "SMS Consent Source": Kind.TEXT,
    }  # fmt: skip


def test_a_guess_finds_the_proof_of_a_consent():
    consent = next(column.consent for column in guessed().columns if column.consent)

    assert (consent.channel, consent.date, consent.source) == (Channel.SMS, "SMS Consent Date", "SMS Consent Source")


def test_values_tell_when_names_do_not():
    columns = guess_mapping(["a", "b", "c"], [["ada@example.com", "+12015550123", "Germany"]] * 3).columns

    assert [column.part for column in columns] == [Part.EMAIL, Part.PHONE, Part.COUNTRY]
    assert all(column.confidence < 0.9 for column in columns)


def test_no_is_an_answer_before_it_is_norway():
    (column, _) = guess_mapping(["Magazine", "Email"], [["No", "ada@example.com"]] * 5).columns

    assert (column.part, column.kind) == (Part.FIELD, Kind.YES_NO)


def test_of_two_likely_columns_the_likelier_wins():
    columns = guess_mapping(["Mail", "Email"], [["ada@home.example", "ada@example.com"]]).columns

    assert [column.part for column in columns] == [Part.SKIP, Part.EMAIL]


def test_a_column_called_email_that_holds_none_is_not_believed():
    parts = [column.part for column in guess_mapping(["Email", "Contact"], [["yes", "ada@example.com"]]).columns]

    assert parts[0] is not Part.EMAIL


def test_the_table_shows_every_column_with_its_certainty():
    shown = table(guessed()).splitlines()

    assert len(shown) == 2 + len(guessed().columns)
    assert any("Do Not Email" in line and "opt-out: email" in line and "100%" in line for line in shown)
    assert any("Employees" in line and "lead.employees (number)" in line for line in shown)


def test_a_kept_map_reads_back_as_it_was(tmp_path):
    kept = tmp_path / "map.yaml"
    kept.write_text(dump_map(guessed()), encoding="utf-8")

    again = load_map(kept)

    row = dict(zip(HEADERS[:-1], ROWS[0], strict=False))
    assert accept(row, again) == accept(row, guessed())


def test_a_written_map_says_more_than_a_guess(tmp_path):
    written = tmp_path / "crm.yaml"
    written.write_text(
        """
system: crm
source: webinar
country: DE
basis: soft_opt_in
inquiry: { words: [Stand, form], days: 30 }
columns:
  Mail: email
  Telefon: phone
  Größe: { field: company_size, kind: number }
  Score: old_score
  Newsletter: { consent: email, date: Datum, source: Quelle, basis: express }
  Sperre: { opt_out: [sms, call] }
  Intern: skip
""",
        encoding="utf-8",
    )

    leadmap = load_map(written)
    headers = ("Mail", "Telefon", "Größe", "Score", "Newsletter", "Sperre", "Intern", "Datum", "Quelle")
    cells = ("ada@example.com", "030 901820", "12", "7", "ja", "x", "!", "05.01.2026", "Messe")
    accepted = accept(dict(zip(headers, cells, strict=True)), leadmap)

    assert (accepted.contact.phone, accepted.contact.source) == ("+4930901820", "webinar")
    assert accepted.contact.fields == {"company_size": 12, "old_score": 7, "sperre": True}
    assert [(c.basis, c.given_at) for c in accepted.consents] == [
        (Basis.EXPRESS, datetime.fromisoformat("2026-01-05T00:00:00+00:00"))
    ]
    assert accepted.opt_outs == (Channel.SMS, Channel.CALL)
    assert accepted.claim is not None
    assert accepted.claim.basis is Basis.SOFT_OPT_IN


def test_every_mistake_of_a_map_is_told_with_its_place(tmp_path):
    broken = tmp_path / "map.yaml"
    broken.write_text(
        """colums: 1
basis: because
columns:
  Mail: email
  Size: { field: size, kind: big }
  Stop: { opt_out: pigeon }
  Tag: Two Words
  Extra: { feild: x }
""",
        encoding="utf-8",
    )

    with pytest.raises(Invalid) as caught:
        load_map(broken)

    places = [problem.removeprefix(f"{broken}:").split(": ")[0] for problem in caught.value.problems]
    assert places == ["1:1", "5:3", "6:3", "7:3", "8:3", "2:1"]
    assert "'colums'" in caught.value.problems[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("columns: {Name: full_name}", "no column holds an e-mail address"),
        ("columns: {A: email, B: email}", "two columns fill email"),
        ("just words", "has no `columns:`"),
        ("columns: {A: email, A: phone}", "cannot be read as YAML"),
        ("a: [", "cannot be read as YAML"),
    ],
)
def test_a_map_that_cannot_work_is_refused(tmp_path, text, why):
    broken = tmp_path / "map.yaml"
    broken.write_text(text, encoding="utf-8")

    with pytest.raises(Invalid) as caught:
        load_map(broken)

    assert why in " ".join([caught.value.reason, *caught.value.problems])
