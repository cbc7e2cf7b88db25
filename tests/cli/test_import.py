"""Importing leads from the command line: a map to confirm, rejects with reasons, and a report that adds up."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import typer

from nurture.domain.lead import Channel
from tests.cli.office import MIRA, Office

LEADS = """Full Name,Email,Phone,Country,Do Not Email,Page Views,Lead Source
Mira Sandoval,Mira.Sandoval@Example.com,+1 201 555 0143,United States,No,4,Website
Jonas Wirth,jonas.wirth@example.com,,Germany,Yes,11,Webinar
Priya Raman,not-an-address,,India,No,2,Website
Mira Sandoval,mira.sandoval@example.com,,United States,No,5,Website
"""


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office.open(tmp_path, monkeypatch, capsys, reachable=False)


@pytest.fixture
def leads(tmp_path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_text(LEADS, encoding="utf-8")
    return path


@pytest.fixture
def terminal(monkeypatch):
    """Somebody sits at the terminal, and says what a test lays out."""
    said: list[bool] = []
    asked: list[str] = []

    def confirm(text: str, **_: object) -> bool:
        asked.append(text)
        return said.pop(0)

    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(typer, "confirm", confirm)
    return said, asked


def test_every_row_is_accounted_for(office, leads):
    ran = office.run("import", str(leads), "--json")

    assert ran.code == 0
    counted = {name: ran.json[name] for name in ("read", "imported", "merged", "rejected", "opted_out")}
    assert counted == {"read": 4, "imported": 2, "merged": 1, "rejected": 1, "opted_out": 1}
    assert ran.json["rejects"] == "rejects.csv"


def test_a_rejected_row_goes_to_a_file_with_its_reason(office, leads, tmp_path):
    office.run("import", str(leads), "--rejects", "left-out.csv")

    with (tmp_path / "left-out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["Full Name"]) for row in rows] == [("4", "Priya Raman")]
    assert rows[0]["reason"]


def test_do_not_email_closes_the_channel(office, leads):
    office.run("import", str(leads))

    async def look(house):
        jonas = await house.store.leads.find_by_address(email="jonas.wirth@example.com")
        return await house.store.leads.suppressions(jonas.id)

    assert [no.channel for no in office.inside(look)] == [Channel.EMAIL]


def test_importing_twice_makes_nobody_twice(office, leads):
    office.run("import", str(leads))

    again = office.run("import", str(leads), "--json")

    assert (again.json["read"], again.json["rejected"]) == (4, 1)

    async def everybody(house):
        return [contact.email async for contact in house.store.leads.all()]

    assert sorted(office.inside(everybody)) == ["jonas.wirth@example.com", "mira.sandoval@example.com"]


def test_only_so_many_rows_are_read(office, leads):
    assert office.run("import", str(leads), "--limit", "1", "--json").json["read"] == 1


def test_the_report_for_people_shows_the_map_the_counts_and_the_next_step(office, leads):
    ran = office.run("import", str(leads))

    assert ran.code == 0
    assert "Do Not Email" in ran.out
    assert "4  rows read" in ran.out
    assert "1  rows rejected, see rejects.csv" in ran.out
    assert "nurture enrol SEQUENCE --all" in ran.out


def test_a_guess_is_confirmed_at_a_terminal(office, leads, terminal):
    said, asked = terminal
    said.append(True)

    assert office.run("import", str(leads)).code == 0
    assert asked == ["Import with this map?"]


def test_a_no_imports_nothing_and_says_how_to_go_on(office, leads, terminal):
    said, _ = terminal
    said.append(False)

    ran = office.run("import", str(leads), "--save-map", "leads.map.yaml")

    assert ran.code == 1
    assert "Nothing was imported: correct leads.map.yaml and pass it as --map" in ran.err

    async def count(house):
        return sum([1 async for _ in house.store.leads.all()])

    assert office.inside(count) == 0


@pytest.mark.parametrize("how", [["--yes"], ["--map", "leads.map.yaml"]], ids=["yes", "a map"])
def test_nobody_is_asked_with(office, leads, terminal, how):
    said, asked = terminal
    said.append(False)
    office.run("import", str(leads), "--save-map", "leads.map.yaml")
    asked.clear()

    assert office.run("import", str(leads), *how).code == 0
    assert asked == []


def test_a_saved_map_is_never_overwritten(office, leads, tmp_path):
    (tmp_path / "leads.map.yaml").write_text("mine")

    ran = office.run("import", str(leads), "--save-map", "leads.map.yaml")

    assert ran.code == 1
    assert "leads.map.yaml exists already. Pass it as --map, or save to another name." in ran.err
    assert (tmp_path / "leads.map.yaml").read_text() == "mine"


def test_a_corrected_map_decides(office, leads, tmp_path):
    office.run("import", str(leads), "--save-map", "leads.map.yaml", "--limit", "1")
    path = tmp_path / "leads.map.yaml"
    path.write_text(path.read_text().replace("Page Views:\n    field: page_views", "Page Views:\n    field: visits"))

    office.run("import", str(leads), "--map", "leads.map.yaml")

    async def look(house):
        return await house.store.leads.find_by_address(email=MIRA.email)

    assert office.inside(look).fields["visits"] == 4


def test_a_file_without_addresses_is_refused_with_a_way_out(office, tmp_path):
    (tmp_path / "colours.csv").write_text("Colour,Size\nred,4\nblue,5\n")

    ran = office.run("import", "colours.csv", "--yes")

    assert ran.code == 1
    assert "no column holds an e-mail address or a phone number" in ran.err
    assert "--save-map" in ran.err


def test_a_file_of_which_nothing_can_be_taken_is_a_problem(office, tmp_path):
    (tmp_path / "empty.csv").write_text("Email,Name\nselect,Ada Ferreira\n")

    ran = office.run("import", "empty.csv", "--yes")

    assert ran.code == 1
    assert "No row could be taken. See rejects.csv and correct the map." in ran.err


def test_a_file_that_is_not_there_is_wrong_usage(office):
    ran = office.run("import", "nowhere.csv")

    assert ran.code == 2
    assert "nowhere.csv" in ran.err
