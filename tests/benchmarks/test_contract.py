"""The contract of `python -m benchmarks`: names, shapes and verdicts. No test asserts how long anything takes."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.__main__ import as_json, main, measure, show
from benchmarks.catalogue import ALL, NAMES
from benchmarks.rows import Ask, Budget, Row, Size
from benchmarks.timing import cpu_so_far, in_turns, percentile

KEYS = {"name", "value", "unit", "baseline", "ratio", "budget", "met"}


def test_no_two_rows_have_the_same_name():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize(
    ("row", "ratio", "met"),
    [
        pytest.param(Row("a", 80, "x/s", 100, Budget("ratio", at_least=0.8), ""), 0.8, True, id="just fast enough"),
        pytest.param(Row("a", 79, "x/s", 100, Budget("ratio", at_least=0.8), ""), 0.79, False, id="too slow"),
        pytest.param(Row("a", 12, "events", None, Budget("value", at_most=12), ""), None, True, id="counted, allowed"),
        pytest.param(Row("a", 12.1, "events", None, Budget("value", at_most=12), ""), None, False, id="one too many"),
        pytest.param(Row("a", 3, "ms", 2, None, ""), 1.5, None, id="only for comparison"),
        pytest.param(Row("a", 3, "ms", None, Budget("ratio", at_most=2), ""), None, False, id="no baseline, no proof"),
    ],
)
def test_a_row_judges_itself_by_its_budget(row, ratio, met):
    assert (row.ratio, row.met) == (ratio, met)


def test_json_is_one_line_of_the_promised_shape():
    rows = [Row("planner", 61234.567, "decisions/s", 1e6, Budget("value", at_least=50_000), "states")]

    said = as_json(rows, Size.QUICK)

    assert "\n" not in said
    assert json.loads(said) == {
        "rows": [
            {
                "name": "planner",
                "value": 61230.0,
                "unit": "decisions/s",
                "baseline": 1e6,
                "ratio": 0.06123,
                "budget": "value >= 50000",
                "met": True,
            }
        ],
        "size": "quick",
        "inputs": {"planner": "states"},
    }


def test_the_table_names_quick_inputs_and_missed_budgets(capsys):
    show([Row("simulate", 12, "s", 0.2, Budget("value", at_most=10), "10 leads [bold]")], Size.QUICK)

    said = capsys.readouterr().out
    assert "quick inputs: no claim" in said
    assert "NOT MET" in said
    assert "simulate: 10 leads [bold]" in said


def test_an_unknown_row_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--only", "nothing-we-measure"])

    assert stopped.value.code == 2
    assert "planner-decisions" in capsys.readouterr().err


def test_only_the_rows_asked_for_are_measured():
    said: list[str] = []

    rows = measure(["import-memory"], Ask(Size.TINY, None, said.append))

    assert [row.name for row in rows] == ["import-memory"]
    assert len([line for line in said if line.startswith("[")]) == 1


def test_competitors_take_turns():
    order: list[str] = []

    def competitor(name):
        return lambda: order.append(name) or float(len(order))

    assert in_turns(2, competitor("a"), competitor("b")) == [[1.0, 3.0], [2.0, 4.0]]
    assert order == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("numbers", "share", "found"),
    [([1.0], 0.99, 1.0), (list(range(1, 101)), 0.99, 99), (list(range(1, 11)), 0.99, 10), ([3.0, 1.0, 2.0], 0.5, 2.0)],
)
def test_percentiles_are_numbers_that_were_seen(numbers, share, found):
    assert percentile(numbers, share) == found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_cpu_of_a_process_only_grows():
    from os import getpid

    before = cpu_so_far(getpid())

    assert cpu_so_far(getpid()) >= before > 0


def test_every_benchmark_has_a_sentence_and_rows():
    assert all(benchmark.about.endswith(".") and benchmark.names for benchmark in ALL)
