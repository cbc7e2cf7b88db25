"""Twilio's message API on loopback: takes messages, tells their fate by signed callbacks, delivers people's answers."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from nurture.domain.ports import Clock
from nurture.local.journal import Journal
from nurture.local.twilio_shapes import is_login, message_of, mistake_in, problem

_MESSAGES = "/2010-04-01/Accounts/{account}/Messages.json"
_MESSAGE = "/2010-04-01/Accounts/{account}/Messages/{sid}.json"
_FATES = ("sent", "delivered")
_PATIENCE = aiohttp.ClientTimeout(total=15)
_TRIES = 3
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """A message as its reader's phone got it. Numbers are E.164 with Twilio's `whatsapp:` prefix where it applies."""

    sid: str
    to: str
    sender: str
    body: str


class TwilioStandIn:
    """Listens on a free loopback port from `async with` to its end; `arrived` hears each message after it was taken.

    `public_url` is where our web app is reached; webhooks are signed with `token`, as Twilio signs them.
    """

    def __init__(
        self, journal: Path, clock: Clock, public_url: str, *, arrived: Callable[[Text], None] = lambda _: None
    ) -> None:
        self.sid, self.token = f"AC{secrets.token_hex(16)}", secrets.token_hex(16)
        self._journal, self._clock, self._public_url, self.arrived = journal, clock, public_url, arrived
        self._kept: dict[str, dict[str, Any]] = {}
        self._later: set[asyncio.Task[None]] = set()
        self.failed_calls = 0

    @property
    def url(self) -> str:
        """The base URL in Twilio's place."""
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    @property
    def count(self) -> int:
        """How many messages were taken."""
        return len(self._kept)

    async def __aenter__(self) -> Self:
        self._pages = Journal(self._journal, self._clock)
        self._http = aiohttp.ClientSession(timeout=_PATIENCE)
        app = web.Application()
        app.router.add_post("/{door:[^/]*}" + _MESSAGES, self.create)
        app.router.add_post(_MESSAGES, self.create)
        app.router.add_get(_MESSAGES, self._list)
        app.router.add_get("/{door:[^/]*}" + _MESSAGES, self._list)
        app.router.add_get(_MESSAGE, self._fetch)
        app.router.add_get("/{door:[^/]*}" + _MESSAGE, self._fetch)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        await self._http.close()
        self._pages.close()

    async def answer(self, text: Text, body: str) -> int:
        """Deliver a person's answer to `text` by a signed webhook; return the HTTP status of our web app."""
        form = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": self.sid,
            "From": text.to,
            "To": text.sender,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        form["SmsMessageSid"] = form["SmsSid"] = form["MessageSid"]
        return await self.call(f"{self._public_url}/webhooks/twilio/inbound", form)

    # --- the API -----------------------------------------------------------------------------------------------------

    async def create(self, request: web.Request) -> web.Response:
        """Answer a request to make a message."""
        if refusal := self._refusal(request):
            return refusal
        form = {name: str(value) for name, value in (await request.post()).items()}
        if mistake := mistake_in(form):
            return problem(400, *mistake)
        return web.json_response(self.accept(form), status=201)

    def accept(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Take a message: it is in the journal when this returns, and its fate is told later. Return the resource."""
        message = message_of(self.sid, form)
        self._pages.write(
            {
                "sid": message["sid"],
                "to": form["To"],
                "from": form.get("From", ""),
                "body": message["body"],
                "form": dict(form),
            }
        )
        self._kept[message["sid"]] = message
        self._soon(self.tell_fate(message, form.get("StatusCallback", "")))
        text = Text(message["sid"], form["To"], form.get("From", ""), message["body"])
        asyncio.get_running_loop().call_soon(self.arrived, text)
        return message

    async def _list(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        wanted = {"to": request.query.get("To"), "from": request.query.get("From")}
        found = [m for m in self._kept.values() if all(value in (None, m[name]) for name, value in wanted.items())]
        size = min(int(request.query.get("PageSize", "50")), 1_000)
        here = request.path
        return web.json_response(
            {
                "messages": found[::-1][:size],
                "page": 0,
                "page_size": size,
                "start": 0,
                "end": max(0, min(size, len(found)) - 1),
                "uri": request.path_qs,
                "first_page_uri": f"{here}?PageSize={size}&Page=0",
                "next_page_uri": None,
                "previous_page_uri": None,
            }
        )

    async def _fetch(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        message = self._kept.get(request.match_info["sid"])
        return web.json_response(message) if message else problem(404, 20404, "The requested resource was not found")

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.match_info["account"] == self.sid and is_login(
            request.headers.get("Authorization", ""), self.sid, self.token
        ):
            return None
        return problem(401, 20003, "Authenticate")

    # --- what happens afterwards -------------------------------------------------------------------------------------

    async def tell_fate(self, message: dict[str, Any], callback: str) -> None:
        """Let a message be sent and delivered, and report each status to `callback`."""
        for status in _FATES:
            message["status"] = status
            message["date_updated"] = message["date_sent"] = format_datetime(datetime.now(UTC))
            if callback:
                await self.call(callback, self.status_form(message, status))

    def status_form(self, message: Mapping[str, Any], status: str) -> dict[str, str]:
        """Return the form by which Twilio reports a message's status."""
        return {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "MessageStatus": status,
            "SmsStatus": status,
            "To": message["to"],
            "From": message["from"] or "",
            "AccountSid": self.sid,
            "ApiVersion": "2010-04-01",
        }

    async def call(self, url: str, form: Mapping[str, str]) -> int:
        """POST a signed form; try again, as Twilio may be told to, when nobody answers or the answer is a 5xx."""
        signed = {"X-Twilio-Signature": RequestValidator(self.token).compute_signature(url, dict(form))}
        status = 0
        for left in reversed(range(_TRIES)):
            try:
                async with self._http.post(url, data=form, headers=signed) as answer:
                    status = answer.status
            except (aiohttp.ClientError, TimeoutError) as away:
                logger.warning("the webhook %s could not be reached: %s", url, away)
            if 0 < status < 500:
                break
            await asyncio.sleep(0.5 if left else 0)
        self.failed_calls += status // 100 != 2
        return status

    def _soon(self, deed: Any) -> None:
        task = asyncio.create_task(deed)
        self._later.add(task)
        task.add_done_callback(self._later.discard)
