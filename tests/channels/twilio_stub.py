"""A stand-in for Twilio's message API on loopback, checked against Twilio's own description when that is at hand."""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import encode_basic_auth, web
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

SID = "AC" + "0123456789abcdef" * 2
TOKEN = "stub-token-4f1e"
PATH = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
_BASE = Path(__file__).parents[2]


def spec_file() -> Path:
    """Where Twilio's API description is expected: NURTURE_TWILIO_OPENAPI, else beside the checkout."""
    return Path(os.environ.get("NURTURE_TWILIO_OPENAPI", _BASE.parent / "shared/twilio_openapi/twilio_api_v2010.json"))


@lru_cache(maxsize=1)
def spec() -> OpenAPI | None:
    """The description of the one path we use, or None when the file is not there."""
    if not spec_file().exists():
        return None
    whole = json.loads(spec_file().read_text())
    return OpenAPI.from_dict({**whole, "paths": {PATH: whole["paths"][PATH]}})


class Stub:
    """Takes messages from `async with` on. `script` holds answers for the next posts: a status, a code, or a deed."""

    def __init__(self) -> None:
        self.posts: list[dict[str, str]] = []
        self.taken: list[dict[str, object]] = []
        self.script: deque[object] = deque()
        self.checked_by_spec = 0
        self._never = asyncio.Event()

    def will(self, *answers: object) -> None:
        """Line up answers: (status, Twilio code), "reset", "hang" (both after taking the message), or "nonsense"."""
        self.script.extend(answers)

    async def __aenter__(self) -> Stub:
        app = web.Application()
        app.router.add_post("/twilio" + PATH, self._create)
        app.router.add_get("/twilio" + PATH, self._list)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/twilio"
        return self

    async def __aexit__(self, *_error) -> None:
        self._never.set()
        await self._runner.cleanup()

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.posts.append(form)
        if request.headers["Authorization"] != encode_basic_auth(SID, TOKEN):
            return web.json_response({"status": 401, "code": 20003, "message": "Authenticate"}, status=401)
        answer = self.script.popleft() if self.script else None
        if isinstance(answer, tuple):
            status, code = answer
            headers = {"Retry-After": "7"} if status == 429 else {}
            return web.json_response({"status": status, "code": code, "message": "no"}, status=status, headers=headers)
        message = self._message(form)
        self.taken.append(message)
        if answer == "reset":
            request.transport.abort()
        if answer == "hang":
            await self._never.wait()
        if answer == "nonsense":
            return web.Response(text="<html>", status=201)
        self._check("post", form, message, 201)
        return web.json_response(message, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        wanted = {"to": request.query.get("To"), "from": request.query.get("From")}
        found = [m for m in self.taken if all(value in (None, m[name]) for name, value in wanted.items())]
        page = {"messages": found, "uri": request.path_qs, "next_page_uri": None, "page": 0, "page_size": 50}
        self._check("get", {}, page, 200)
        return web.json_response(page)

    def _message(self, form: dict[str, str]) -> dict[str, object]:
        now = format_datetime(datetime.now(UTC))
        return {
            "sid": f"SM{len(self.taken) + 1:032x}",
            "account_sid": SID,
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form.get("Body", ""),
            "status": "queued",
            "direction": "outbound-api",
            "date_created": now,
            "date_updated": now,
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{SID}/Messages.json",
            "subresource_uris": {},
        }

    def _check(self, method: str, form: dict[str, str], answer: dict[str, object], status: int) -> None:
        if (described := spec()) is None:
            return
        request = _Request(method, form)
        if method == "post":
            described.validate_request(request)
        described.validate_response(request, _Response(answer, status))
        self.checked_by_spec += 1


class _Request:
    host_url = "https://api.twilio.com"
    path = PATH.replace("{AccountSid}", SID)
    content_type = "application/x-www-form-urlencoded"

    def __init__(self, method: str, form: dict[str, str]) -> None:
        self.method, self.body = method, urlencode(form).encode()
        token = encode_basic_auth(SID, TOKEN)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(), header=Headers({"Authorization": token}), cookie=ImmutableMultiDict()
        )


class _Response:
    content_type = "application/json"

    def __init__(self, answer: dict[str, object], status: int) -> None:
        self.data, self.status_code = json.dumps(answer).encode(), status
        self.headers = Headers()
