"""Every mistake is explained as its pair says, everything that is right passes, and the page shows just these pairs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nurture.authoring.checking import check_path
from tests.authoring.checks_page import HERE, HOUSE, PAGE, page, pairs, said_about


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.name)
def test_every_mistake_is_explained(pair, tmp_path):
    assert said_about(pair, tmp_path) == pair.out.read_text()


@pytest.mark.parametrize("file", sorted((HERE / "ok").glob("*.yaml")), ids=lambda file: file.stem)
def test_what_is_right_passes(file, tmp_path):
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)
    for each in (HERE / "ok").glob("*.yaml"):
        shutil.copy(each, tmp_path / "sequences")

    report = check_path([tmp_path / "sequences" / file.name], tmp_path)

    assert str(report) == "no problems in 1 file"


def test_every_pair_says_why_and_finds_something():
    for pair in pairs():
        assert pair.why
        assert "no problems" not in pair.out.read_text(), pair.name


def test_the_page_is_made_of_the_pairs():
    assert PAGE.read_text() == page(), "run: python -m tests.authoring.checks_page"


def test_the_house_itself_is_in_order(tmp_path):
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)

    report = check_path([tmp_path / "sequences", tmp_path / "policies"], tmp_path)

    assert str(report) == f"no problems in {len(report.files)} files"
    assert len(report.files) == 10


def test_mistakes_of_all_files_come_at_once_and_sorted(tmp_path):
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)
    letter = (tmp_path / "sequences" / "quarterly.yaml").read_text()
    (tmp_path / "sequences" / "a.yaml").write_text(letter.replace("after: 90", "aftre: 90").replace("case", "cas"))
    (tmp_path / "sequences" / "b.yaml").write_text(letter.replace("marketing", "spam").replace("quarterly", "b"))

    report = check_path([tmp_path / "sequences"], tmp_path)

    assert [(problem.path, problem.place.line, problem.rule) for problem in report.errors] == [
        ("sequences/a.yaml", 1, "duplicate-sequence"),
        ("sequences/a.yaml", 7, "unknown-key"),
        ("sequences/a.yaml", 8, "unknown-template"),
        ("sequences/b.yaml", 3, "unknown-word"),
        ("sequences/quarterly.yaml", 1, "duplicate-sequence"),
    ]
    assert report.summary == "5 problems in 3 files"


def test_a_file_that_is_not_there_is_a_problem(tmp_path):
    report = check_path([tmp_path / "sequences" / "gone.yaml"], tmp_path)

    assert str(report).splitlines() == [
        "sequences/gone.yaml:1:1: there is no such file. Check the path. [file]",
        "1 problem in 1 file",
    ]


def test_the_shipped_library_is_in_order():
    report = check_path([], Path(__file__).parents[2])

    assert report.is_clean, str(report)
