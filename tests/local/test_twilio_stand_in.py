"""The stand-in answers as Twilio's own description says, checks the login, and signs what it calls."""

from __future__ import annotations

import asyncio
import json
import re
from functools import lru_cache

import aiohttp
import pytest
from aiohttp import web
from openapi_schema_validator import OAS30Validator
from twilio.request_validator import RequestValidator

from nurture.channels.twilio_account import TwilioAccount
from nurture.local.journal import read_journal
from nurture.local.twilio_stand_in import TwilioStandIn
from tests.channels.twilio_stub import spec_file

SPEC = spec_file()
PATH = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
TO, FROM = "+12015550142", "+12015550190"


class OurWebApp:
    """Notes every call of the stand-in, and whether its signature is genuine."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue = asyncio.Queue()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/{any:.*}", self._note)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _note(self, request):
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.calls.put_nowait((request.path_qs, form, request.headers["X-Twilio-Signature"]))
        return web.Response(text="<Response/>")


@pytest.fixture
async def app():
    async with OurWebApp() as ours:
        yield ours


@pytest.fixture
async def twilio(tmp_path, clock, app):
    async with TwilioStandIn(tmp_path / "texts.jsonl", clock, app.url) as stand_in:
        yield stand_in


def texts(tmp_path):
    return list(read_journal(tmp_path / "texts.jsonl"))


@lru_cache(maxsize=1)
def described(status: str) -> dict:
    spec = json.loads(SPEC.read_text())
    operation = spec["paths"][PATH]["post" if status == "201" else "get"]
    schema = operation["responses"][status]["content"]["application/json"]["schema"]
    return {"components": spec["components"], **schema}


async def post(twilio, form, login=None):
    account, token = login or (twilio.sid, twilio.token)
    url = f"{twilio.url}/2010-04-01/Accounts/{twilio.sid}/Messages.json"
    headers = {"Authorization": aiohttp.encode_basic_auth(account, token)}
    async with aiohttp.ClientSession() as http, http.post(url, data=form, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_the_official_client_sends_through_it(tmp_path, twilio):
    account = TwilioAccount(twilio.sid, twilio.token, base_url=twilio.url)
    receipt = await account.create({"to": TO, "from_": FROM, "body": "Your trial ends on Friday."})
    await account.close()
    assert re.fullmatch("SM[0-9a-f]{32}", receipt.id)
    assert [(entry["sid"], entry["to"], entry["body"]) for entry in texts(tmp_path)] == [
        (receipt.id, TO, "Your trial ends on Friday.")
    ]


@pytest.mark.skipif(not SPEC.exists(), reason="Twilio's description is not at hand")
async def test_its_answer_has_the_described_shape(twilio):
    status, message = await post(twilio, {"To": TO, "From": FROM, "Body": "Hello"})
    assert status == 201
    schema = described("201")
    OAS30Validator(schema).validate(message)
    wanted = schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
    assert set(message) == set(wanted)


async def test_a_wrong_login_is_refused_and_nothing_is_taken(tmp_path, twilio):
    status, answer = await post(twilio, {"To": TO, "From": FROM, "Body": "Hello"}, (twilio.sid, "guess"))
    assert (status, answer["code"]) == (401, 20003)
    assert texts(tmp_path) == []


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": FROM, "Body": "Hello"}, 21604),
        ({"To": TO, "Body": "Hello"}, 21603),
        ({"To": TO, "From": FROM}, 21602),
        ({"To": "somebody", "From": FROM, "Body": "Hello"}, 21211),
    ],
)
async def test_a_mistake_has_twilios_code(twilio, form, code):
    status, answer = await post(twilio, form)
    assert (status, answer["code"]) == (400, code)


async def test_callbacks_are_signed_and_in_order(twilio, app):
    callback = f"{app.url}/webhooks/twilio/status"
    _, message = await post(twilio, {"To": TO, "From": FROM, "Body": "Hello", "StatusCallback": callback})
    calls = [await asyncio.wait_for(app.calls.get(), 5) for _ in range(2)]
    assert [form["MessageStatus"] for _, form, _ in calls] == ["sent", "delivered"]
    for path, form, signature in calls:
        assert form["MessageSid"] == message["sid"]
        assert RequestValidator(twilio.token).validate(app.url + path, form, signature)


async def test_an_answer_of_a_person_is_signed(twilio, app):
    heard: asyncio.Queue = asyncio.Queue()
    twilio.arrived = heard.put_nowait
    await post(twilio, {"To": f"whatsapp:{TO}", "From": f"whatsapp:{FROM}", "Body": "Hello"})
    text = await asyncio.wait_for(heard.get(), 5)
    assert await twilio.answer(text, "STOP") == 200
    path, form, signature = await asyncio.wait_for(app.calls.get(), 5)
    assert path == "/webhooks/twilio/inbound"
    assert (form["From"], form["To"], form["Body"]) == (f"whatsapp:{TO}", f"whatsapp:{FROM}", "STOP")
    assert RequestValidator(twilio.token).validate(app.url + path, form, signature)


async def test_messages_can_be_listed_and_fetched(twilio):
    _, message = await post(twilio, {"To": TO, "From": FROM, "Body": "Hello"})
    await post(twilio, {"To": "+12015550143", "From": FROM, "Body": "Hello"})
    base = f"{twilio.url}/2010-04-01/Accounts/{twilio.sid}/Messages"
    headers = {"Authorization": aiohttp.encode_basic_auth(twilio.sid, twilio.token)}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.get(f"{base}.json", params={"To": TO}) as answer:
            page = await answer.json()
        async with http.get(f"{base}/{message['sid']}.json") as answer:
            one = await answer.json()
        async with http.get(f"{base}/SM{'0' * 32}.json") as answer:
            missing = answer.status
    assert [each["sid"] for each in page["messages"]] == [message["sid"]]
    assert page["next_page_uri"] is None
    assert one["sid"] == message["sid"]
    assert missing == 404
