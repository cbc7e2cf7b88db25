"""One lead on one screen: asked of its workflow, or thought through from the store, with its whole story."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.events import ABOUT_THE_LEDGER, Event, EventKind
from nurture.domain.tasks import Task, TaskStatus
from nurture.domain.touch import TouchState
from tests.cli.office import MIRA, MONDAY, Office, agreed, awake


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA, consents=[agreed(MIRA)])
    return office


def lived(office):
    """Give Mira a story."""
    welcome = office.touched(MIRA, "welcome", state=TouchState.SENT)
    office.touched(MIRA, "text", state=TouchState.SUPPRESSED, days=1, code="no_consent", reason="no consent to SMS")
    at = MONDAY + timedelta(hours=3)
    office.heard(
        Event("c1", EventKind.CLICKED, MIRA.id, at, touch=welcome, details={"link": "pricing", "human": True}),
        Event("c2", EventKind.CLICKED, MIRA.id, at, touch=welcome, details={"link": "pricing", "human": False}),
        Event(
            "r1",
            EventKind.REPLIED,
            MIRA.id,
            at + timedelta(hours=1),
            touch=welcome,
            details={"channel": "email", "intent": "not_now"},
        ),
        Event("h1", EventKind.HAPPENED, MIRA.id, at + timedelta(hours=2), name="trial_started"),
    )
    call = Task("call-1", MIRA.id, "call", "Call Mira", rep="ben", created_at=at + timedelta(days=1))

    async def work(house):
        await house.store.tasks.open(call)
        await house.store.tasks.close("call-1", TaskStatus.DONE, at + timedelta(days=2), outcome="connected", rep="ben")
        await house.store.leads.place(
            MIRA.id, stage="mql", reason="score over 40", score=42, now=at + timedelta(days=2, hours=1)
        )

    office.inside(work)


def test_a_lead_that_is_awake_speaks_for_itself(office):
    office.temporal.pictures[MIRA.id] = awake()

    ran = office.run("lead", MIRA.email)

    assert ran.code == 0
    assert "Mira Sandoval · mira.sandoval@example.com · +12015550143" in ran.out
    assert "Sandoval Ceramics · US · America/New_York · from website" in ran.out
    assert "Stage   lead, 31.5 points (warm)" in ran.out
    assert "Now     waits until Tue 03 Mar 09:12 America/New_York for nudge: 1 day after welcome" in ran.out
    assert "In      trial-nurture: open at nudge" in ran.out
    assert "Closed  sms (no_consent)" in ran.out
    assert "   1. sends email nudge (nudge): 1 day after welcome" in ran.out


def test_a_lead_at_rest_is_thought_through_from_the_store(office):
    ran = office.run("lead", MIRA.email, "--json")

    assert (ran.json["source"], ran.json["note"]) == ("store", "")
    assert ran.json["state"]["stage"] == "lead"
    assert ran.json["state"]["next"].startswith("rests")
    assert ran.json["plan"] == []
    assert "email" not in ran.json["closed_channels"]
    assert ran.json["closed_channels"]["sms"] == "no_consent"


def test_the_state_a_lead_came_to_rest_with_is_read(office):
    from temporalio.contrib.pydantic import pydantic_data_converter

    from nurture.domain.lead import Lead
    from nurture.domain.state import LeadState, Past

    past = {"trial-nurture": Past(1, MONDAY, "booked a meeting")}
    state = LeadState(Lead(MIRA.id), stage="sql", past=past)
    kept = pydantic_data_converter.payload_converter.to_payload(state).data.decode()
    office.inside(lambda house: house.store.leads.put_to_rest(MIRA.id, kept))

    ran = office.run("lead", MIRA.email)

    assert "Stage   sql" in ran.out
    assert "Was in  trial-nurture: booked a meeting" in ran.out


def test_the_way_ahead_of_a_lead_in_the_middle_of_a_sequence_is_thought_through_from_the_store(office):
    from temporalio.contrib.pydantic import pydantic_data_converter

    from nurture.domain.build import sequence_of
    from nurture.domain.lead import Lead
    from nurture.domain.state import Journey, LeadState

    async def asleep(house):
        file = house.sequence("trial-nurture")
        first = sequence_of(file.version, file.document).first
        journey = Journey(file.sequence, file.version, 1, MONDAY, MONDAY, first, MONDAY, MONDAY)
        state = LeadState(Lead(MIRA.id), journeys=(journey,))
        kept = pydantic_data_converter.payload_converter.to_payload(state).data.decode()
        await house.store.leads.put_to_rest(MIRA.id, kept)

    office.inside(asleep)

    ran = office.run("lead", MIRA.id, "--json")

    assert [journey["sequence"] for journey in ran.json["state"]["journeys"]] == ["trial-nurture"]
    assert 1 <= len(ran.json["plan"]) <= 10
    assert "America/New_York: " in ran.json["plan"][0]


@pytest.mark.parametrize(
    ("trouble", "note"),
    [
        (RPCError("nobody polls", RPCStatusCode.DEADLINE_EXCEEDED, b""), "Temporal refused: nobody polls"),
        (TimeoutError(), "No worker answered within 15 seconds"),
    ],
    ids=["no worker", "a slow one"],
)
def test_without_an_answer_the_store_speaks_and_says_so(office, trouble, note):
    office.temporal.trouble = trouble

    ran = office.run("lead", MIRA.email, "--json")

    assert (ran.code, ran.json["source"]) == (0, "store")
    assert ran.json["note"].startswith(note)
    assert ran.json["note"].endswith("this is what the store knows")
    assert ran.json["state"]["next"] == "not known, its workflow could not be asked"
    assert (ran.json["state"]["stage"], ran.json["plan"]) == ("lead", [])


def test_without_temporal_the_store_speaks_and_says_so(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys, reachable=False)
    office.knows(MIRA)

    ran = office.run("lead", MIRA.email)

    assert ran.code == 0
    assert "(Temporal does not answer at 127.0.0.1:" in ran.out
    assert "Now     not known, its workflow could not be asked" in ran.out


def test_the_story_is_told_in_words_and_in_order(office):
    lived(office)

    ran = office.run("lead", MIRA.email)

    told = ran.out.partition("What happened\n")[2].splitlines()
    assert told == [
        "  2026-03-02 09:00  email welcome of trial-nurture was sent by ada@mail",
        "  2026-03-02 12:00  clicked pricing in welcome",
        "  2026-03-02 12:00  a machine followed pricing in welcome",
        "  2026-03-02 13:00  replied by email: not now",
        "  2026-03-02 14:00  did: trial started",
        "  2026-03-03 09:00  email text of trial-nurture was not sent: no consent to SMS",
        "  2026-03-03 12:00  call for ben: Call Mira",
        "  2026-03-04 12:00  call of ben is done: connected",
        "  2026-03-04 13:00  moved from lead to mql with 42 points: score over 40",
    ]


def test_the_story_for_machines_has_every_fact(office):
    lived(office)

    told = office.run("lead", MIRA.id, "--json").json["timeline"]

    assert {moment["kind"] for moment in told} == {"touch", "event", "task", "stage"}
    assert told[1]["details"] == {"link": "pricing", "human": True}
    assert told[0]["at"] == MONDAY.isoformat()


def test_every_kind_of_fact_reads_as_a_sentence(office):
    kinds = set(EventKind) - ABOUT_THE_LEDGER  # which no store takes without their touch: see test_uncertain
    facts = [
        Event(f"e{number}", kind, MIRA.id, MONDAY + timedelta(minutes=number)) for number, kind in enumerate(kinds)
    ]
    office.heard(*facts)

    told = [moment["words"] for moment in office.run("lead", MIRA.id, "--json").json["timeline"]]

    assert len(told) == len(kinds)
    assert all(words and "{" not in words and "None" not in words for words in told)


def test_a_moment_in_a_fact_is_shown_like_every_other(office):
    details = {"until": "2026-04-01T04:00:00.123456+00:00", "why": "asked_for_time", "by": "grace"}
    office.heard(Event("p1", EventKind.PAUSED, MIRA.id, MONDAY, details=details))

    assert "paused until 2026-04-01 04:00 by grace: asked for time" in office.run("lead", MIRA.id).out


def test_an_unknown_lead_is_explained(office):
    ran = office.run("lead", "sandoval")

    assert ran.code == 1
    assert f'There is no lead "sandoval". Near by: Mira Sandoval ({MIRA.id}).' in ran.err


def test_a_person_without_a_name_is_called_by_the_address(office):
    office.knows(replace(MIRA, id="anonymous-1", email="info@example.com", phone="", first_name="", last_name=""))

    assert office.run("lead", "info@example.com").out.startswith("info@example.com\n")
