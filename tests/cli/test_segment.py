"""Who would enter a sequence by its segment: counted, named, with the values that decided."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.office import JONAS, MIRA, ROOT, Office

WIN_BACK = """
sequence: win-back
title: Readers who came back
purpose: marketing
enter:
  segment: lead.page_views >= 10
  unless: stage in [sql, sqo, customer]
steps:
  - { id: hello, after: 1 day, email: welcome }
"""


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    root = tmp_path / "root"
    for room in ("policies", "templates"):
        shutil.copytree(ROOT / room, root / room)
    (root / "sequences").mkdir()
    (root / "sequences" / "win-back.yaml").write_text(WIN_BACK)
    shutil.copy(ROOT / "sequences" / "demo-request.yaml", root / "sequences")
    office = Office.open(tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("NURTURE_ROOT", str(root))
    office.knows(MIRA, JONAS)
    return office


def test_it_names_who_would_enter_and_counts_the_others(office):
    ran = office.run("segment", "win-back")

    assert ran.code == 0
    assert ran.out.startswith("1 of 2 would enter win-back now.\n  Jonas Wirth  lead.page_views 11 >= 10\n")
    assert "1  is not in the segment of the sequence [segment]" in ran.out
    assert not office.temporal.bulk


def test_one_object_for_machines(office):
    found = office.run("segment", "win-back", "--json").json

    assert (found["looked_at"], found["would_enter"], found["not"]) == (2, 1, {"segment": 1})
    assert [one["lead"] for one in found["who"]] == [JONAS.id]


def test_with_enrol_they_enter_at_once(office):
    found = office.run("segment", "win-back", "--enrol", "--json").json

    assert found["enrolment"]["enrolled"] == 1
    assert [leads for _, leads, _ in office.temporal.bulk.values()] == [[JONAS.id]]


def test_a_sequence_without_a_segment_says_what_to_write(office):
    ran = office.run("segment", "demo-request")

    assert ran.code == 1
    assert "has no segment" in ran.err
    assert "enter: { segment" in ran.err
