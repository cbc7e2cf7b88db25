"""`nurture schema`: the grammar for editors."""

from __future__ import annotations

import json

import pytest

from nurture.authoring.schema import GRAMMARS, json_schema
from tests.cli.office import Office


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office.open(tmp_path, monkeypatch, capsys)


def test_the_schema_of_sequences_is_printed(office):
    ran = office.run("schema")

    assert ran.code == 0
    assert json.loads(ran.out) == json_schema()


@pytest.mark.parametrize("sort", sorted(GRAMMARS))
def test_every_sort_of_file_has_one(office, sort):
    assert json.loads(office.run("schema", sort).out) == json_schema(sort)


def test_it_can_be_written_to_a_file(office):
    ran = office.run("schema", "test", "--out", "editor/test.json")

    assert ran.code == 0
    assert ran.out == "wrote editor/test.json\n"
    assert json.loads((office.folder / "editor" / "test.json").read_text()) == json_schema("test")


def test_an_unknown_sort_says_what_there_is(office):
    ran = office.run("schema", "sequenc")

    assert ran.code == 1
    assert 'there is no schema of "sequenc". Ask for one of sequence, test' in ran.err


def test_a_place_that_cannot_be_written_says_so(office):
    (office.folder / "taken").mkdir()

    ran = office.run("schema", "--out", "taken")

    assert ran.code == 1
    assert "taken cannot be written: Is a directory. Choose another file." in ran.err
