"""What others answer: the mail relay with its TLS, Twilio with our credentials, our own web app from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from nurture.channels.smtp_lines import Lines, Relay
from nurture.channels.twilio_account import TwilioAccount
from nurture.doctor.findings import Finding, fail, ok, warn
from nurture.doctor.own_settings import is_local
from nurture.domain.errors import NurtureError
from nurture.settings import Settings

_PATIENCE = 10.0
MOST_SKEW = 30.0
"""Seconds our clock may differ: quiet hours, leases and signatures are dated by it."""


async def relay_finding(relay: Relay) -> Finding:
    """Connect, greet, switch to TLS with a certificate that holds, and log in; no mail is sent."""
    check, lines = f"relay {relay.host}:{relay.port}", Lines(relay)
    try:
        line = await lines.open()
        await lines.give_back(line)
    except NurtureError as trouble:
        return fail(check, trouble.reason, trouble.remedy or "Check NURTURE_SMTP_* and the relay's certificate")
    finally:
        await lines.close()
    if relay.tls == "none":
        return warn(check, "it answers, without TLS", "Set NURTURE_SMTP_TLS to starttls outside of this machine")
    login = f", login as {relay.username}" if relay.username else ""
    return ok(check, f"{relay.tls} with a valid certificate{login}")


async def twilio_finding(account: TwilioAccount, where: str) -> Finding:
    """Ask for messages that do not exist: Twilio answers only with the right credentials."""
    check = "Twilio"
    try:
        await account.find(to="+12015550100", sender="+12015550100", body="nurture doctor", since=datetime.now(UTC))
    except NurtureError as trouble:
        return fail(
            check, f"{where} does not let us in: {trouble.reason}", "Check NURTURE_TWILIO_ACCOUNT_SID and token"
        )
    finally:
        await account.close()
    return ok(check, f"{where} accepts our credentials")


async def web_findings(settings: Settings, *, now: datetime | None = None) -> list[Finding]:
    """Ask our own web app by its public URL, and compare clocks by the Date it answers with."""
    url = f"{settings.public_url.rstrip('/')}/healthz"
    patience = aiohttp.ClientTimeout(total=_PATIENCE)
    try:
        async with (
            aiohttp.ClientSession(timeout=patience) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            status, date = answer.status, answer.headers.get("Date", "")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        say = warn if is_local(url) else fail
        return [
            say("web app", f"{url} does not answer: {type(error).__name__}", "Start nurture web, look at the proxy")
        ]
    if status != 200:
        return [fail("web app", f"{url} answers with {status}", "Lead the proxy's / to NURTURE_WEB_PORT")]
    return [ok("web app", f"{url} answers"), *_skew(date, now or datetime.now(UTC))]


def _skew(date: str, now: datetime) -> list[Finding]:
    try:
        skew = abs((parsedate_to_datetime(date) - now).total_seconds())
    except ValueError:
        return []  # no date, no comparison
    if skew > MOST_SKEW:
        return [fail("clock", f"ours and the web app's differ by {skew:.0f} seconds", "Let NTP set both")]
    return [ok("clock", f"ours and the web app's differ by {skew:.0f} seconds")]
