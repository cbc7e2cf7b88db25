"""Enrolling: one lead gets an answer in words, many get progress and refusals by reason."""

from __future__ import annotations

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from nurture.cli import enrol
from tests.cli.office import JONAS, MIRA, Office, awake

EVERYBODY = {MIRA.id, JONAS.id}


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA, JONAS)
    return office


def bulk_of(office):
    """Return who was handed over to bulk enrolments."""
    return [lead for _, leads, _ in office.temporal.bulk.values() for lead in leads]


@pytest.mark.parametrize(
    "given",
    [MIRA.id, f"lead-{MIRA.id}", "Mira.Sandoval@example.com", "+1 (201) 555-0143", "0012015550143"],
    ids=["an id", "a workflow id", "an address", "a number", "a number with 00"],
)
def test_a_lead_is_named_by(office, given):
    assert office.run("enrol", "trial-nurture", given).code == 0
    assert office.temporal.enrolled == [(MIRA.id, "trial-nurture", "by hand")]


def test_one_lead_gets_an_answer_in_words(office):
    office.temporal.pictures[MIRA.id] = awake("waits until Mon 02 Mar 10:00 America/New_York for welcome")

    ran = office.run("enrol", "trial-nurture", MIRA.email, "--reason", "asked at the fair")

    assert ran.out == (
        "Mira Sandoval entered trial-nurture: waits until Mon 02 Mar 10:00 America/New_York for welcome\n"
    )
    assert office.temporal.enrolled == [(MIRA.id, "trial-nurture", "asked at the fair")]


@pytest.mark.parametrize("code", sorted(enrol.WHY_NOT))
def test_a_refusal_says_why(office, code):
    office.temporal.answers[MIRA.id] = code

    ran = office.run("enrol", "trial-nurture", MIRA.email)

    assert ran.code == 1
    assert ran.out == f"Mira Sandoval {enrol.WHY_NOT[code]}.\n"


def test_every_refusal_of_the_planner_has_words():
    from inspect import getdoc

    from nurture.domain.enrolling import why_not_enter

    documented = set((getdoc(why_not_enter) or "").split("`")[1::2])
    assert documented == set(enrol.WHY_NOT)


def test_one_answer_for_machines(office):
    office.temporal.answers[MIRA.id] = "already_in"

    ran = office.run("enrol", "trial-nurture", MIRA.email, "--json")

    assert (ran.code, ran.json["asked"], ran.json["enrolled"]) == (1, 1, 0)
    assert ran.json["refused"] == {"already_in": 1}
    assert ran.json["words"] == {"already_in": "is in this sequence already"}
    assert ran.json["lead"] == MIRA.id


def test_many_are_enrolled_in_the_background_and_counted(office):
    office.temporal.answers[JONAS.id] = "silenced"

    ran = office.run("enrol", "trial-nurture", "--all", "--json")

    assert ran.code == 0
    assert (ran.json["asked"], ran.json["enrolled"], ran.json["refused"]) == (2, 1, {"silenced": 1})
    assert ran.json["enrolments"] == list(office.temporal.bulk)
    assert set(bulk_of(office)) == EVERYBODY


def test_the_counts_of_many_are_told_in_words(office):
    office.temporal.answers[JONAS.id] = "stage"

    ran = office.run("enrol", "trial-nurture", MIRA.email, JONAS.email)

    assert "1 of 2 entered trial-nurture." in ran.out
    assert "1  stands at a stage that is never spoken to (policies/stages.yaml) [stage]" in ran.out


def test_progress_is_watched_until_nobody_is_left(office, monkeypatch):
    monkeypatch.setattr(enrol, "LOOK_EVERY", 0)
    office.temporal.steps = [0.0, 0.5, 1.0]

    assert office.run("enrol", "trial-nurture", "--all", "--json").json["enrolled"] == 2
    assert office.temporal.steps == [1.0]


