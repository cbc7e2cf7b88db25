"""The Twilio stand-in with a temper: 429, failures before or after it accepted, callbacks in any number and order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from nurture.chaos.acts import Act, Kind, Moment, Stage, Temper
from nurture.domain.ports import Clock
from nurture.local.twilio_shapes import problem
from nurture.local.twilio_stand_in import TwilioStandIn

_LIFE = ("queued", "sending", "sent", "delivered")
_MANY = 5


class TextSink(TwilioStandIn):
    """Listens as the stand-in does; a worker's door is the first part of the path.

    `restless` numbers get each callback five times and shuffled; `early` ones get theirs before the
    request is answered; `fates` are number -> the error code with which what was accepted is undelivered;
    `posts` counts requests by recipient.
    """

    def __init__(self, journal: Path, clock: Clock, public_url: str, seed: int) -> None:
        super().__init__(journal, clock, public_url)
        self.temper = Temper()
        self.posts: dict[str, int] = {}
        self.restless: set[str] = set()
        self.early: set[str] = set()
        self.fates: dict[str, int] = {}
        self._chance = random.Random(seed)
        self._release = asyncio.Event()

    def door(self, name: str) -> str:
        """Return the base URL of a worker's own door."""
        return f"{self.url}/{name}"

    async def create(self, request: web.Request) -> web.Response:
        """Answer a request to make a message, or misbehave."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        to = form.get("To", "").removeprefix("whatsapp:")
        self.posts[to] = self.posts.get(to, 0) + 1
        act = self.temper.act(Moment(Stage.POST, request.match_info.get("door", ""), to))
        if act is None and to in self.early:
            return await self._answer_late(form)
        if act is None:
            return await super().create(request)
        if act.accepted:
            self.accept(form)
        return await self._misbehave(act, request)

    async def tell_fate(self, message: dict[str, Any], callback: str) -> None:
        """Report each status, or for a restless number all of them five times and in any order."""
        if message["to"] in self.fates:
            message["status"] = "undelivered"
            code = str(self.fates[message["to"]])
            await self.call(callback, self.status_form(message, "undelivered") | {"ErrorCode": code})
            return
        if message["to"] not in self.restless:
            await super().tell_fate(message, callback)
            return
        message["status"] = _LIFE[-1]
        statuses = [status for status in _LIFE for _ in range(_MANY)]
        self._chance.shuffle(statuses)
        for status in statuses:
            await self.call(callback, self.status_form(message, status))

    async def _answer_late(self, form: Mapping[str, str]) -> web.Response:
        message = self.accept({**form, "StatusCallback": ""})
        await super().tell_fate(message, form.get("StatusCallback", ""))
        return web.json_response(message, status=201)

    async def _misbehave(self, act: Act, request: web.Request) -> web.Response:
        if act.kind is Kind.ANSWER:
            return _said(act)
        if act.kind is Kind.HANG:
            await self._release.wait()
        if request.transport is not None:
            request.transport.abort() if act.kind is Kind.RESET else request.transport.close()
        return web.Response(status=500)


def too_many(seconds: int) -> Act:
    """Return HTTP 429 with Retry-After."""
    return Act(Kind.ANSWER, f"Retry-After: {seconds}", status=429)


def fails(status: int, *, accepted: bool = False) -> Act:
    """Return an error of Twilio's own, before or after it accepted the message."""
    return Act(Kind.ANSWER, "20500", accepted, status)


def refuses(code: int) -> Act:
    """Return HTTP 400 with one of Twilio's error codes."""
    return Act(Kind.ANSWER, str(code), status=400)


def _said(act: Act) -> web.Response:
    headers: Mapping[str, str] = {}
    if act.text.startswith("Retry-After"):
        name, _, value = act.text.partition(": ")
        headers = {name: value}
    answer = problem(act.status, 20429 if act.status == 429 else int(act.text), "as ordered")
    answer.headers.update(headers)
    return answer
