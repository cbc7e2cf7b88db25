"""What the settings alone tell: secrets that are missing or an example, addresses that nobody outside can reach."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import SecretStr

from nurture.doctor.findings import Finding, fail, ok, warn
from nurture.settings import Settings

_LEAST = 32
_EXAMPLE = re.compile(r"example|change.?me|secret|passw|insecure|only.for|(.)\1{7}", re.IGNORECASE)
_RANDOM = "Set it to the output of: openssl rand -hex 32"
_RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$")


def settings_findings(settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with secrets and addresses; no value of a secret is ever shown."""
    yield _secret("NURTURE_SECRET", settings.secret, must=True)
    yield _secret("NURTURE_API_KEY", settings.api_key, without="the API refuses everything")
    yield _rep_keys(settings.rep_keys)
    yield _payload_key(settings)
    yield _public_url(settings.public_url)
    yield _mail_domain(settings.mail_domain)
    yield from _webhooks(settings)
    if settings.time_factor != 1.0:
        remedy = "Unset NURTURE_TIME_FACTOR outside of demos"
        yield warn("time", f"our clock runs {settings.time_factor:g} times as fast as the wall clock", remedy)


def is_reserved(domain: str) -> bool:
    """Whether a domain is one of those that exist for examples only (RFC 2606)."""
    return bool(_RESERVED.search(domain.lower()))


def is_local(url: str) -> bool:
    """Whether a URL leads to this machine only."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secret(name: str, value: SecretStr | None, *, must: bool = False, without: str = "") -> Finding:
    text = value.get_secret_value() if value else ""
    if not text:
        return fail(name, "not set", _RANDOM) if must else warn(name, f"not set: {without}", _RANDOM)
    if _EXAMPLE.search(text):
        return fail(name, f"set, {len(text)} characters, but it looks like an example", _RANDOM)
    if len(text) < _LEAST:
        return warn(name, f"set, but only {len(text)} characters long", _RANDOM)
    return ok(name, f"set, {len(text)} characters")


def _rep_keys(value: SecretStr | None) -> Finding:
    pairs = [pair.partition(":") for pair in (value.get_secret_value() if value else "").split(",") if pair.strip()]
    if not pairs:
        return warn("NURTURE_REP_KEYS", "not set: the inbox opens to nobody", "Write rep:key,rep:key")
    weak = [rep for rep, _, key in pairs if len(key) < _LEAST]
    if weak:
        return warn("NURTURE_REP_KEYS", f"keys shorter than {_LEAST} characters: {', '.join(weak)}", _RANDOM)
    return ok("NURTURE_REP_KEYS", f"{len(pairs)} reps may open the inbox")


def _payload_key(settings: Settings) -> Finding:
    name, remedy = "NURTURE_PAYLOAD_KEY", "Set it to the output of: openssl rand -base64 32, before the first lead"
    if settings.payload_key is None:
        return warn(name, "not set: histories in Temporal are readable", remedy)
    try:
        size = len(base64.b64decode(settings.payload_key.get_secret_value(), validate=True))
    except binascii.Error:
        return fail(name, "not base64", remedy)
    return ok(name, "set, 32 bytes") if size == 32 else fail(name, f"{size} bytes, 32 are needed", remedy)


def _public_url(url: str) -> Finding:
    parts, remedy = urlsplit(url), "Set NURTURE_PUBLIC_URL to https:// and the name the world knows"
    if not parts.hostname:
        return fail("public URL", f"{url} has no host", remedy)
    if parts.query or parts.fragment:
        return fail("public URL", f"{url} has a query or a fragment", remedy)
    if is_local(url):
        return warn("public URL", f"{url} is this machine: links in mails lead nowhere", remedy)
    if parts.scheme != "https":
        return fail("public URL", f"{url} is not https: one-click unsubscribing needs it (RFC 8058)", remedy)
    return ok("public URL", url)


def _mail_domain(domain: str) -> Finding:
    if is_reserved(domain):
        remedy = "Set NURTURE_MAIL_DOMAIN to a domain of yours whose mail reaches our listener"
        return warn("mail domain", f"{domain} is reserved for examples: bounces and replies get lost", remedy)
    return ok("mail domain", domain)


def _webhooks(settings: Settings) -> Iterator[Finding]:
    if not settings.twilio_account_sid:
        yield warn("webhooks", "Twilio is not set: SMS and WhatsApp are off", "Set NURTURE_TWILIO_* to use them")
        return
    base = settings.public_url.rstrip("/")
    urls = f"{base}/webhooks/twilio/inbound and {base}/webhooks/twilio/status"
    if not settings.twilio_base_url and not base.startswith("https://"):
        remedy = "Set NURTURE_PUBLIC_URL to an https address: Twilio signs the URL it calls"
        yield fail("webhooks", f"Twilio cannot call {urls}", remedy)
        return
    yield ok("webhooks", f"set these at Twilio: {urls}")
