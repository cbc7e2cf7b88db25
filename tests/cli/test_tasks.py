"""The list of what people have to do, with deadlines, most urgent first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.domain.tasks import Task, TaskKind, TaskStatus
from tests.cli.office import JONAS, MIRA, MONDAY, Office

CALL = Task(
    "call-1",
    MIRA.id,
    TaskKind.CALL,
    "Call Mira about her trial",
    rep="ben",
    due_at=MONDAY - timedelta(hours=2),
    outcomes=("connected", "no_answer"),
    sequence="trial-nurture",
    step="call",
    created_at=MONDAY - timedelta(days=1),
)
OFFER = Task(
    f"handoff-{JONAS.id}-1",
    JONAS.id,
    TaskKind.HANDOFF,
    "Jonas is hot",
    due_at=MONDAY + timedelta(hours=4),
    outcomes=("bad_timing",),
    created_at=MONDAY,
)
LETTER = Task("letter-1", MIRA.id, "letter", "Send the brochure", rep="anna", created_at=MONDAY)


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys, reachable=False)
    office.knows(MIRA, JONAS)

    async def work(house):
        for task in (LETTER, OFFER, CALL):
            await house.store.tasks.open(task)

    office.inside(work)
    return office


def ids(ran):
    return [task["id"] for task in ran.json["tasks"]]


def test_the_most_urgent_comes_first(office):
    ran = office.run("tasks", "--json")

    assert ids(ran) == ["call-1", OFFER.id, "letter-1"]
    assert [task["late"] for task in ran.json["tasks"]] == [True, False, False]
    assert ran.json["late"] == 1
    assert ran.json["tasks"][0]["due_at"] == CALL.due_at.isoformat()
    assert ran.json["tasks"][0]["outcomes"] == ["connected", "no_answer"]


def test_people_read_names_and_deadlines(office):
    assert office.run("tasks").out.splitlines() == [
        "due (UTC)               kind     rep   lead           title",
        "2026-03-02 07:00  LATE  call     ben   Mira Sandoval  Call Mira about her trial",
        "2026-03-02 13:00        handoff  pool  Jonas Wirth    Jonas is hot",
        "no deadline             letter   anna  Mira Sandoval  Send the brochure",
    ]


@pytest.mark.parametrize(
    ("rep", "theirs"),
    [("ben", ["call-1"]), ("pool", [OFFER.id]), ("grace", [])],
    ids=["a rep", "the pool", "a rep with nothing"],
)
def test_only_the_tasks_of(office, rep, theirs):
    assert ids(office.run("tasks", "--rep", rep, "--json")) == theirs


def test_an_unknown_rep_is_explained_with_the_team(office):
    ran = office.run("tasks", "--rep", "bert")

    assert ran.code == 1
    assert 'There is no rep "bert". Use one of anna, ben, ' in ran.err
    assert ran.err.endswith("or pool.\n")


def test_an_empty_list_says_so(office):
    assert office.run("tasks", "--rep", "grace").out == "There is nothing to do.\n"


def test_what_is_done_is_kept_apart(office):
    async def answer(house):
        await house.store.tasks.close("call-1", TaskStatus.DONE, MONDAY, outcome="connected", rep="ben")

    office.inside(answer)

    closed = office.run("tasks", "--closed", "--json")
    assert [(task["id"], task["status"], task["outcome"]) for task in closed.json["tasks"]] == [
        ("call-1", "done", "connected")
    ]
    assert "call-1" not in ids(office.run("tasks", "--json"))


def test_the_list_can_be_cut(office):
    assert ids(office.run("tasks", "--limit", "1", "--json")) == ["call-1"]
