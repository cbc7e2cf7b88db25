"""Who may be spoken to, why, and since when: consent receipts, suppressions, and the rule that weighs them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from nurture.domain.duration import parse_duration
from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Channel, Purpose


class Basis(StrEnum):
    """The lawful ground we have for a channel, strongest first."""

    EXPRESS_WRITTEN = "express_written"
    EXPRESS = "express"
    SOFT_OPT_IN = "soft_opt_in"  # own similar products, opt-out offered at collection
    INQUIRY = "inquiry"  # the person asked us (implied consent; expires by policy)
    LEGITIMATE_INTEREST = "legitimate_interest"
    REQUESTED = "requested"  # ticked a box and has not confirmed: enough to ask "was it you?", and for nothing else


@dataclass(frozen=True, slots=True)
class Consent:
    """One receipt: append-only. `wording` is the exact text that was shown; times are UTC.

    `how` is the act (form, import, double opt-in, the channel of a word), `source` what the person or the file says,
    `proof` where it can be looked up: a page and an IP address, a file and its row, a touch of ours. `recorded_at` is
    when we wrote it down. An `assumed` one has no date of its own: the same claim made again later renews nothing.
    """

    lead: str
    channel: Channel
    purpose: Purpose
    basis: Basis
    given_at: datetime
    how: str
    wording: str = ""
    source: str = ""
    expires_at: datetime | None = None
    proof: str = ""
    recorded_at: datetime | None = field(default=None, compare=False)
    assumed: bool = field(default=False, compare=False)

    @property
    def wording_hash(self) -> str:
        """The SHA-256 of the wording (64 hex digits): proves later which words were shown (GDPR 7(1), L6)."""
        return wording_hash(self.wording)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The receipt of a no: `channel` None is every channel, `kind` the event that said it, times are UTC.

    It stays when the person says yes again, and the suppression that it caused is lifted.
    """

    lead: str
    channel: Channel | None
    scope: str
    kind: str
    at: datetime
    how: str = ""
    wording: str = ""
    touch: str = ""
    recorded_at: datetime | None = field(default=None, compare=False)


def wording_hash(wording: str) -> str:
    """Return the SHA-256 hex digest of the exact words."""
    return hashlib.sha256(wording.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Suppression:
    """A no that outranks every yes. `channel` None means all channels; `why` is the event kind that caused it."""

    lead: str
    channel: Channel | None
    why: str
    since: datetime
    scope: str = "marketing"


@dataclass(frozen=True, slots=True)
class ConsentPolicy:
    """`policies/consent.yaml` as data.

    `needs` maps (purpose, channel, country) to the bases that suffice; "*" stands for any country. A source in
    `not_mailable` (purchased, scraped, …) is never spoken to. `lifetimes` maps (country, basis) to how long such a
    consent lasts after it was given, whatever the receipt itself says; "*" stands for any country. `topics` maps what
    people can choose on the preference page to its title.
    """

    needs: Mapping[tuple[str, str, str], tuple[Basis, ...]] = field(default_factory=dict)
    not_mailable: frozenset[str] = frozenset()
    lifetimes: Mapping[tuple[str, Basis], timedelta] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)

    def bases_for(self, purpose: Purpose, channel: Channel, country: str) -> tuple[Basis, ...]:
        """Return the bases that allow `channel` for `purpose` in `country`; () means nothing does."""
        key = (str(purpose), str(channel))
        return self.needs.get((*key, country or "?"), self.needs.get((*key, "*"), ()))

    def expires_at(self, consent: Consent, country: str) -> datetime | None:
        """Return when a consent ends (UTC), by its own date or the country's lifetime, the earlier; None is never."""
        life = self.lifetimes.get((country or "?", consent.basis), self.lifetimes.get(("*", consent.basis)))
        ends = [consent.expires_at, consent.given_at + life if life else None]
        return min((end for end in ends if end is not None), default=None)

    @classmethod
    def from_document(cls, doc: Mapping[str, Any]) -> ConsentPolicy:
        """Read `policies/consent.yaml`. Raises Misconfigured for a purpose, channel or basis that does not exist."""
        try:
            return cls(
                needs=_with_unknown(_once(_needs(doc.get("needs", {})))),
                not_mailable=frozenset(doc.get("not_mailable", {})),
                lifetimes=dict(_lifetimes(doc.get("lifetimes", {}))),
                topics={name: str(entry["title"]) for name, entry in doc.get("topics", {}).items()},
            )
        except ValueError as unknown:
            raise Misconfigured(f"policies/consent.yaml: {unknown}") from unknown


