"""The report: what the store holds, counted; what nobody knows for sure; and the database's schema."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.cli._rates import in_words, interval, rate
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.tasks import Task, TaskKind, TaskStatus
from nurture.domain.touch import TouchState
from tests.cli.office import JONAS, MIRA, MONDAY, Office


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys, reachable=False)
    office.knows(MIRA, JONAS)
    return office


def lived(office):
    """Two people get a welcome in two variants; one clicks twice and replies, a scanner clicks for the other."""
    mira = office.touched(MIRA, "welcome", variant="short")
    jonas = office.touched(JONAS, "welcome", variant="long")
    office.touched(JONAS, "nudge", state=TouchState.SUPPRESSED, channel=Channel.SMS, code="no_consent", reason="no")
    at = MONDAY + timedelta(hours=1)
    human = {"link": "pricing", "human": True}
    office.heard(
        Event("c1", EventKind.CLICKED, MIRA.id, at, touch=mira, details=human),
        Event("c2", EventKind.CLICKED, MIRA.id, at, touch=mira, details=human),
        Event("c3", EventKind.CLICKED, JONAS.id, at, touch=jonas, details=human | {"human": False}),
        Event("r1", EventKind.REPLIED, MIRA.id, at, touch=mira, details={"intent": "interested"}),
        Event("o1", EventKind.OPTED_OUT, JONAS.id, at, touch=jonas, details={"channel": "email", "how": "link"}),
    )


def counted(office):
    return office.run("report", "--json").json


def test_an_empty_store_is_counted_too(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys, reachable=False)

    ran = office.run("report")

    assert ran.code == 0
    assert ran.out.startswith("0 people at 2026-03-02 09:0")
    found = counted(office)
    assert (found["people"], found["stages"], found["steps"], found["uncertain"]) == (0, {}, [], [])
    assert found["handoffs"]["created"] == 0


def test_people_are_counted_by_stage_and_by_whom_we_reached(office):
    lived(office)

    found = counted(office)

    assert (found["people"], found["stages"]) == (2, {"lead": 1, "mql": 1})
    assert (found["reached"], found["reached_by"]) == (2, {"trial-nurture": 2})


def test_touches_are_counted_by_channel_and_state(office):
    lived(office)

    assert counted(office)["touches"] == {"email": {"sent": 2, "made": 2}, "sms": {"suppressed": 1, "made": 0}}
    assert counted(office)["withheld"] == {"no_consent": 1}


def test_a_step_counts_each_person_once_and_no_scanner(office):
    lived(office)

    nudge, welcome = counted(office)["steps"]

    assert (welcome["step"], welcome["made"], welcome["people"]) == ("welcome", 2, 2)
    assert (welcome["clicked"], welcome["replied"], welcome["opted_out"]) == (1, 1, 1)
    assert welcome["click_rate"]["value"] == 0.5
    assert (nudge["step"], nudge["states"], nudge["people"]) == ("nudge", {"suppressed": 1}, 0)
    assert nudge["click_rate"]["value"] is None


def test_variants_are_told_apart_with_their_intervals(office):
    lived(office)

    long, short = counted(office)["variants"]

    assert (long["variant"], long["people"], long["clicked"], long["replied"]) == ("long", 1, 0, 0)
    assert (short["variant"], short["people"], short["clicked"], short["replied"]) == ("short", 1, 1, 1)
    assert short["reply_rate"]["value"] == 1.0
    assert short["reply_rate"]["low"] < 0.25


def test_opt_outs_are_counted_with_those_that_answered_a_touch(office):
    lived(office)
    imported = Event("i1", EventKind.OPTED_OUT, MIRA.id, MONDAY, details={"channel": "sms", "how": "import"})
    office.heard(imported)

    assert counted(office)["opt_outs"] == {"people": 2, "in_answer_to_a_touch": 1, "complaints": 0}


def test_hand_offs_are_counted_by_how_they_ended(office):
    due = MONDAY + timedelta(hours=4)

    def offer(number):
        key = f"handoff-{MIRA.id}-{number}"
        return Task(key, MIRA.id, TaskKind.HANDOFF, "Mira", rep="ben", due_at=due, created_at=MONDAY)

    async def work(house):
        tasks = house.store.tasks
        for number in range(1, 6):
            await tasks.open(offer(number))
        ended = [
            (TaskStatus.ACCEPTED, "", 1),
            (TaskStatus.ACCEPTED, "", 9),
            (TaskStatus.REJECTED, "bad_timing", 2),
            (TaskStatus.CANCELLED, "expired", 3),
        ]
        for number, (status, outcome, hours) in enumerate(ended, start=1):
            at = MONDAY + timedelta(hours=hours)
            await tasks.close(f"handoff-{MIRA.id}-{number}", status, at, outcome=outcome, rep="ben")
        late = {"handoff": f"handoff-{MIRA.id}-3", "news": "late"}
        await tasks.open(Task("note-1", MIRA.id, "note", "Late", rep="ben", created_at=MONDAY, details=late))

    office.inside(work)

    assert counted(office)["handoffs"] == {
        "created": 5,
        "open": 1,
        "accepted": 2,
        "rejected": 1,
        "expired": 1,
        "late": 2,
        "reject_reasons": {"bad_timing": 1},
    }


def test_people_read_tables(office):
    lived(office)

    ran = office.run("report")

    assert "trial-nurture  welcome  email  2       1 50% (10 to 90)  1 50% (10 to 90)" in ran.out
    assert "trial-nurture  welcome  short    1       1 100% (21 to 100)  1 100% (21 to 100)" in ran.out
    assert "  no_consent  1" in ran.out


def test_facts_nobody_heard_are_pointed_out(office):
    fact = Event("x1", EventKind.HAPPENED, MIRA.id, MONDAY, name="trial_started")
    office.inside(lambda house: house.store.inbox.record(fact))

    assert counted(office)["untold"] == 1
    assert "1 facts wait for their workflow: is a worker running?" in office.run("report").out


@pytest.mark.parametrize(
    ("hits", "people", "low", "high"),
    [
        # Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (0, 0, 0.0, 1.0),
    ],
)
def test_an_interval_is_wilsons(hits, people, low, high):
    assert interval(hits, people) == pytest.approx((low, high), abs=5e-5)


def test_a_rate_of_nobody_is_unknown():
    assert rate(0, 0)["value"] is None
    assert in_words(rate(0, 0)) == ""


def test_uncertain_touches_are_listed_with_all_that_is_known(office):
    why = "no answer after the final dot"
    touch = office.touched(MIRA, "welcome", state=TouchState.UNCERTAIN, code="uncertain", reason=why)

    ran = office.run("uncertain", "--json")

    (row,) = ran.json["uncertain"]
    assert (row["touch"], row["lead"], row["state"], row["reason"]) == (touch, MIRA.id, "uncertain", why)
    assert (row["sender"], row["to"]) == ("ada@mail", "somebody@example.com")
    assert row["message_id"].endswith("@mail.example.com>")
    assert counted(office)["uncertain"] == ran.json["uncertain"]


def test_a_touch_whose_worker_was_lost_is_uncertain_for_people_too(office):
    touch = office.touched(MIRA, "welcome", state=TouchState.WIRE, days=-1)

    ran = office.run("uncertain")

    assert ran.code == 0
    assert "it was on the wire when its worker was lost" in ran.out
    assert touch in ran.out
    assert ran.out.endswith("1 uncertain.\n")


def test_nothing_uncertain_says_so(office):
    assert office.run("uncertain").out == "Nothing is uncertain: every touch has an end.\n"


def test_the_database_is_migrated_and_its_password_not_shown(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    place = f"sqlite+aiosqlite:///{tmp_path}/fresh.db"
    monkeypatch.setenv("NURTURE_DATABASE_URL", place)

    ran = office.run("migrate", "--json")

    assert (ran.code, ran.json) == (0, {"database": place, "migrated": True})
    assert (tmp_path / "fresh.db").exists()
    assert office.run("migrate").out == f"{place} has the schema of this code.\n"


def test_a_database_we_do_not_know_is_explained(office, monkeypatch):
    monkeypatch.setenv("NURTURE_DATABASE_URL", "somewhere else")

    ran = office.run("report")

    assert ran.code == 1
    assert "NURTURE_DATABASE_URL is no address of a database we know. Use sqlite" in ran.err
