"""Made-up reps log in with their keys and answer each task on the inbox page, once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from nurture.domain.clock import TimeScale
from nurture.domain.personas import Persona
from nurture.local.alarm import Alarm
from nurture.local.reps import Reps
from nurture.local.ways_in import Addresses, WaysIn
from tests.local.conftest import NOW

DUE = (NOW + timedelta(hours=4)).isoformat()
SURE = Persona("sure", phone={"connected": 1.0})


class Inbox:
    """A web app with some open tasks; notes who answered what."""

    def __init__(self, *tasks: dict) -> None:
        self.tasks = list(tasks)
        self.answers: asyncio.Queue = asyncio.Queue()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/login", self._login)
        app.router.add_get("/api/v1/tasks", self._list)
        app.router.add_post("/inbox/{verb}/{task:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _login(self, request):
        key = (await request.post())["key"]
        answer = web.Response(status=303 if key == "k-anna" else 401)
        answer.set_cookie("session", "anna")
        return answer

    async def _list(self, request):
        assert request.headers["Authorization"] == "Bearer the key"
        return web.json_response({"tasks": self.tasks})

    async def _answer(self, request):
        verb, task = request.match_info["verb"], request.match_info["task"]
        word = (await request.post()).get("word", "")
        self.answers.put_nowait((request.cookies.get("session"), verb, task, word))
        return web.Response(status=303)


def task(id_: str, kind: str, *outcomes: str, rep: str = "anna") -> dict:
    return {"id": id_, "lead": "lead-1", "kind": kind, "rep": rep, "outcomes": list(outcomes), "due_at": DUE}


async def answers_to(clock, inbox: Inbox, count: int, seed: int = 1) -> list[tuple]:
    """Let a rep work until so many answers were given; a year of our time is a second."""
    scale = TimeScale(31_536_000.0, datetime.now(UTC), NOW)
    where = Addresses(inbox.url, 0, "the key")
    async with WaysIn(where) as doors, Alarm(scale) as alarm:
        reps = Reps(clock, alarm, doors, inbox.url, {"anna": "k-anna"}, lambda _: SURE, seed)
        work = asyncio.create_task(reps.work())
        given = [await asyncio.wait_for(inbox.answers.get(), 10) for _ in range(count)]
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    return given


async def test_a_call_is_made_and_its_outcome_logged(clock):
    async with Inbox(task("lead-1/trial.1/call.1/call", "call", "connected", "no_answer")) as inbox:
        [answer] = await answers_to(clock, inbox, 1)
    assert answer == ("anna", "done", "lead-1/trial.1/call.1/call", "connected")


async def test_a_reminder_is_read(clock):
    async with Inbox(task("handoff-1:remind:anna", "note")) as inbox:
        assert await answers_to(clock, inbox, 1) == [("anna", "done", "handoff-1:remind:anna", "read")]


async def test_hand_offs_are_accepted_or_rejected_with_an_offered_reason(clock):
    offers = [task(f"handoff-lead-{n}-1", "handoff", "not_now", "bad_fit", rep="") for n in range(40)]
    async with Inbox(*offers) as inbox:
        given = await answers_to(clock, inbox, 60)
    verbs = [verb for _, verb, _, _ in given]
    assert verbs.count("accept") > verbs.count("reject") > 0
    assert {word for _, verb, _, word in given if verb == "reject"} <= {"not_now", "bad_fit"}
    assert {word for _, verb, _, word in given if verb == "done"} <= {"connected", "left_message"}


async def test_a_wrong_key_is_told(clock):
    async with Inbox() as inbox, WaysIn(Addresses(inbox.url, 0, "the key")) as doors:
        with pytest.raises(RuntimeError, match="401"):
            await doors.log_in("guess")
