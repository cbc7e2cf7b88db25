"""What an edit means for the people inside: groups, where each goes on, and the word that moves them."""

from __future__ import annotations

import pytest

from nurture.authoring.library import load_sequence
from tests.cli.office import JONAS, MIRA, ROOT, Office

SHELF = load_sequence(ROOT / "sequences" / "quarterly-nurture.yaml")
OLDER = {
    "sequence": SHELF.id,
    "purpose": "marketing",
    "enter": {"by_hand": True},
    "steps": [
        {"id": "removed", "after": "1 day", "email": "welcome"},
        {"id": SHELF.document["steps"][0]["id"], "email": "welcome"},
    ],
}


def inside(version, step, status="open"):
    journey = {"sequence": SHELF.id, "version": version, "run": 1, "step": step, "status": status}
    return {"state": {"journeys": [journey]}}


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA, JONAS)
    office.inside(lambda house: house.store.library.keep(SHELF.id, "older", OLDER))
    office.temporal.pictures = {MIRA.id: inside("older", "removed"), JONAS.id: inside(SHELF.version, "removed")}
    return office


def test_the_plan_says_who_stands_where_and_goes_on_where(office):
    first = SHELF.document["steps"][0]["id"]

    ran = office.run("change", "plan", SHELF.id)

    assert ran.code == 0
    assert ran.out.startswith(f"1 on the version on the shelf ({SHELF.version}), 1 on older ones.\n")
    assert f'→ {first}  "removed" is gone: on at {first}' in ran.out
    assert f"nurture change apply {SHELF.id}" in ran.out
    assert office.temporal.changed == []


def test_one_object_for_machines(office):
    office.temporal.pictures[JONAS.id] = inside("older", "removed", "with_sales")

    found = office.run("change", "plan", SHELF.id, "--json").json

    assert (found["current"], found["older"], found["people_inside"]) == (0, 2, "finish_on_old")
    assert [(group["status"], group["when"]) for group in found["groups"]] == [
        ("open", "at the next decision"),
        ("with_sales", "after sales has answered"),
    ]


def test_apply_moves_everybody(office):
    found = office.run("change", "apply", SHELF.id, "--json").json

    assert office.temporal.changed == [(SHELF.id, SHELF.version, True)]
    assert found["change"] == f"change-{SHELF.id}-{SHELF.version}"
