"""The checker's own eyes: it must see what is broken, also when the auditor of the demo cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from nurture.chaos import witness
from nurture.chaos.cell import Case, Cell, Finding
from nurture.chaos.checker import check, judge_negative
from nurture.chaos.crowd import Birth, Crowd
from nurture.domain.evidence import Arrival, Evidence, Fact, Mark

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICIES = {"calendars": {"windows": {"any-time": {"every day": "00:00-24:00"}}, "default_window": "any-time"}}
ADA = Crowd(("ada",), {"ada": "ada@example.com"})


async def _nobody(_: object) -> None:
    """No strike: the case is made by hand."""


CELL = Cell("A3", _nobody, "twice 0", touches=1)


def mark(state: str = "sent", **more) -> Mark:
    key = "<1@mail.example.com>"
    given = {"message_id": key, "to": "ada@example.com", "intent_at": NOW, "wire_at": NOW, "timezone": "UTC"} | more
    return Mark("ada/three-mails.1/one.1/email", "ada", "three-mails.1", "email", state, **given)


def arrival(times: int = 1) -> list[Arrival]:
    return [Arrival("<1@mail.example.com>", "email", "ada@example.com", NOW)] * times


def evidence(marks=(), arrivals=(), facts=()) -> Evidence:
    return Evidence(marks=marks, arrivals=arrivals, facts=facts, policies=POLICIES, homes={"ada": ("UTC", "")})


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Check one case by hand; `listed` is what `nurture uncertain` shows."""

    async def no_marks(_url, _leads):
        return []

    monkeypatch.setattr(witness, "marks_after_stops", no_marks)

    async def looking(case: Case, given: Evidence, *, listed=(), tasks=(), moving=()) -> Finding:
        rows = [SimpleNamespace(touch=SimpleNamespace(id=touch)) for touch in listed]

        async def uncertain(_now):
            return rows

        async def of(*, limit):
            return tasks

        store = SimpleNamespace(reports=SimpleNamespace(uncertain=uncertain), tasks=SimpleNamespace(of=of))
        house = SimpleNamespace(store=store, clock=SimpleNamespace(now=lambda: NOW))
        ground = SimpleNamespace(folder=tmp_path, house=house, settings=SimpleNamespace(database_url=""), caught=set())
        return await check(
            ground,
            case,
            given,
            moving,
        )

    return looking


async def test_what_was_sent_once_and_arrived_once_passes(look):
    found = await look(Case(CELL, ADA), evidence([mark()], arrival()))
    assert (found.passed, found.lost, found.twice, found.why) == (True, 0, 0, ())


async def test_a_second_arrival_is_seen(look):
    found = await look(Case(CELL, ADA), evidence([mark()], arrival(2)))
    assert (found.passed, found.twice) == (False, 1)
    assert judge_negative(found).passed


async def test_a_negative_control_that_sends_nothing_twice_fails():
    clean = Finding("A4", "", "twice 0", 1, passed=True)
    judged = judge_negative(clean)
    assert (judged.passed, judged.negative_control) == (False, True)
    assert "proves nothing" in judged.why[0]


@pytest.mark.parametrize(
    ("marks", "arrivals"),
    [
        pytest.param([], [], id="a touch that was due and is nowhere"),
        pytest.param([mark()], [], id="sent, and arrived nowhere"),
        pytest.param([], arrival(), id="arrived, and not in the ledger"),
        pytest.param([mark("intent", wire_at=None)], [], id="begun and left lying"),
    ],
)
async def test_what_is_lost_is_seen(look, marks, arrivals):
    found = await look(Case(CELL, ADA), evidence(marks, arrivals))
    assert not found.passed
    assert found.lost > 0


async def test_an_uncertain_touch_must_be_listed_and_must_have_been_caught(look):
    touch = mark("uncertain")
    caught = Case(CELL, ADA, caught={touch.touch})
    assert (await look(caught, evidence([touch], arrival()), listed=[touch.touch])).passed
    assert "not listed" in (await look(caught, evidence([touch], arrival()))).why[0]
    by_nobody = await look(Case(CELL, ADA), evidence([touch], arrival()), listed=[touch.touch])
    assert "nothing caught it" in by_nobody.why[0]
    settled = await look(caught, evidence([mark()], arrival()))
    assert "is not uncertain" in settled.why[0]


async def test_a_mark_after_the_acknowledgement_is_seen(look):
    stopped = Case(replace(CELL, touches=0), ADA, stopped={"ada": NOW - timedelta(seconds=1)})
    found = await look(stopped, evidence([mark()], arrival()))
    assert (found.passed, found.after_stop) == (False, 1)
    known = replace_stop(stopped, NOW, mark().touch)
    assert (await look(known, evidence([mark()], arrival()))).passed


def replace_stop(case: Case, at: datetime, touch: str) -> Case:
    return replace(case, stopped={"ada": at}, wired_at_stop={"ada": frozenset({touch})})


async def test_a_fact_that_nobody_heard_fails_a_cell(look):
    fact = Fact(1, "replied", "ada", NOW, told=False)
    found = await look(Case(replace(CELL, touches=0), ADA), evidence(facts=[fact]))
    assert (found.passed, found.unprocessed) == (False, 1)


@pytest.mark.parametrize("count", [0, 2])
async def test_a_reply_must_have_exactly_one_task(look, count):
    tasks = [SimpleNamespace(lead="ada", kind="handoff")] * count
    found = await look(Case(replace(CELL, touches=0), ADA, replied={"ada"}), evidence(), tasks=tasks)
    assert found.why == (f"ada replied and has {count} tasks",)


async def test_what_does_not_come_to_rest_fails_a_cell(look):
    found = await look(Case(CELL, ADA), evidence([mark()], arrival()), moving=("1 workflows still run",))
    assert found.why == ("1 workflows still run",)


async def test_a_case_in_which_nothing_ever_left_proves_nothing(look):
    found = await look(Case(CELL, ADA), evidence([mark("suppressed", wire_at=None)]))
    assert found.why == ("nothing went to the wire: it proves nothing",)


async def test_people_of_a_cell_whose_name_has_a_space_have_addresses():
    saved = []

    async def save(people, _consents):
        saved.extend(people)

    house = SimpleNamespace(
        store=SimpleNamespace(leads=SimpleNamespace(save=save)), clock=SimpleNamespace(now=lambda: NOW)
    )
    crowd = await Birth().of(house, "B1/60 s", 2)
    assert sorted(crowd.addresses) == ["b1-60-s-1-0@example.com", "b1-60-s-1-1@example.com"]
    assert len(saved) == 2