def test_a_long_list_goes_in_several_enrolments_that_all_start_at_once(office, monkeypatch):
    monkeypatch.setattr(enrol, "AT_ONCE", 1)

    ran = office.run("enrol", "trial-nurture", "--all", "--json")

    assert len(ran.json["enrolments"]) == 2
    assert (ran.json["enrolled"], set(bulk_of(office))) == (2, EVERYBODY)


def test_the_same_people_again_join_the_enrolment_that_runs(office):
    first = office.run("enrol", "trial-nurture", MIRA.email, JONAS.email, "--json").json["enrolments"]
    again = office.run("enrol", "trial-nurture", JONAS.id, MIRA.id, JONAS.email, "--json").json

    assert (again["enrolments"], again["asked"]) == (first, 2)


@pytest.mark.parametrize(
    ("where", "chosen"),
    [
        (["stage=mql"], {JONAS.id}),
        (["country=us"], {MIRA.id}),
        (["page_views=4"], {MIRA.id}),
        (["newsletter=no"], {JONAS.id}),
        (["newsletter=yes", "source=website"], {MIRA.id}),
        (["phone="], {JONAS.id}),
    ],
    ids=["a stage", "a country in any case", "a number", "a no", "two at once", "what is not known"],
)
def test_people_are_chosen_by(office, where, chosen):
    words = [word for condition in where for word in ("--where", condition)]

    assert office.run("enrol", "trial-nurture", *words).code == 0
    assert set(bulk_of(office)) == chosen


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["trial-nurtur", "--all"], 1, 'There is no sequence "trial-nurtur". Use one of '),
        (["trial-nurture", "nobody@example.com"], 1, 'There is no lead "nobody@example.com".'),
        (["trial-nurture", "Sandoval"], 1, f"Near by: Mira Sandoval ({MIRA.id})"),
        (["trial-nurture", "--where", "colour=red"], 1, "No lead has a field 'colour'. Known are "),
        (["trial-nurture", "--where", "stage=customer"], 1, "Nobody is left to enrol."),
        (["trial-nurture", "--where", "stage"], 2, '"stage" is not FIELD=VALUE, such as stage=lead'),
        (["trial-nurture"], 2, "name leads, or use --all or --where FIELD=VALUE"),
        (["trial-nurture", MIRA.id, "--all"], 2, "name leads, or use --all or --where: not both"),
        ([], 2, "Missing argument"),
    ],
    ids=[
        "an unknown sequence", "an unknown lead", "a name", "an unknown field", "nobody", "half a condition",
        "no leads", "leads and all", "nothing",
    ],
)  # fmt: skip
def test_a_mistake_is_explained(office, words, code, says):
    ran = office.run("enrol", *words)

    assert ran.code == code
    assert says in ran.err
    assert office.temporal.enrolled == []
    assert office.temporal.bulk == {}


def test_an_answer_that_does_not_come_names_the_worker(office, monkeypatch):
    office.temporal.trouble = TimeoutError()

    ran = office.run("enrol", "trial-nurture", MIRA.email)

    assert ran.code == 1
    assert "No worker answered within 30 seconds" in ran.err
    assert "nurture worker" in ran.err


def test_a_workflow_that_refuses_is_quoted(office):
    office.temporal.trouble = WorkflowUpdateFailedError(ApplicationError("there is no such stage"))

    ran = office.run("enrol", "trial-nurture", MIRA.email)

    assert (ran.code, ran.err) == (1, "nurture: there is no such stage.\n")


def test_an_enrolment_that_is_started_goes_on_without_us(office):
    async def unheard(_enrolment):
        raise TimeoutError

    office.temporal.progress = unheard

    ran = office.run("enrol", "trial-nurture", "--all")

    assert ran.code == 1
    assert "is started, but no worker answers" in ran.err
    assert "the enrolment goes on by itself" in ran.err
    assert set(bulk_of(office)) == EVERYBODY
