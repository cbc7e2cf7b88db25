"""Crowds: made up by shares, or read from a file with everything the file says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from nurture.domain.errors import Invalid, NotFound
from nurture.trying.crowd import Plan, from_file, made_up
from nurture.trying.workshop import Workshop, names_of, root_of
from tests.trying.room import ROOT

START = datetime(2026, 6, 1, tzinfo=UTC)
PLAN = Plan(["trial-nurture", "demo-request"], START, timedelta(days=30), 1)


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop.open(ROOT, 2026)


def test_a_crowd_keeps_to_the_shares(workshop):
    crowd = made_up(workshop, PLAN, 3_000).people

    shares = Counter(person.persona.name for person in crowd)
    total = sum(persona.share for persona in workshop.personas.values())
    for persona in workshop.personas.values():
        assert shares[persona.name] / 3_000 == pytest.approx(persona.share / total, abs=0.03)
    assert len({person.lead.id for person in crowd}) == 3_000


def test_people_come_in_over_the_days_and_take_turns_at_the_sequences(workshop):
    crowd = made_up(workshop, PLAN, 400).people

    assert Counter(person.sequence for person in crowd) == {"trial-nurture": 200, "demo-request": 200}
    assert START <= min(person.enters for person in crowd) < START + timedelta(days=1)
    assert START + timedelta(days=29) < max(person.enters for person in crowd) < START + timedelta(days=30)


def test_the_same_seed_makes_the_same_people(workshop):
    again = Plan(PLAN.sequences, START, PLAN.over, 2)

    assert made_up(workshop, PLAN, 200).people == made_up(workshop, PLAN, 200).people
    assert made_up(workshop, PLAN, 200).people != made_up(workshop, again, 200).people


def test_nothing_of_a_name_or_address_reaches_the_planner(workshop):
    for person in made_up(workshop, PLAN, 100).people:
        assert "@" not in str(person.lead)
        assert person.persona.lead.get("first_name", "no name") not in str(person.lead.fields)


def test_a_channel_is_closed_by_address_and_by_consent(workshop):
    people = {person.persona.name: person.lead for person in made_up(workshop, PLAN, 300).people}

    assert people["student-pune"].unreachable == dict.fromkeys(("sms", "whatsapp", "call"), "no_address")
    assert people["curious-marketer-london"].unreachable == {"whatsapp": "no_consent"}
    assert people["busy-cto-berlin"].unreachable == {}


def test_leads_of_a_file_keep_their_facts_and_their_word(workshop, tmp_path):
    rows = (
        "email,first_name,country,company_size,source,do not email,lead origin\n"
        "ida@example.com,Ida,Germany,300,website,No,Landing Page Submission\n"
        "noor@example.com,Noor,Netherlands,12,website,Yes,Landing Page Submission\n"
        "ida@example.com,Ida,Germany,300,website,No,Landing Page Submission\n"
        ",Nobody,France,1,website,No,API\n"
    )
    file = tmp_path / "leads.csv"
    file.write_text(rows)

    crowd = from_file(workshop, PLAN, file)

    ida, noor = (person.lead for person in crowd.people)
    assert ida.fields["company_size"] == 300
    assert (ida.country, ida.timezone) == ("DE", "Europe/Berlin")
    assert noor.unreachable["email"] == "suppressed"
    assert crowd.left_out == {
        "met before in this file": 1,
        "there is neither an e-mail address nor a phone number": 1,
    }
    assert {person.persona.name for person in crowd.people} <= workshop.personas.keys()
    assert from_file(workshop, PLAN, file).people == crowd.people


def test_a_file_without_people_is_refused(workshop, tmp_path):
    file = tmp_path / "leads.csv"
    file.write_text("email,first_name\n,Ida\n")

    with pytest.raises(Invalid, match="No row of"):
        from_file(workshop, PLAN, file)
    with pytest.raises(NotFound, match="There is no file"):
        from_file(workshop, PLAN, tmp_path / "gone.csv")


def test_a_workshop_names_what_is_near():
    with pytest.raises(NotFound, match=r'no sequence "trail-nurture"\. There is "trial-nurture"'):
        Workshop.open(ROOT, 2026, ["trail-nurture"])


def test_a_workshop_refuses_what_has_mistakes(room):
    room.write(
        "trial.yaml", (room.root / "sequences" / "trial.yaml").read_text().replace("email: welcome", "email: welcom")
    )

    with pytest.raises(Invalid) as raised:
        Workshop.open(room.root, 2026, ["trial"])

    assert 'no template "email/welcom". There is "email/welcome"' in raised.value.problems[0]
    assert Workshop.open(room.root, 2026, ["letters"]).current.keys() >= {"letters"}


def test_people_need_personas(room):
    (room.root / "sequences" / "personas.yaml").unlink()

    with pytest.raises(NotFound, match=r"There is nobody in sequences/personas\.yaml"):
        made_up(Workshop.open(room.root, 2026, ["trial"]), Plan(["trial"], START, timedelta(1)), 5)


def test_sequences_may_be_named_by_file():
    assert names_of(["trial", "sequences/demo.yaml", "x.yml"]) == ["trial", "demo", "x"]


def test_the_root_is_found_from_inside(room):
    assert root_of(room.root / "sequences" / "trial.yaml") == room.root.resolve()
    assert root_of(room.root / "templates") == room.root.resolve()


def test_only_sequences_asked_for_have_open_doors(workshop):
    world = workshop.world(1, ["demo-request", "quarterly-nurture"])

    assert world.doors == {"demo_requested": ("demo-request",)}
    assert world.links["email/welcome"]
