"""Rows become people, and say what could not be kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from nurture.domain.consent import Basis
from nurture.domain.errors import Invalid
from nurture.domain.lead import Channel, lead_of
from nurture.intake import Column, ConsentColumns, Inquiry, LeadMap, Part, accept, contact_of, guess_mapping
from nurture.intake.cells import Kind
from nurture.intake.person import Accepted, RowReader

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MAP = LeadMap(
    (
        Column("Email", Part.EMAIL),
        Column("Phone", Part.PHONE),
        Column("Name", Part.FULL_NAME),
        Column("Country", Part.COUNTRY),
        Column("Origin", Part.ORIGIN, name="lead_origin"),
        Column("Source", Part.SOURCE, name="lead_source"),
        Column("Prospect", Part.PROSPECT_ID, name="prospect_id"),
        Column("Visits", Part.FIELD, name="visits", kind=Kind.NUMBER),
        Column("Do Not Email", Part.OPT_OUT, channels=(Channel.EMAIL,)),
        Column("Do Not Call", Part.OPT_OUT, channels=(Channel.CALL, Channel.SMS)),
        Column(
            "SMS ok", Part.CONSENT, consent=ConsentColumns(Channel.SMS, "When", "Where", "Words", Basis.EXPRESS_WRITTEN)
        ),
    )
)
BLANK = {column.header: "" for column in MAP.columns} | {"When": "", "Where": "", "Words": ""}


def row(**cells: str) -> dict[str, str]:
    return BLANK | {"Email": "ada@example.com"} | {name.replace("_", " "): cell for name, cell in cells.items()}


def test_a_whole_person():
    contact, consents = contact_of(
        row(Name="Ada Lovelace", Phone="+12015550123", Country="United States", Source="Organic Search", Visits="5"),
        MAP,
    )

    assert (contact.email, contact.phone) == ("ada@example.com", "+12015550123")
    assert (contact.first_name, contact.last_name) == ("Ada", "Lovelace")
    assert (contact.country, contact.timezones, contact.source) == ("US", ("America/New_York",), "organic_search")
    assert contact.fields == {"visits": 5, "lead_source": "Organic Search"}
    assert consents == []


def test_last_name_first_is_understood():
    contact, _ = contact_of(row(Name="Lovelace, Ada King"), MAP)

    assert (contact.first_name, contact.last_name) == ("Ada King", "Lovelace")


def test_the_same_person_has_the_same_id_and_another_has_not():
    ada, again = contact_of(row(), MAP)[0], contact_of(row(Email="ADA@example.com", Name="Ada"), MAP)[0]
    ken = contact_of(row(Email="ken@example.com"), MAP)[0]

    assert ada.id == again.id != ken.id


def test_rows_read_together_are_what_they_are_alone():
    cells = [
        row(Name="Ada Lovelace", Phone="+12015550123", Visits="5", Do_Not_Call="yes"),
        row(Email="broken", Phone="12"),
        row(Email="ken@example.com", Country="Atlantis", Visits="many", SMS_ok="yes"),
        row(Email="joan@example.com", Name="x" * 20_000),
        row(Email="", Phone="+12015550124", SMS_ok="yes", When="2026-01-05", Where="site"),
    ]
    reader = RowReader(MAP, list(BLANK))

    together = reader.read_all([list(each.values()) for each in cells], range(5))

    alone: list[Accepted | str] = []
    for number, each in enumerate(cells):
        try:
            alone.append(accept(each, MAP)._replace(row=number))
        except Invalid as error:
            alone.append(error.reason)
    assert [each.reason if isinstance(each, Invalid) else each for each in together] == alone
    assert [type(each) for each in together] == [Accepted, Invalid, Accepted, Invalid, Accepted]


def test_an_id_is_a_version_5_uuid():
    namespace = UUID("b7ad4c3e-8f0e-5c55-9d6b-4d1f4f0a7c11")
    people = [contact_of(row(Email=f"lead{number}@example.com"), MAP)[0] for number in range(40)]

    assert [each.id for each in people] == [str(uuid5(namespace, f"email:{each.email}")) for each in people]


def test_a_prospect_id_outlives_a_new_address():
    key = "7927b2df-8bba-4d29-b9a2-b6e0beafe620"

    assert contact_of(row(Prospect=key), MAP)[0].id == contact_of(row(Prospect=key, Email="a@new.example"), MAP)[0].id


def test_number_1001_of_two_systems_is_two_people():
    ada, ken = row(Prospect="1001"), row(Prospect="1001", Email="ken@example.com")
    crm, shop = replace(MAP, system="crm"), replace(MAP, system="shop")

    assert contact_of(ada, MAP)[0].id != contact_of(ken, MAP)[0].id
    assert contact_of(ada, crm)[0].id == contact_of(ken, crm)[0].id != contact_of(ada, shop)[0].id


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        pytest.param({"Email": ""}, "neither an e-mail address nor a phone number", id="no address at all"),
        pytest.param({"Email": "Select"}, "neither an e-mail", id="noise for an address"),
        pytest.param({"Email": "ada(at)example.com"}, "Email: not an e-mail address", id="a broken address"),
        pytest.param({"Email": "", "Phone": "555-0100"}, "without a country code", id="a number without a country"),
        pytest.param({"Name": "a" * 65_536}, "65,536 characters", id="a name of 64 kB"),
    ],
)
def test_a_row_that_is_nobody_says_why(cells, why):
    with pytest.raises(Invalid, match=why):
        accept(row() | cells, MAP)


def test_a_broken_number_costs_the_number_not_the_person():
    accepted = accept(row(Phone="12"), MAP)

    assert accepted.contact.phone == ""
    assert accepted.notes == ("phone: a phone number without a country code",)


def test_a_cell_that_does_not_fit_its_column_is_left_out_and_told():
    accepted = accept(row(Visits="many", Country="Atlantis"), MAP)

    assert "visits" not in accepted.contact.fields
    assert sorted(accepted.notes) == ["Country: not a country we know", "Visits: not a number"]


@pytest.mark.parametrize(
    ("cell", "closed"),
    [("Yes", True), ("No", False), ("", False), ("Select", False), ("since March", True), ("2026-01-05", True)],
)
def test_anything_but_a_no_closes_the_channel(cell, closed):
    assert accept(row(Do_Not_Email=cell), MAP).opt_outs == ((Channel.EMAIL,) if closed else ())


def test_do_not_call_closes_texts_too_and_is_a_fact_to_score():
    accepted = accept(row(Do_Not_Call="yes", Do_Not_Email="no"), MAP)

    assert accepted.opt_outs == (Channel.CALL, Channel.SMS)
    assert accepted.contact.fields == {"do_not_call": True}


def test_a_bare_yes_is_not_consent():
    accepted = accept(row(SMS_ok="yes", When="2026-01-05"), MAP)

    assert accepted.consents == ()
    assert accepted.notes == ("consent to sms without a date and a source is not taken as consent",)


def test_a_proven_yes_is_consent_word_for_word():
    proof = {"SMS ok": "yes", "When": "2026-01-05", "Where": "https://acme.example/trial", "Words": "Text me offers"}

    (consent,) = accept(row() | proof, MAP).consents

    assert (consent.channel, consent.basis) == (Channel.SMS, Basis.EXPRESS_WRITTEN)
    assert consent.given_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert (consent.source, consent.wording) == ("https://acme.example/trial", "Text me offers")


@pytest.mark.parametrize(
    ("origin", "source", "asked"),
    [
        ("Landing Page Submission", "Google", True),
        ("API", "Olark Chat", True),
        ("Lead Add Form", "Reference", True),
        ("", "Live Chat", True),
        ("Lead Import", "Live Chat", False),
        ("Trade fair list", "", False),
        ("", "purchased", False),
        ("Rapid growth platform", "", False),
    ],
)
def test_who_came_by_a_form_asked_us(origin, source, asked):
    claim = accept(row(Origin=origin, Source=source), MAP).claim

    assert (claim is not None and claim.basis is Basis.INQUIRY) == asked


def test_an_enquiry_counts_from_the_day_it_came_and_may_end_early():
    accepted = accept(row(Origin="Contact us"), replace(MAP, inquiry=Inquiry(days=180)))
    old = replace(accepted.contact, created_at=MONDAY - timedelta(days=90))
    assert accepted.claim is not None

    fresh, older = accepted.claim.receipt(accepted.contact, MONDAY), accepted.claim.receipt(old, MONDAY)

    assert (fresh.given_at, fresh.channel) == (MONDAY, Channel.EMAIL)
    assert fresh.expires_at == MONDAY + timedelta(days=180)
    assert older.expires_at == MONDAY + timedelta(days=90)


def test_the_map_may_claim_a_basis_for_the_rest():
    claim = accept(row(Origin="Lead Import"), replace(MAP, basis=Basis.SOFT_OPT_IN)).claim

    assert claim is not None
    assert (claim.basis, claim.days) == (Basis.SOFT_OPT_IN, None)


def test_a_formula_is_the_text_of_a_formula():
    contact, _ = contact_of(row(Name="=HYPERLINK(1) Lovelace"), MAP)

    assert contact.first_name == "=HYPERLINK(1)"


def test_no_address_reaches_the_facts_of_a_lead():
    headers = ["Email", "Mobile", "Backup Email", "Street Address", "Notes", "LinkedIn", "Visits"]
    values = [
        "ada@example.com",
        "+12015550123",
        "ada@home.example",
        "1 Main St",
        "likes tea",
        "https://in.example/ada",
        "3",
    ]

    contact, _ = contact_of(dict(zip(headers, values, strict=True)), guess_mapping(headers, [values]))

    assert dict(contact.fields) == {"visits": 3}
    assert lead_of(contact, {}).fields["visits"] == 3
