"""`nurture validate`: what is wrong, where, and how to get out of it."""

from __future__ import annotations

import pytest

from tests.cli.office import Office
from tests.trying.room import Room


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    room = Room(tmp_path)
    office = Office.open(tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("NURTURE_ROOT", str(room.root))
    return office


def test_what_is_right_passes(office):
    ran = office.run("validate")

    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith("no problems in ")


def test_every_mistake_comes_with_its_place_and_a_way_out(office):
    Room.write(office_room(office), "trial.yaml", "sequence: trial\npurpose: marketing\nentre: {}\nsteps: []\n")

    ran = office.run("validate", "sequences/trial.yaml")

    assert ran.code == 1
    assert 'sequences/trial.yaml:3:1: unknown key "entre". Did you mean "enter"? [unknown-key]' in ran.out
    assert "3 | entre: {}" in ran.out
    assert ran.out.splitlines()[-1].endswith("problems in 1 file")


def test_personas_are_checked_too(office):
    personas = office.folder / "sequences" / "personas.yaml"
    personas.write_text(
        personas.read_text().replace("company_size: 300", "compny_size: 300").replace("opens:", "opnes:", 1)
    )

    ran = office.run("validate", "sequences/personas.yaml")

    assert ran.code == 1
    assert 'no field "compny_size". There is "company_size". [unknown-field]' in ran.out
    assert 'unknown key "opnes". Did you mean "opens"? [unknown-key]' in ran.out


def test_machines_get_one_object(office):
    office_room(office).write("trial.yaml", "sequence: trial\n")

    ran = office.run("validate", "--json")

    assert ran.code == 1
    assert not ran.json["clean"]
    assert ran.json["errors"] == len(ran.json["problems"]) > 0
    assert {"file", "line", "column", "rule", "fact", "hint"} <= ran.json["problems"][0].keys()


def test_a_file_elsewhere_is_checked_with_the_policies_around_it(office, tmp_path_factory):
    other = Room(tmp_path_factory.mktemp("other"))
    other.write(
        "trial.yaml", "sequence: trial\npurpose: marketing\nenter: { by_hand: true }\nsteps: [{ id: a, email: gone }]\n"
    )

    ran = office.run("validate", str(other.root / "sequences" / "trial.yaml"))

    assert ran.code == 1
    assert 'sequences/trial.yaml:4:25: no template "email/gone"' in ran.out


def test_a_file_that_is_not_there_is_a_problem(office):
    ran = office.run("validate", "gone.yaml")

    assert ran.code == 1
    assert "there is no such file" in ran.out


def test_wrong_usage_leaves_with_two(office):
    assert office.run("validate", "--jsn").code == 2


def office_room(office: Office) -> Room:
    room = Room.__new__(Room)
    room.root = office.folder
    return room
