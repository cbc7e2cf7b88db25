"""The library on disk: versions by content, policies with holidays, tests with places, and clear refusals."""

from __future__ import annotations

import shutil

import pytest

from nurture.authoring.library import Bookshelf, load_policies, load_sequence, load_tests, sequence_ids
from nurture.authoring.problem import Place
from nurture.authoring.source import version_of
from nurture.domain.errors import Invalid, Misconfigured
from tests.authoring.checks_page import HERE, HOUSE


@pytest.fixture
def house(tmp_path):
    """A small company: two sequences, its policies and templates."""
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)
    shutil.copy(HERE / "ok" / "everything.yaml", tmp_path / "sequences")
    shutil.copy(HERE / "ok" / "everything.test.yaml", tmp_path / "sequences")
    return tmp_path


def test_a_sequence_has_its_id_its_document_and_a_version_of_its_content(house):
    loaded = load_sequence(house / "sequences" / "quarterly.yaml")

    assert loaded.id == "quarterly"
    assert loaded.document["steps"] == [{"id": "letter", "after": "90 days", "email": "case-study"}]
    assert loaded.version == version_of(loaded.document) == "0cb1eeeef55b"


def test_the_version_depends_on_what_is_said_and_not_on_how_it_is_laid_out(house):
    path = house / "sequences" / "quarterly.yaml"
    before = load_sequence(path).version

    path.write_text(
        "# a remark\n"
        + path.read_text().replace("title: A letter every quarter\n", "")
        + "title: 'A letter every quarter'\n"
    )
    assert load_sequence(path).version == before

    path.write_text(path.read_text().replace("90 days", "91 days"))
    assert load_sequence(path).version != before


def test_a_broken_sequence_is_refused_with_every_mistake(house):
    path = house / "sequences" / "quarterly.yaml"
    path.write_text(path.read_text().replace("after:", "aftre:").replace("marketing", "spam"))

    with pytest.raises(Invalid) as refusal:
        load_sequence(path)

    assert refusal.value.reason == "quarterly.yaml cannot be used"
    assert [problem.splitlines()[0].rpartition(" ")[2] for problem in refusal.value.problems] == [
        "[unknown-word]",
        "[unknown-key]",
    ]


def test_a_bookshelf_holds_what_is_in_order_and_names_what_is_not(house):
    (house / "sequences" / "broken.yaml").write_text("sequence: broken\nsteps: []\n")

    shelf = Bookshelf.open(house, 2026)

    assert sorted(shelf.sequences) == ["everything", "quarterly"]
    assert {problem.path for problem in shelf.problems} == {"sequences/broken.yaml"}
    assert shelf.policies["stages"]["stages"]["unqualified"]["silent"] is True


def test_holidays_travel_with_the_policies_for_four_years(house):
    dates = load_policies(house, 2026)["calendars"]["holiday_dates"]

    assert sorted(dates) == ["DE", "US"]
    assert {"2026-05-01", "2026-10-03", "2026-12-25"} <= set(dates["DE"])
    assert "2026-07-04" not in dates["DE"]
    assert {day[:4] for day in dates["US"]} >= {"2025", "2026", "2027", "2028"}


def test_the_zones_that_are_named_travel_with_the_policies(house):
    letter = house / "sequences" / "quarterly.yaml"
    letter.write_text(letter.read_text() + "timing: { timezone: lead, fallback_timezone: Asia/Kathmandu }\n")

    shelf = Bookshelf.open(house, 2026)
    assert shelf.policies["calendars"]["zones"] == ["Asia/Kathmandu", "Europe/Berlin"]


@pytest.mark.parametrize("country", ["XX: [public]", "DE: [made-up]", "DE-QQ: [public]"])
def test_holidays_that_nobody_knows_are_refused(house, country):
    calendars = house / "policies" / "calendars.yaml"
    calendars.write_text(calendars.read_text().replace("DE: [public]", country))

    with pytest.raises(Misconfigured, match="that nobody knows"):
        load_policies(house, 2026)


def test_policies_that_cannot_be_read_are_refused_by_name(house):
    (house / "policies" / "team.yaml").write_text('reps: "anna\n')
    (house / "policies" / "score.yaml").write_text("bands: {\n")

    with pytest.raises(Misconfigured, match=r"policies/score.yaml:.*policies/team.yaml:1:7: a quote is opened here"):
        load_policies(house, 2026)


def test_tests_come_with_the_place_of_everything_in_them(house):
    first, second, third = load_tests(house / "sequences" / "everything.test.yaml")

    assert first.name == "A reply on day two ends all touches and Anna gets a task"
    assert first.document["happens"] == [{"at": "1 day after hello", "reply": "Can we talk on Thursday?"}]
    assert first.place == Place(1, 3)
    assert first.places["expect", "handoff"] == Place(9, 14, 9)
    assert second.document["expect"] == {"stage": "lead", "tasks": "none", "score": ">= 0", "handoff": "none"}
    assert third.document["lead"] == {"source": "purchased"}


def test_broken_tests_are_refused(house):
    path = house / "sequences" / "everything.test.yaml"
    path.write_text("- test: Nothing\n  lead: {}\n")

    with pytest.raises(Invalid) as refusal:
        load_tests(path)

    assert len(refusal.value.problems) == 1
    assert 'a test has no "expect"' in refusal.value.problems[0]


def test_ids_are_known_without_reading_whole_files(house):
    (house / "sequences" / "quoted.yaml").write_text('# first\nsequence: "quoted-id"\n')

    assert sequence_ids(house) == {
        "everything": [house / "sequences" / "everything.yaml"],
        "quarterly": [house / "sequences" / "quarterly.yaml"],
        "quoted-id": [house / "sequences" / "quoted.yaml"],
    }
