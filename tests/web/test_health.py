"""For the machines that look after us, and what happens when something unforeseen breaks."""

from __future__ import annotations

import logging

import pytest

from nurture.web.counters import Counters
from tests.web.conftest import token


def test_alive_and_ready(web):
    assert web.get("/healthz").text == "ok\n"
    assert web.get("/readyz").json() == {"ready": True, "store": True, "temporal": True}


@pytest.mark.parametrize("part", ["store", "temporal"])
def test_not_ready_says_which_part(web, world, part):
    world.inbox.down = part == "store"
    world.temporal_down = part == "temporal"

    answer = web.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()[part] is False
    assert web.get("/healthz").status_code == 200


def test_metrics_count_facts_doors_and_failures(web, world):
    world.temporal_down = True
    web.get(f"/c/{token('click', link='lnk1')}")
    web.get(f"/c/{token('click', link='lnk1')}")
    web.post("/login", data={"key": "wrong"})
    web.get("/nowhere/at/all")

    text = web.get("/metrics").text

    for line in (
        'nurture_facts_total{kind="clicked",new="yes"} 1',
        'nurture_facts_total{kind="clicked",new="no"} 1',
        'nurture_unheard_at_once_total{kind="clicked"} 1',
        'nurture_http_requests_total{door="c",status="302"} 2',
        'nurture_http_requests_total{door="other",status="404"} 1',
        "nurture_login_failures_total 1",
        "# TYPE nurture_facts_total counter",
    ):
        assert line in text.splitlines(), line


def test_a_counter_without_a_meaning_is_refused():
    with pytest.raises(KeyError):
        Counters().add("made_up_total")


def test_something_unforeseen_is_logged_and_answered_without_its_words(world, caplog):
    from starlette.testclient import TestClient

    from nurture.web.app import create_app
    from tests.web.fakes import PUBLIC_URL

    async def broken(ref):
        raise RuntimeError("password=hunter2")

    world.ledger.find_by_ref = broken
    with TestClient(create_app(world.doors()), base_url=PUBLIC_URL) as web, caplog.at_level(logging.ERROR):
        answer = web.get(f"/u/{token('unsubscribe')}", headers={"accept": "text/html"})

    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "to the door u failed" in caplog.text


def test_the_front_door_leads_to_the_inbox(web):
    assert web.get("/").headers["location"] == "/inbox"
