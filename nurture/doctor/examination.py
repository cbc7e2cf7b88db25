"""The whole examination, in the order an operator would go: settings, house, senders, and then the outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from nurture.authoring.library import Bookshelf
from nurture.carriers import relay_of, signer_of
from nurture.channels.mime import mime_bytes
from nurture.channels.signing import DkimSigner
from nurture.channels.twilio_account import TwilioAccount
from nurture.doctor.findings import Finding, fail, ok, skip
from nurture.doctor.house import review_findings, sender_findings, store_findings, temporal_findings
from nurture.doctor.mail_names import mail_findings
from nurture.doctor.names import DnsResolver, Resolver
from nurture.doctor.outside import relay_finding, twilio_finding, web_findings
from nurture.doctor.own_settings import is_reserved, settings_findings
from nurture.domain.errors import Misconfigured, NurtureError
from nurture.domain.lead import Channel
from nurture.domain.mail_domains import domain_of
from nurture.domain.messages import Email
from nurture.domain.policies import Policies
from nurture.domain.senders import SenderPolicy
from nurture.settings import Settings

_ONLINE = ("SPF", "MX", "DKIM record", "DMARC", "relay", "Twilio", "web app", "Temporal")
_MUST_SIGN = {"from", "list-unsubscribe", "list-unsubscribe-post"}


async def examine(settings: Settings, *, offline: bool = False, resolver: Resolver | None = None) -> list[Finding]:
    """Return every finding. Offline, nothing is asked that is not on this machine; nothing is ever written or sent."""
    found = list(settings_findings(settings))
    policy = _policies(settings, found)
    signer = _signer(settings, found)
    found += await store_findings(settings)
    if offline:
        return [*found, *(skip(check, "not asked offline") for check in _ONLINE)]
    found += await temporal_findings(settings)
    found += await _mail(resolver or DnsResolver(), policy, settings, signer)
    return [*found, *await _others(settings)]


async def _mail(
    resolver: Resolver, policy: SenderPolicy, settings: Settings, signer: DkimSigner | None
) -> list[Finding]:
    """Ask about domains that can be somebody's; those reserved for examples have no records worth asking for."""
    domains = [domain for domain in _domains(policy) if not is_reserved(domain)]
    if not domains or is_reserved(settings.mail_domain):
        return [skip("mail in the DNS", "the senders or NURTURE_MAIL_DOMAIN are still examples")]
    return await mail_findings(resolver, domains, settings.mail_domain, signer)


def _policies(settings: Settings, found: list[Finding]) -> SenderPolicy:
    """Read the policies and add what is to be said about them; without them there are no senders to look at."""
    today = datetime.now(UTC).date()
    try:
        shelf = Bookshelf.open(settings.root, today.year)
        policy = Policies.from_document(shelf.policies).senders
    except (NurtureError, OSError) as wrong:
        found.append(fail("policies", str(wrong), "Run nurture validate"))
        return SenderPolicy()
    found += [*sender_findings(policy), *review_findings(shelf.policies, today)]
    return policy


def _signer(settings: Settings, found: list[Finding]) -> DkimSigner | None:
    try:
        signer = signer_of(settings)
    except Misconfigured as wrong:
        found.append(fail("DKIM key", wrong.reason, wrong.remedy))
        return None
    if signer is not None:
        found += _sample(signer)
    return signer


def _sample(signer: DkimSigner) -> Iterator[Finding]:
    """Yield which headers of a nurture mail our signature covers (E4)."""
    headers = {
        "List-Unsubscribe": "<https://example.com/u/sample>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "In-Reply-To": "<first@example.com>",
        "References": "<first@example.com>",
    }
    plain = ("ada@example.com", "anna@example.com", "Anna", "Sample", "Sample", "<p>Sample</p>", "<second@example.com>")
    mail = Email(*plain, reply_to="r@example.com", headers=headers)
    signed = signer.sign(mime_bytes(mail, datetime.now(UTC)), mail.sender).decode("utf-8", "replace")
    names = re.sub(r"\s", "", (re.findall(r"\bh=([^;]+);", signed) or [""])[0]).split(":")
    missing = _MUST_SIGN - set(names)
    if missing:
        yield fail("DKIM sample", f"not under the signature: {', '.join(sorted(missing))}", "Report this as a bug")
    else:
        yield ok("DKIM sample", f"h={':'.join(names)}")


def _domains(policy: SenderPolicy) -> list[str]:
    mailboxes = (sender for pool in policy.pools.values() for sender in pool if sender.channel is Channel.EMAIL)
    return sorted({domain_of(sender.address) for sender in mailboxes})


async def _others(settings: Settings) -> list[Finding]:
    try:
        found = [await relay_finding(relay_of(settings))]
    except Misconfigured as wrong:
        found = [fail("relay", wrong.reason, wrong.remedy)]
    if settings.twilio_account_sid and settings.twilio_auth_token:
        token, base = settings.twilio_auth_token.get_secret_value(), settings.twilio_base_url
        account = TwilioAccount(settings.twilio_account_sid, token, base_url=base)
        found.append(await twilio_finding(account, f"the stand-in at {base}" if base else "Twilio"))
    return [*found, *await web_findings(settings)]
