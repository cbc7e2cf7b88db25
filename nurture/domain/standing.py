"""What is allowed towards one person now, per channel and purpose, and which receipt or rule says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from nurture.domain.consent import Consent
from nurture.domain.gates import GateFacts, why_unreachable
from nurture.domain.lead import Channel, Purpose
from nurture.domain.policies import Policies

ASKED = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)
"""Channels whose standing is told; a manual task is a rep's own deed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a channel is open for a purpose: by `consent` until `until` (UTC, None is for good), or `why` not."""

    channel: Channel
    purpose: Purpose
    allowed: bool
    why: str
    code: str = ""
    consent: Consent | None = None
    until: datetime | None = None


def standings(facts: GateFacts, policies: Policies, now: datetime) -> Iterator[Standing]:
    """Yield the standing of every channel and purpose at `now` (UTC), by the same rule as the last gate."""
    for channel in ASKED:
        for purpose in Purpose:
            yield _standing(facts, policies, channel, purpose, now)


def _standing(facts: GateFacts, policies: Policies, channel: Channel, purpose: Purpose, now: datetime) -> Standing:
    verdict = why_unreachable(facts, policies, channel, purpose, now)
    if verdict is not None:
        return Standing(channel, purpose, False, verdict.why, str(verdict.code))
    if purpose is Purpose.SERVICE:
        return Standing(channel, purpose, True, "a service message needs no consent")
    consent = _longest(facts, policies, channel, purpose, now)
    assert consent is not None  # the gate found one a moment ago
    until = policies.consent.expires_at(consent, facts.contact.country)
    ends = f", ends {until:%Y-%m-%d}" if until else ""
    why = f"{consent.basis} by {consent.how} on {consent.given_at:%Y-%m-%d}{ends}"
    return Standing(channel, purpose, True, why, "", consent, until)


def _longest(facts: GateFacts, policies: Policies, channel: Channel, purpose: Purpose, now: datetime) -> Consent | None:
    """Return, of the consents that open this channel, the one that lasts longest."""
    opening = [
        (consent, policies.consent.expires_at(consent, facts.contact.country))
        for consent in facts.consents
        if why_unreachable(_only(facts, consent), policies, channel, purpose, now) is None
    ]
    forever = [consent for consent, ends in opening if ends is None]
    if forever:
        return forever[-1]
    return max(opening, key=lambda each: each[1] or now)[0] if opening else None


def _only(facts: GateFacts, consent: Consent) -> GateFacts:
    return GateFacts(facts.contact, (consent,), facts.suppressions)
