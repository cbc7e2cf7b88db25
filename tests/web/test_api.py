"""The API: a key for everything, problems in one shape, and facts that count once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.tasks import TaskStatus
from nurture.web.app import create_app
from tests.web.conftest import CALL, HANDOFF, MIRA
from tests.web.fakes import API_KEY, PUBLIC_URL

USED = {"id": "crm-1", "lead": MIRA.id, "name": "used_feature", "details": {"name": "import", "rows": 12}}
CALLS = [
    ("POST", "/api/v1/leads"),
    ("GET", f"/api/v1/leads/{MIRA.id}"),
    ("POST", "/api/v1/consents"),
    ("POST", "/api/v1/events"),
    ("POST", "/api/v1/enrolments"),
    ("GET", "/api/v1/tasks"),
    ("POST", "/api/v1/tasks"),
    ("POST", f"/api/v1/handoffs/{HANDOFF}/accept"),
    ("POST", f"/api/v1/handoffs/{HANDOFF}/reject"),
]


def is_problem(answer, status):
    body = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("key", ["", "Bearer", "Bearer wrong", f"Basic {API_KEY}", f"Bearer {API_KEY}x"])
def test_no_door_opens_without_the_key(web, world, method, path, key):
    answer = web.request(method, path, json={}, headers={"authorization": key})

    is_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not world.inbox.facts


def test_without_a_configured_key_everything_is_refused(world):
    with TestClient(create_app(world.doors(api_key="")), base_url=PUBLIC_URL) as web:
        assert web.get("/api/v1/tasks", headers={"authorization": "Bearer "}).status_code == 401


def test_a_new_lead_is_created(api, world):
    answer = api.post("/api/v1/leads", json={"email": "Noor.Haddad@example.com", "first_name": "Noor", "team_size": 4})

    assert answer.json() == {"leads": [{"id": "id-noor.haddad@example.com", "result": "created", "reasons": []}]}
    assert world.leads.people["id-noor.haddad@example.com"].fields == {"team_size": 4}


def test_a_known_lead_is_merged_and_its_workflow_hears_what_changed(api, world):
    body = {"email": MIRA.email, "first_name": "Mira", "company_size": 250, "job": "CTO"}

    for _ in range(2):
        [merged] = api.post("/api/v1/leads", json=body).json()["leads"]
        assert (merged["id"], merged["result"]) == (MIRA.id, "merged")
        world.leads.people[MIRA.id].fields.update({"company_size": 250, "job": "CTO"})  # as the store does

    [changed] = world.inbox.of_kind(EventKind.LEAD_CHANGED)
    assert (changed.lead, changed.details) == (MIRA.id, {"company_size": 250, "job": "CTO"})
    assert world.told == [(changed, "")]


@pytest.mark.parametrize(("stated", "heard"), [("europe/Athens", ["Europe/Athens"]), ("Mars/Base", []), ("", [])])
def test_somebody_who_moved_is_heard_of_when_the_zone_was_stated(api, world, stated, heard):
    for _ in range(2):
        body = {"email": MIRA.email, "country": "US", "timezone": stated}
        assert api.post("/api/v1/leads", json=body).status_code == 200
        for zone in heard:
            world.leads.people[MIRA.id] = replace(world.leads.people[MIRA.id], timezones=(zone,))  # as the store does

    assert [fact.details for fact in world.inbox.of_kind(EventKind.LEAD_CHANGED)] == [{"timezone": z} for z in heard]


def test_a_no_that_comes_with_the_lead_is_stored_before_the_answer(api, world):
    for _ in range(2):
        assert api.post("/api/v1/leads", json={"email": "kai@example.com", "do_not_email": "yes"}).status_code == 200

    [silence] = world.leads.silences
    assert (silence.lead, silence.channel) == ("id-kai@example.com", Channel.EMAIL)


def test_in_a_list_the_bad_ones_are_rejected_and_the_rest_is_kept(api, world):
    answer = api.post("/api/v1/leads", json=[{"email": "a@example.com"}, {"email": "nonsense"}, {"first_name": "Zed"}])

    assert [one["result"] for one in answer.json()["leads"]] == ["created", "rejected", "rejected"]
    assert answer.json()["leads"][1]["reasons"] == ["email: has no @"]
    assert len(world.leads.people) == 2


@pytest.mark.parametrize("body", [{"email": "nonsense"}, [], "text", None, 7, [1], {"email": ["x"]}])
def test_what_is_no_lead_changes_nothing(api, world, body):
    is_problem(api.post("/api/v1/leads", json=body), 422)
    assert len(world.leads.people) == 1


def test_an_event_is_stored_told_and_counts_once(api, world):
    first, again = api.post("/api/v1/events", json=USED), api.post("/api/v1/events", json=USED)

    assert (first.status_code, first.json()) == (202, {"id": "crm-1", "repeated": False})
    assert (again.status_code, again.json()) == (200, {"id": "crm-1", "repeated": True})
    [fact] = world.inbox.of_kind(EventKind.HAPPENED)
    assert (fact.name, fact.details) == ("used_feature", {"name": "import", "rows": 12})
    assert world.told == [(fact, "")]


def test_the_same_id_with_other_content_is_a_conflict(api, world):
    api.post("/api/v1/events", json=USED)

    is_problem(api.post("/api/v1/events", json=USED | {"name": "meeting_booked"}), 409)
    assert len(world.inbox.facts) == 1


def test_an_id_of_ours_cannot_be_taken_by_a_caller(api, world):
    api.post("/api/v1/events", json=USED | {"id": f"{HANDOFF}:answer"})

    assert api.post(f"/api/v1/handoffs/{HANDOFF}/accept", json={"rep": "anna"}).status_code == 200


def test_an_event_of_a_stranger_is_a_404(api, world):
    is_problem(api.post("/api/v1/events", json=USED | {"lead": "nobody"}), 404)
    assert not world.inbox.facts


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": ""}, "body.id"),
        ({"name": "Not A Name"}, "body.name"),
        ({"at": "2026-11-03T09:12:00"}, "body.at"),
        ({"at": "2027-01-01T00:00:00Z"}, "body.at"),
        ({"details": {"deep": {"er": 1}}}, "body.details.deep"),
        ({"surprise": 1}, "body.surprise"),
    ],
)
def test_a_bad_event_names_its_place_and_changes_nothing(api, world, change, where):
    problem = is_problem(api.post("/api/v1/events", json=USED | change), 422)

    assert any(mistake["where"].startswith(where) for mistake in problem["errors"])
    assert not world.inbox.facts


def test_broken_json_is_a_problem_that_echoes_nothing(api):
    answer = api.post("/api/v1/events", content=b'{"id": "secret-looking', headers={"content-type": "application/json"})

    assert "secret-looking" not in str(is_problem(answer, 422))


def test_an_event_is_accepted_while_temporal_is_away(api, world):
    world.temporal_down = True

    assert api.post("/api/v1/events", json=USED).status_code == 202
    assert list(world.inbox.facts) == ["api:crm-1"]
    assert not world.inbox.heard


def test_an_event_is_refused_while_the_store_is_away(api, world):
    world.inbox.down = True

    is_problem(api.post("/api/v1/events", json=USED), 503)


def test_enrolling(api, world):
    answer = api.post("/api/v1/enrolments", json={"lead": MIRA.id, "sequence": "trial-nurture", "reason": "fair"})

    assert (answer.status_code, answer.json()) == (201, {"enrolled": True, "because": ""})
    assert world.enrolled == [(MIRA.id, "trial-nurture", "fair")]


def test_a_refused_enrolment_is_an_answer_with_its_reason(api, world):
    world.refusal = "source_not_mailable"

    answer = api.post("/api/v1/enrolments", json={"lead": MIRA.id, "sequence": "trial-nurture"})

    assert (answer.status_code, answer.json()) == (200, {"enrolled": False, "because": "source_not_mailable"})


@pytest.mark.parametrize(
    "body", [{"lead": "nobody", "sequence": "trial-nurture"}, {"lead": MIRA.id, "sequence": "nothing"}]
)
def test_enrolling_needs_a_lead_and_a_sequence(api, world, body):
    is_problem(api.post("/api/v1/enrolments", json=body), 404)
    assert not world.enrolled


def test_tasks_by_rep_pool_and_lead(api):
    def ids(**query):
        return [task["id"] for task in api.get("/api/v1/tasks", params=query).json()["tasks"]]

    assert ids() == [CALL, HANDOFF]
    assert ids(rep="anna") == [HANDOFF]
    assert ids(rep="") == [CALL]
    assert ids(lead="nobody") == []
    assert ids(status="done") == []
    is_problem(api.get("/api/v1/tasks", params={"status": "odd"}), 422)


def test_logging_an_outcome(api, world):
    body = {"task": CALL, "rep": "ben", "outcome": "connected"}

    assert api.post("/api/v1/tasks", json=body).json()["status"] == "done"
    assert api.post("/api/v1/tasks", json=body).status_code == 200
    is_problem(api.post("/api/v1/tasks", json=body | {"outcome": "no_answer"}), 409)
    is_problem(api.post("/api/v1/tasks", json=body | {"task": "nothing"}), 404)


def test_rejecting_then_accepting_a_handoff(api, world):
    problem = is_problem(api.post(f"/api/v1/handoffs/{HANDOFF}/reject", json={"rep": "anna", "reason": "bored"}), 422)
    assert "not_now, bad_fit, bad_data" in problem["detail"]
    is_problem(api.post(f"/api/v1/handoffs/{HANDOFF}/reject", json={"rep": "anna"}), 422)

    answer = api.post(f"/api/v1/handoffs/{HANDOFF}/reject", json={"rep": "anna", "reason": "not_now"})
    assert (answer.json()["status"], answer.json()["outcome"]) == ("rejected", "not_now")
    is_problem(api.post(f"/api/v1/handoffs/{HANDOFF}/accept", json={"rep": "anna"}), 409)
    assert world.tasks.all[HANDOFF].status is TaskStatus.REJECTED


def test_a_leads_story(api, world):
    story = api.get(f"/api/v1/leads/{MIRA.id}").json()

    assert (story["stage"], story["score"], story["live"], story["why"]) == ("mql", "84", True, "the window opens")
    assert story["timeline"][-1]["text"] == "E-mail welcome was sent"
    assert story["timeline"] == sorted(story["timeline"], key=lambda one: one["at"])
    is_problem(api.get("/api/v1/leads/nobody"), 404)


def test_an_unknown_path_and_method_are_problems_too(api):
    is_problem(api.get("/api/v1/nothing"), 404)
    is_problem(api.put("/api/v1/leads"), 405)


def test_a_body_over_the_limit_is_refused(api):
    def endless():
        for _ in range(60):
            yield b"x" * 100_000

    is_problem(api.post("/api/v1/events", content=b"x" * 6_000_000), 413)
    is_problem(api.post("/api/v1/events", content=endless(), headers={"content-type": "application/json"}), 413)


def test_every_example_in_openapi_is_valid(api):
    document = api.get("/api/v1/openapi.json").json()

    seen = 0
    for schema in document["components"]["schemas"].values():
        validator = Draft202012Validator({**schema, "components": document["components"]})
        for example in schema.get("examples", []):
            validator.validate(example)
            seen += 1
    assert seen >= 6


def test_the_examples_are_answered_as_documented(api, world):
    document = api.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]

    event = schemas["EventIn"]["examples"][0]
    assert api.post("/api/v1/leads", json=schemas["LeadIn"]["examples"][0]).status_code == 200
    assert api.post("/api/v1/events", json=event).status_code == 202
    assert api.post("/api/v1/enrolments", json=schemas["EnrolmentIn"]["examples"][0]).status_code == 201
    assert api.post(f"/api/v1/handoffs/{HANDOFF}/reject", json=schemas["RejectIn"]["examples"][0]).status_code == 200


def test_openapi_documents_every_problem_and_the_key(api):
    document = api.get("/api/v1/openapi.json").json()

    for methods in document["paths"].values():
        for call in methods.values():
            assert {"401", "422"} <= set(call["responses"])
            assert "application/problem+json" in call["responses"]["422"]["content"]
            assert call["security"] == [{"HTTPBearer": []}]
            assert call["summary"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_openapi_is_valid_itself(api):
    from openapi_spec_validator import validate

    validate(api.get("/api/v1/openapi.json").json())
