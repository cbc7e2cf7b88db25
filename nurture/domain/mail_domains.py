"""Mail domains: which one is registered, which are personal Gmail, and who counts as a bulk sender there."""

from __future__ import annotations

PERSONAL_GMAIL = ("gmail.com", "googlemail.com")
"""Domains of personal Google accounts; Workspace domains do not count (support.google.com/a/answer/14229414)."""
GMAIL_BULK, GMAIL_WARN = 5_000, 4_000
"""Mails in 24 hours to personal Gmail that make a primary domain a bulk sender for ever, and when we warn (E7)."""
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gob", "gov", "go", "ne", "net", "nom", "or", "org"})


def domain_of(address: str) -> str:
    """Return the mail domain of an address in small letters, "" when it has none."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def primary_domain(domain: str) -> str:
    """Return the registered domain that sub-domains add up to: `news.example.co.uk` is `example.co.uk`.

    By the shape of the name, without the list of public suffixes: the last two labels, or three when the middle one is
    a country's own `co`, `com`, `org` and the like. Right for company domains, wrong for names under hosting suffixes.
    """
    labels = domain.lower().rstrip(".").split(".")
    is_country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if is_country else labels[-2:])
