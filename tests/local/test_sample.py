"""The sample's people are made up, the same each time, and all of them can be imported."""

from __future__ import annotations

from pathlib import Path

from nurture.domain.lead import Channel
from nurture.domain.personas import personas_of
from nurture.intake import Accepted
from nurture.local import crowd
from nurture.local.sample import make_people
from tests.local.test_time_scale import MONDAY

ROOT = Path(__file__).parents[2]


def people(seed: int = 7, count: int = 80) -> list:
    kinds = personas_of(crowd._yaml(ROOT / "sequences" / "personas.yaml"))
    return list(make_people(list(kinds.values()), count, seed, MONDAY, 12))


def test_the_same_seed_makes_the_same_people():
    assert people() == people()
    assert people(seed=8) != people()
    assert people(count=100)[:80] == people()


def test_everybody_is_reachable_only_where_nobody_is():
    made = people(count=200)
    assert all(person.row["email"].endswith("@example.com") for person in made)
    numbers = [person.row["phone"] for person in made if person.row["phone"]]
    assert len(numbers) == len(set(numbers)) > 40
    assert all(number.startswith(("+120155501", "+447700900", "+49176040690")) for number in numbers)
    assert not {"+12015550190", "+12015550191", "+12015550195"} & set(numbers)  # our own senders


def test_everybody_comes_within_the_days_by_one_of_three_events():
    made = people(count=200)
    assert {person.event for person in made} == {"trial_started", "content_downloaded", "demo_requested"}
    assert all(0 <= (person.comes_at - MONDAY).days <= 12 for person in made)
    assert all(person.row["trial_ends_at"] for person in made if person.event == "trial_started")


def test_every_row_is_imported_with_the_consents_it_proves(tmp_path):
    everybody = crowd.the_sample(ROOT, tmp_path, 80, 7, MONDAY, 30)
    assert [row for row in everybody.rows if not isinstance(row, Accepted) or row.notes] == []
    berlin = [row for row in everybody.rows if isinstance(row, Accepted) and row.contact.country == "DE"]
    channels = {consent.channel for row in berlin for consent in row.consents}
    assert channels == {Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL}
    assert everybody.zones("UTC").total() == 80


def test_a_file_is_guessed_limited_and_spread_over_working_days(tmp_path):
    path = tmp_path / "leads.csv"
    rows = [f"ana.{n}@example.com,{'India' if n % 2 else ''}" for n in range(50)]
    path.write_text("\n".join(["Email,Country", *rows, "not an address,"]))
    everybody = crowd.a_file(ROOT, path, None, 0)
    assert len(everybody.rows) == 51
    assert len(crowd.a_file(ROOT, path, None, 10).rows) == 10
    assert everybody.zones("Europe/Berlin") == {"Europe/Berlin": 25, "Asia/Kolkata": 25}
    lists = crowd._in_lists([f"lead-{n}" for n in range(50)], MONDAY, 30)
    assert sorted(lead for coming in lists for lead in coming.leads) == sorted(f"lead-{n}" for n in range(50))
    assert all(coming.at.weekday() < 5 for coming in lists)
