"""How a mistake looks: the line, the caret, the count, and words that are near."""

from __future__ import annotations

import pytest

from nurture.authoring.problem import Line, Place, Problem, Report, Severity, did_you_mean, in_order, one_of


def test_a_problem_is_a_place_a_fact_a_way_out_and_the_line():
    place = Place(14, 5, 8)
    problem = Problem(
        "sequences/trial.yaml", place, "unknown-key", 'unknown key "wait_fro"', 'Did you mean "wait_for"?',
        lines=(Line("    wait_fro: goal", place),),
    )  # fmt: skip

    assert str(problem) == (
        'sequences/trial.yaml:14:5: unknown key "wait_fro". Did you mean "wait_for"? [unknown-key]\n'
        "14 |     wait_fro: goal\n"
        "   |     ^~~~~~~~"
    )


def test_the_caret_stays_under_its_word_behind_tabs_and_at_the_end_of_the_line():
    behind_tabs = Problem("a", Place(1, 3, 99), "r", "f", lines=(Line("\t\tab", Place(1, 3, 99)),))

    assert str(behind_tabs).splitlines()[1:] == ["1 | \t\tab", "  | \t\t^~"]


def test_line_numbers_of_different_width_line_up():
    lines = (Line("a: 1", Place(9, 1)), Line("a: 2", Place(10, 1)))
    problem = Problem("a", Place(10, 1), "duplicate-key", "f", lines=lines)

    assert str(problem).splitlines()[1:] == [" 9 | a: 1", "   | ^", "10 | a: 2", "   | ^"]


@pytest.mark.parametrize(
    ("severities", "summary", "clean"),
    [
        pytest.param([], "no problems in 2 files", True, id="nothing"),
        pytest.param(["error"], "1 problem in 1 file", False, id="one"),
        pytest.param(["error", "error", "warning"], "2 problems and 1 warning in 3 files", False, id="both"),
        pytest.param(["warning", "warning"], "2 warnings in 2 files", True, id="warnings do not fail"),
    ],
)
def test_the_last_line_counts(severities, summary, clean):
    problems = [Problem(f"{n}.yaml", Place(1, 1), "r", "f", "", Severity(word)) for n, word in enumerate(severities)]
    report = Report(("a.yaml", "b.yaml"), in_order(problems))

    assert report.summary == str(report).splitlines()[-1] == summary
    assert report.is_clean is clean


def test_problems_are_sorted_by_place_and_told_once():
    late, early = Problem("b", Place(1, 1), "r", "f"), Problem("a", Place(10, 2), "r", "f")
    earlier = Problem("a", Place(9, 70), "r", "f")

    assert in_order([late, early, earlier, early]) == (earlier, early, late)


def test_a_report_for_machines_has_every_part():
    report = Report(("a.yaml",), (Problem("a.yaml", Place(2, 3, 4), "rule", "fact", "hint", Severity.WARNING),))

    assert report.as_json() == {
        "files": ["a.yaml"],
        "problems": [
            {
                "file": "a.yaml", "line": 2, "column": 3, "length": 4, "rule": "rule", "severity": "warning",
                "fact": "fact", "hint": "hint",
            }
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        pytest.param("wait_fro", ["wait_for", "wait"], 'Did you mean "wait_for"?', id="near"),
        pytest.param("Email", ["email", "sms"], 'Did you mean "email"?', id="capital letters do not matter"),
        pytest.param("fax", ["email", "sms"], 'Expected one of "email", "sms"', id="far"),
        pytest.param("fax", [], "There is none yet", id="nothing there"),
    ],
)
def test_a_hint_names_what_was_probably_meant(word, known, hint):
    assert did_you_mean(word, known) == hint


def test_long_lists_are_cut():
    assert one_of("abcdefghijklmn").endswith('"l" and 2 more')
