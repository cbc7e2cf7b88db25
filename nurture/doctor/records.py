"""Reads what stands in the DNS about mail: SPF (RFC 7208), DKIM keys (RFC 6376) and DMARC (RFC 7489)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nurture.domain.mail_domains import primary_domain

_LOOK_UPS = re.compile(r"^[+?~-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?::|$)|exists:)|^redirect=", re.IGNORECASE)
_MOST_LOOK_UPS = 10


@dataclass(frozen=True, slots=True)
class Dmarc:
    """A DMARC policy: what receivers do (none, quarantine, reject), and whether alignment is strict."""

    policy: str
    strict_dkim: bool
    strict_spf: bool


def spf_of(texts: Sequence[str]) -> list[str]:
    """Return the SPF records among TXT records; there must be exactly one."""
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def spf_mistake(record: str) -> str:
    """Return what is wrong with an SPF record, or ""."""
    terms = record.split()[1:]
    if any(term.lower() in ("+all", "all") for term in terms):
        return "it lets everybody send (+all)"
    look_ups = sum(bool(_LOOK_UPS.search(term)) for term in terms)
    if look_ups > _MOST_LOOK_UPS:
        return f"it needs {look_ups} look-ups, receivers stop after {_MOST_LOOK_UPS}"
    has_end = any(
        term.lower().lstrip("~-?").startswith("all") or term.lower().startswith("redirect=") for term in terms
    )
    return "" if has_end else "it does not end in -all, ~all or redirect="


def tags_of(record: str) -> Mapping[str, str]:
    """Return the `name=value` tags of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def dkim_mistake(texts: Sequence[str], public: str) -> str:
    """Return what is wrong with the key that stands in the DNS, compared with ours; "" when it is ours."""
    keys = [tags for text in texts if "p" in (tags := tags_of(text)) and tags.get("v", "DKIM1") == "DKIM1"]
    if not keys:
        return "there is no DKIM key"
    found = "".join(keys[0]["p"].split())
    if not found:
        return "the key was revoked (p= is empty)"
    return "" if found == public else "the key there is not the one we sign with"


def dmarc_of(texts: Sequence[str]) -> Dmarc | None:
    """Return the DMARC policy among TXT records; None when there is none, or more than one: then none holds."""
    found = [tags_of(text) for text in texts if text.lower().replace(" ", "").startswith("v=dmarc1;")]
    if len(found) != 1 or found[0].get("p", "").lower() not in ("none", "quarantine", "reject"):
        return None
    tags = found[0]
    return Dmarc(tags["p"].lower(), tags.get("adkim", "r").lower() == "s", tags.get("aspf", "r").lower() == "s")


def is_aligned(header_from: str, authenticated: str, *, strict: bool) -> bool:
    """Whether the domain that SPF or DKIM proves stands for the one in From: the same, or the same registered one."""
    one, other = header_from.lower(), authenticated.lower()
    return one == other if strict else primary_domain(one) == primary_domain(other)
