"""What others answer: a real SMTP conversation, a real HTTP one, and doors that are closed."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from nurture.channels.twilio_account import TwilioAccount
from nurture.doctor.outside import relay_finding, twilio_finding, web_findings
from nurture.settings import Settings
from tests.channels.smtp_sink import Sink
from tests.channels.twilio_stub import SID, TOKEN, Stub


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_relay_without_tls_is_worth_a_look():
    async with Sink() as sink:
        found = await relay_finding(sink.relay())

    assert (found.level, found.fact) == ("warn", "it answers, without TLS")
    assert sink.taken == []


async def test_a_relay_that_offers_no_starttls_fails():
    async with Sink() as sink:
        found = await relay_finding(sink.relay(tls="starttls"))

    assert (found.level, bool(found.remedy)) == ("fail", True)


async def test_a_relay_that_is_away_fails():
    async with Sink() as sink:
        relay = sink.relay(port=closed_port())
        found = await relay_finding(relay)

    assert found.level == "fail"
    assert "did not answer" in found.fact


async def test_twilio_lets_in_who_has_the_token():
    async with Stub() as stub:
        good = await twilio_finding(TwilioAccount(SID, TOKEN, base_url=stub.url), "the stand-in")
        away = await twilio_finding(TwilioAccount(SID, TOKEN, base_url=f"http://127.0.0.1:{closed_port()}"), "Twilio")

    assert (good.level, good.fact) == ("ok", "the stand-in accepts our credentials")
    assert (away.level, stub.posts) == ("fail", [])


async def answering(status: int, skew: timedelta = timedelta()):
    """Ask a web app that answers so, and return what the doctor finds."""
    now = datetime.now(UTC)

    async def healthz(_request):
        return web.Response(status=status, headers={"Date": format_datetime(now + skew, usegmt=True)})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        return await web_findings(Settings(public_url=f"http://127.0.0.1:{port}/"), now=now)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "skew", "levels"),
    [
        pytest.param(200, timedelta(), ["ok", "ok"], id="healthy"),
        pytest.param(200, timedelta(minutes=-3), ["ok", "fail"], id="a clock that is late"),
        pytest.param(302, timedelta(), ["fail"], id="a proxy that leads elsewhere"),
        pytest.param(503, timedelta(), ["fail"], id="a web app that is ill"),
    ],
)
async def test_our_own_web_app_is_asked_from_outside(status, skew, levels):
    assert [str(each.level) for each in await answering(status, skew)] == levels


async def test_a_web_app_on_this_machine_that_does_not_run_is_no_failure():
    (found,) = await web_findings(Settings(public_url=f"http://127.0.0.1:{closed_port()}"))

    assert (found.level, found.check) == ("warn", "web app")