def why_not_allowed(
    policy: ConsentPolicy,
    consents: Sequence[Consent],
    suppressions: Sequence[Suppression],
    *,
    channel: Channel,
    purpose: Purpose,
    country: str,
    source: str,
    now: datetime,
) -> str | None:
    """Return the reason code for silence (`suppressed`, `source_not_mailable`, `no_consent`), None when we may speak.

    An opt-out beats every consent, whatever their order in time: only a person's own opt-in lifts it, and then the
    store removes the suppression. A service message needs no marketing consent but respects a suppression of its scope.
    """
    if any(s.channel in (None, channel) and _covers(s, purpose) for s in suppressions):
        return "suppressed"
    if purpose is Purpose.SERVICE:
        return None
    if source in policy.not_mailable:
        return "source_not_mailable"
    enough = policy.bases_for(purpose, channel, country)
    fitting = (c for c in consents if c.channel == channel and c.basis in enough and c.purpose in _SERVED_BY[purpose])
    if any(not _expired(policy, c, country, now) for c in fitting):
        return None
    return "no_consent"


def why_not_asked(consents: Sequence[Consent], suppressions: Sequence[Suppression], channel: Channel) -> str | None:
    """Return why nobody may be asked to confirm on `channel` (`no_consent`, `suppressed`), None when we may ask.

    A confirmation is for people who came to us; after a no only for those who have asked since, by a form of theirs.
    """
    came = [consent for consent in consents if consent.channel == channel and consent.basis in _CAME_TO_US]
    if not came:
        return "no_consent"
    requested = [consent.given_at for consent in came if consent.basis is Basis.REQUESTED]
    noes = [no.since for no in suppressions if no.channel in (None, channel)]
    return "suppressed" if noes and (not requested or max(requested) <= max(noes)) else None


_CAME_TO_US = frozenset(Basis) - {Basis.LEGITIMATE_INTEREST}
_SERVED_BY: Mapping[Purpose, frozenset[Purpose]] = {
    Purpose.MARKETING: frozenset({Purpose.MARKETING}),
    Purpose.SALES: frozenset({Purpose.MARKETING, Purpose.SALES}),
    Purpose.SERVICE: frozenset(Purpose),
}
"""A consent serves its own purpose; who agreed to marketing may be spoken to by sales, never the other way round."""


def _covers(suppression: Suppression, purpose: Purpose) -> bool:
    return suppression.scope == "all" or purpose is not Purpose.SERVICE


def _expired(policy: ConsentPolicy, consent: Consent, country: str, now: datetime) -> bool:
    ends = policy.expires_at(consent, country)
    return ends is not None and ends <= now


def _with_unknown(
    needs: dict[tuple[str, str, str], tuple[Basis, ...]],
) -> dict[tuple[str, str, str], tuple[Basis, ...]]:
    """Return the rules with one for a country we do not know: only what suffices in every country does (rule L11)."""
    unknown: dict[tuple[str, str, str], tuple[Basis, ...]] = {}
    for purpose, channel in {(purpose, channel) for purpose, channel, _ in needs}:
        rules = [bases for (*of, _), bases in needs.items() if of == [purpose, channel]]
        unknown[purpose, channel, "?"] = tuple(basis for basis in Basis if all(basis in bases for bases in rules))
    return needs | unknown


def _needs(doc: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str, str], tuple[Basis, ...]]]:
    """Yield (purpose, channel, country) -> bases; a key may name several, such as `marketing, sales` or `AT, DE`."""
    for purposes, channels in doc.items():
        for names, places in channels.items():
            for countries, entry in places.items():
                bases = tuple(Basis(basis) for basis in entry["bases"])
                for purpose in _names(purposes):
                    for channel in _names(names):
                        for country in _names(countries):
                            yield (str(Purpose(purpose)), str(Channel(channel)), country), bases


def _lifetimes(doc: Mapping[str, Any]) -> Iterator[tuple[tuple[str, Basis], timedelta]]:
    for countries, bases in doc.items():
        for basis, entry in bases.items():
            for country in _names(countries):
                yield (country, Basis(basis)), parse_duration(str(entry["lasts"])).plain


def _once(
    rules: Iterable[tuple[tuple[str, str, str], tuple[Basis, ...]]],
) -> dict[tuple[str, str, str], tuple[Basis, ...]]:
    found: dict[tuple[str, str, str], tuple[Basis, ...]] = {}
    for place, bases in rules:
        if place in found:
            raise ValueError(f"there are two rules for {', '.join(place)}")
        found[place] = bases
    return found


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]
