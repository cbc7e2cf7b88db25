"""The catalogue against the matrix: every id has a cell, and nothing that was not run counts."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from nurture.authoring.checking import check_path
from nurture.chaos.acts import Temper
from nurture.chaos.catalogue import ALL
from nurture.chaos.cell import Case, Finding, Turn
from nurture.chaos.cells.mail import mixed
from nurture.chaos.commands import Said
from nurture.chaos.crowd import Crowd
from nurture.chaos.matrix import FAULTS
from nurture.chaos.place import DAY, lay_out, scale
from nurture.chaos.quiet import LONG
from nurture.chaos.report import Report, line, show
from nurture.chaos.runner import Run
from nurture.chaos.suite import CI, FITTING, POSTGRES, Wish, chosen, grounds, lanes_of, own_cells, shifts
from nurture.domain.errors import Invalid

KEYS = {"id", "lost", "twice", "uncertain", "after_stop", "outside_window", "passed", "negative_control"}
GOOD = Finding("A3", "", "twice 0", 24, uncertain=4, passed=True, seen={"caught": 4})
BAD = Finding("C1", "421", "lost 0", 12, lost=1, why=("ada <b> is due 3 touches",))


def test_every_id_has_a_cell():
    assert {cell.id for cell in ALL} == set(FAULTS)


def test_cells_are_told_apart_by_their_names():
    assert [name for name, count in Counter(cell.name for cell in ALL).items() if count > 1] == []
    assert {cell.name for cell in ALL} >= set(FITTING)
    assert {cell.id for cell in ALL if cell.negative} == {"A4", "A5", "D3"}


def test_the_ci_subset_is_the_starred_cells(tmp_path):
    assert {cell.name for cell in chosen(Wish(tmp_path, CI))} == {cell.name for cell in ALL if cell.starred}
    assert len(chosen(Wish(tmp_path))) == len(ALL)


def test_cells_that_need_their_own_times_or_size_get_their_own_ground():
    names = {name: {cell.id for cell in cells} for name, cells in grounds(ALL).items()}
    assert names["wide"] == {"J2"}
    assert names["tls-2026-03-02-24s"] == {"C6"}
    assert "F5" in names["build-2026-03-02-24s"]
    assert names["build-2028-02-27-36s"] == {"G2"}
    assert names["build-2026-03-02-12s"] == {"B4", "F7"}
    assert names["build-2026-03-02-36s"] == {"B5"}
    assert names["build-2026-03-03-48s"] == {"G2"}
    assert {"A1", "E4", "G4"} <= names["build"]
    assert sum(map(len, grounds(ALL).values())) == len(ALL)


def test_what_takes_hold_of_the_file_is_not_run_on_postgres(tmp_path):
    names = {cell.name for cell in chosen(Wish(tmp_path, database=POSTGRES))}
    assert names & {"E1", "E2", "E3", "E4/backup", "J3"} == set()
    assert "E4/tampered" in names


def test_what_a_command_said_is_read_from_its_last_object():
    said = Said(1, 'reading the ledger\n{"findings": []}\nnurture: 1 problem\n')
    assert said.document == {"findings": []}
    assert str(said).startswith("exit code 1: ")
    assert Said(2, "no such option").document == {}


def test_single_cells_are_chosen_by_id_or_name(tmp_path):
    assert {cell.name for cell in chosen(Wish(tmp_path, ids=("A2/rcpt", "A3")))} == {"A2/rcpt", "A3"}
    assert [cell.leads for cell in chosen(Wish(tmp_path, ids=("A3",), leads=7))] == [(7, 7)]
    with pytest.raises(Invalid, match="There is no cell Z9"):
        chosen(Wish(tmp_path, ids=("Z9",)))


@pytest.mark.parametrize("together", [True, False])
def test_each_cell_has_its_ground_and_the_controls_have_another(tmp_path, together):
    cells = chosen(Wish(tmp_path))
    how, control = (Run(together, not together, print, print, negative=blind) for blind in (False, True))
    stands = [stand for lane in lanes_of(cells, how, control) for stand in lane]
    assert Counter(cell.name for _, some, how in stands if not how.negative for cell in some) == Counter(
        cell.name for cell in cells
    )
    assert {cell.id for _, some, how in stands if how.negative for cell in some} == {"A4", "A5", "D3"}
    grounds = {name: {cell.turn for cell in some} for name, some, _ in stands}
    assert (Turn.LAST in grounds["build"]) is not together, "clocks that jump are seen in everybody's times"


def test_the_whole_matrix_runs_in_two_halves_and_then_what_needs_the_machine_for_itself(tmp_path):
    how, control = Run(False, True, print, print), Run(True, False, print, print, negative=True)
    lanes = lanes_of(chosen(Wish(tmp_path)), how, control)
    side_by_side, (alone,) = shifts(lanes, full=True)
    assert [cell.name for _, cells, _ in alone for cell in cells] == ["G3/crowd"]
    sizes = [sum(len(cells) for _, cells, _ in lane) for lane in side_by_side]
    assert abs(sizes[0] - sizes[1]) <= 1
    names = [name for lane in [*side_by_side, alone] for name, _, _ in lane]
    assert len(names) == len(set(names)), "each ground has a folder of its own"
    every = [cell.name for lane in lanes for _, cells, _ in lane for cell in cells]
    assert Counter(c.name for lane in [*side_by_side, alone] for _, cells, _ in lane for c in cells) == Counter(every)
    assert shifts(lanes, full=False) == [lanes]


def test_a_single_cell_has_one_ground(tmp_path):
    how, control = Run(False, True, print, print), Run(True, False, print, print, negative=True)
    side_by_side, (alone,) = shifts(lanes_of(chosen(Wish(tmp_path, ids=("A9",))), how, control), full=True)
    assert [[name for name, _, _ in lane] for lane in side_by_side] == [["build"], []]
    assert alone == []


async def test_a_relay_in_a_bad_mood_calms_down_when_its_cell_is_at_rest():
    temper = Temper()

    async def enrol(*_):
        assert temper._rules != []

    ground = SimpleNamespace(mail=SimpleNamespace(temper=temper), enrol=enrol)
    case = Case(next(cell for cell in ALL if cell.id == "C5"), Crowd(()))
    await mixed()(ground, case)
    for look in case.afterwards:
        await look()
    assert temper._rules == []


def test_somebodys_own_sequence_gets_the_cells_that_fit_it(tmp_path):
    cells = own_cells(Wish(tmp_path, sequence="trial-nurture", leads=5))
    assert {cell.sequence for cell in cells} == {"trial-nurture"}
    assert {cell.leads for cell in cells} == {(5, 5)}
    assert all(not cell.negative and not cell.touches and not cell.texts for cell in cells)
    assert [cell.name for cell in cells] == list(FITTING)
    assert LONG / DAY == 60, "days of the sequence that a cell waits for first mails"
    assert [cell.name for cell in own_cells(Wish(tmp_path, ids=("C3",), sequence="trial-nurture"))] == ["C3"]


def test_the_document_has_the_promised_keys_and_says_what_was_not_run():
    report = Report([GOOD, BAD], 7, CI, 12.0, ("A3", "C1", "J3"))
    document = json.loads(json.dumps(report.document()))
    assert all(set(cell) >= KEYS for cell in document["cells"])
    assert (document["passed"], set(document["not_run"])) == (False, {"J3"})
    assert Report([GOOD], 7, CI, 1.0, ("A3",)).passed
    assert not Report([], 7, CI, 1.0, ()).passed


def test_people_read_what_stands_behind_a_failure(tmp_path):
    report = Report([GOOD, BAD], 7, CI, 12.0, ("A3", "C1", "J3"))
    console = Console(record=True, width=200, file=io.StringIO())
    show(report, console)
    said = console.export_text()
    assert "ada <b> is due 3 touches" in said
    assert "not run: J3" in said
    assert line(BAD).startswith("C1/421: FAILED: lost 1")
    page = report.keep(tmp_path).read_text()
    assert "ada &lt;b&gt; is due 3 touches" in page
    assert json.loads((tmp_path / "report.json").read_text())["seed"] == 7


def test_the_suites_own_house_is_without_a_mistake(tmp_path):
    root: Path = lay_out(tmp_path / "root")
    assert [str(problem) for problem in check_path([root / "sequences"], root).problems] == []
    assert scale().factor == 21_600
