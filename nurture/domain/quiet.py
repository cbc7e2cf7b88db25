"""When law lets us text or ring somebody: allowed hours by country and state, in every zone the person may be in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from nurture.domain.calendar import Calendar, Window, next_common
from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.wallclock import zone_of

HELD = datetime.max.replace(tzinfo=UTC)
"""The answer when no hour is known to be lawful: somebody has to find out where the person is."""

_UNLISTED = "?"


@dataclass(frozen=True, slots=True)
class QuietRule:
    """One place's allowed hours; `closed` are dates without any (holidays). `reviewed` is an ISO date."""

    hours: Window
    source: str = ""
    reviewed: str = ""
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class QuietPolicy:
    """The legal part of `policies/calendars.yaml`.

    `rules` maps (country, region) to a rule: region "" is the country as a whole, "?" is any region that is not listed
    in a country whose regions differ. `unknown` holds where no country is known; without it nobody there may be called.
    `zones` are the time zones of a country, for people whose own is not known.
    """

    unknown: QuietRule | None = None
    rules: Mapping[tuple[str, str], QuietRule] = field(default_factory=dict)
    zones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: frozenset[str] = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.CALL})

    def rule_for(self, country: str, region: str) -> QuietRule | None:
        """Return the rule of the place, the strictest one when the country or its region is not known."""
        state = region.strip().upper().removeprefix(f"{country}-")
        for key in ((country, state or _UNLISTED), (country, _UNLISTED), (country, "")):
            if key in self.rules:
                return self.rules[key]
        return self.unknown

    @classmethod
    def from_document(
        cls, doc: Mapping[str, Any], holidays: Mapping[str, frozenset[date]] | None = None
    ) -> QuietPolicy:
        """Read `quiet_hours:` of calendars.yaml; `holidays` are the closed dates by country. Raises Misconfigured.

        Without the section nobody may be texted or called.
        """
        closed = holidays or {}
        if not doc:
            return cls()
        if "unknown" not in doc:
            raise Misconfigured("quiet_hours has no rule for an unknown place", remedy='Add "unknown:" with its hours')
        rules: dict[tuple[str, str], QuietRule] = {}
        for country, entry in doc.get("countries", {}).items():
            rules.update(_rules_of(country, entry, closed.get(country, frozenset())))
        return cls(
            unknown=_rule("unknown", doc["unknown"], frozenset().union(*closed.values())),
            rules=rules,
            zones={country: tuple(entry.get("zones", ())) for country, entry in doc.get("countries", {}).items()},
            channels=frozenset(doc.get("channels", (Channel.SMS, Channel.WHATSAPP, Channel.CALL))),
        )


def quiet_calendars(
    policy: QuietPolicy, channel: Channel, country: str, region: str, timezones: Sequence[str]
) -> tuple[Calendar, ...] | None:
    """Return the calendars that must all be open (none for e-mail), or None when the person may be anywhere.

    A number that names no place (+1 800 …) comes with every zone it may ring in; only hours lawful in all count.
    """
    if channel not in policy.channels:
        return ()
    rule = policy.rule_for(country, region)
    if rule is None:
        return None
    zones = tuple(dict.fromkeys(timezones)) or policy.zones.get(country, ())
    return tuple(Calendar(rule.hours, zone_of(zone), rule.closed) for zone in zones) or None


def quiet_until(
    policy: QuietPolicy, channel: Channel, country: str, region: str, timezones: Sequence[str], now: datetime
) -> datetime | None:
    """Return when quiet hours end (UTC), None when we may speak now, HELD when no common lawful hour is known.

    Quiet hours hold for texts and calls; e-mail only knows windows.
    """
    calendars = quiet_calendars(policy, channel, country, region, timezones)
    if calendars is None:
        return HELD
    opens = next_common(calendars, now)
    if opens is None:
        return HELD
    return None if opens == now else opens


def _rules_of(country: str, entry: Mapping[str, Any], closed: frozenset[date]) -> dict[tuple[str, str], QuietRule]:
    reviewed = entry.get("reviewed", "")
    whole = _rule(country, entry, closed, reviewed)
    rules = {(country, ""): whole}
    rules |= {(country, str(region)): whole for region in entry.get("regions_like_country", ())}
    for region, own in entry.get("regions", {}).items():
        rules[country, str(region)] = _rule(f"{country}-{region}", own, closed, reviewed)
    if "unknown_region" in entry:
        rules[country, _UNLISTED] = _rule(f"{country}, state unknown", entry["unknown_region"], closed, reviewed)
    return rules


def _rule(place: str, entry: Mapping[str, Any], closed: frozenset[date], reviewed: str = "") -> QuietRule:
    return QuietRule(
        hours=Window.parse(f"lawful hours of {place}", entry["hours"]),
        source=str(entry.get("source", "")),
        reviewed=str(entry.get("reviewed", reviewed)),
        closed=closed if entry.get("holidays") == "closed" else frozenset(),
    )
