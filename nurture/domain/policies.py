"""What the company allows, typed: one object read from the policies/*.yaml documents that everybody decides by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from nurture.domain.calendar import Calendar, Window
from nurture.domain.caps import Cap
from nurture.domain.clock_facts import zone_from
from nurture.domain.consent import ConsentPolicy
from nurture.domain.duration import parse_duration
from nurture.domain.errors import Invalid, Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.quiet import QuietPolicy
from nurture.domain.routing import RoutingRules
from nurture.domain.score import ScoreRules
from nurture.domain.senders import SenderPolicy
from nurture.domain.stage import StageRules
from nurture.domain.tasks import Rep
from nurture.domain.wallclock import zone_of

_PERIODS = {"day": 1, "week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies of the company. `caps` are (channel or "any", touches, days) for one person over all sequences.

    `holidays` are closed dates by country, `clocks` facts by time zone (`clock_facts`); a zone not among them is
    today's database's. `default_window` and `timezone` stand in where nothing else is said.
    """

    windows: Mapping[str, Window]
    default_window: str
    timezone: str
    holidays: Mapping[str, frozenset[date]]
    clocks: Mapping[str, Mapping[str, int]]
    quiet: QuietPolicy
    score: ScoreRules
    stages: StageRules
    consent: ConsentPolicy
    caps: tuple[Cap, ...]
    senders: SenderPolicy
    routing: RoutingRules
    team: tuple[Rep, ...]
    _calendars: dict[tuple[str, str, str], Calendar] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def from_document(cls, doc: Mapping[str, Any]) -> Policies:
        """Read `{"calendars": …, "score": …, …}`, one entry a file; equal content gives the same object.

        Holidays and clocks are facts that change between releases of libraries, so they come in with the document:
        `calendars.holiday_dates` are country -> ISO dates, `calendars.clocks` zone -> `clock_facts`. Raises
        Misconfigured or Invalid with what cannot work.
        """
        return _read(json.dumps(doc, sort_keys=True, default=str))

    def calendar(self, window: str = "", timezone: str = "", country: str = "") -> Calendar:
        """Return a window in a time zone without the holidays of `country`; "" takes the company's own.

        Raises Misconfigured for a window that is not in calendars.yaml, Invalid for an unknown zone.
        """
        key = (window, timezone, country)
        known = self._calendars.get(key)
        if known is None:
            # The planner asks a million times for a few hundred calendars; the memo never changes an answer.
            known = self._calendars[key] = self._calendar(window or self.default_window, timezone, country)
        return known

    def closed_dates(self, country: str) -> frozenset[date]:
        """Return the holidays of a country on which nothing goes out; none for a country that is not listed."""
        return self.holidays.get(country, frozenset())

    def for_rep(self, rep: Rep) -> Calendar:
        """Return the working time of a rep, without the holidays of the rep's country and the rep's time off."""
        country = rep.country or next((each.country for each in self.team if each.id == rep.id), "")
        hours = self.calendar(rep.hours, rep.timezone, country)
        return _without_days_off(hours, rep.away) if rep.away else hours

    def _calendar(self, window: str, timezone: str, country: str) -> Calendar:
        if window not in self.windows:
            raise Misconfigured(f'There is no window "{window}"', remedy=f"Use one of {', '.join(self.windows)}")
        name = timezone or self.timezone
        return Calendar(self.windows[window], zone_from(name, self.clocks.get(name, {})), self.closed_dates(country))


@lru_cache(maxsize=512)  # a worker sees the planner's share of each country and zone
def _read(text: str) -> Policies:
    doc = json.loads(text)
    calendars, consent = doc.get("calendars") or {}, doc.get("consent") or {}
    windows = {name: Window.parse(name, hours) for name, hours in calendars.get("windows", {}).items()}
    holidays = _holidays(calendars)
    return Policies(
        windows=windows,
        default_window=_default_window(calendars, windows),
        timezone=zone_of(str(calendars.get("timezone", "UTC"))).key,
        holidays=holidays,
        clocks=calendars.get("clocks") or {},
        quiet=QuietPolicy.from_document(calendars.get("quiet_hours") or {}, holidays),
        score=ScoreRules.from_document(doc.get("score") or {}),
        stages=StageRules.from_document(doc.get("stages") or {}),
        consent=ConsentPolicy.from_document(consent),
        caps=tuple(cap for channel, limits in consent.get("limits", {}).items() for cap in _caps(channel, limits)),
        senders=SenderPolicy.from_document(doc.get("senders") or {}, windows),
        routing=RoutingRules.from_document(doc.get("routing") or {}, windows),
        team=_team(doc.get("team") or {}, windows),
    )


def _default_window(calendars: Mapping[str, Any], windows: Mapping[str, Window]) -> str:
    name = str(calendars.get("default_window", "office-hours"))
    if name not in windows:
        raise Misconfigured(
            f'calendars.yaml has no window "{name}"', remedy="Name one of its windows as default_window"
        )
    return name


def _holidays(calendars: Mapping[str, Any]) -> dict[str, frozenset[date]]:
    try:
        dates = calendars.get("holiday_dates", {})
        return {country: frozenset(map(date.fromisoformat, days)) for country, days in dates.items()}
    except ValueError as wrong:
        raise Misconfigured(f"A holiday is not a date: {wrong}") from wrong


def _caps(channel: str, limits: str | list[str]) -> list[Cap]:
    """Read `3 per week` or `3 per 10 days` (30 days a month). Raises Misconfigured."""
    caps: list[Cap] = []
    for limit in [limits] if isinstance(limits, str) else limits:
        count, _, period = (part.strip() for part in str(limit).partition(" per "))
        try:
            days = _PERIODS[period] if period in _PERIODS else parse_duration(period).plain.days
        except Invalid:
            days = 0
        if channel not in ("any", *Channel) or not count.isdigit() or days < 1:
            raise Misconfigured(
                f'consent.yaml limits "{channel}" to "{limit}"', remedy='Write "3 per week" for a channel or "any"'
            )
        caps.append((channel, int(count), days))
    return caps


def _team(doc: Mapping[str, Any], windows: Mapping[str, Window]) -> tuple[Rep, ...]:
    team = tuple(_rep(entry) for entry in doc.get("reps", ()))
    ids = [rep.id for rep in team]
    problems = [f'the id "{rep}" is used twice' for rep in sorted(set(ids)) if ids.count(rep) > 1]
    for rep in team:
        strangers = [person for person in (rep.manager, rep.cover) if person and person not in ids]
        problems += [f'"{rep.id}" names "{person}", who is not in the team' for person in strangers]
        problems += [] if rep.hours in windows else [f'"{rep.id}" has hours "{rep.hours}", which is no window']
        zone_of(rep.timezone)
    if problems:
        raise Misconfigured(f"policies/team.yaml cannot work: {'; '.join(problems)}")
    return team


def _rep(entry: Mapping[str, Any]) -> Rep:
    spans = (str(span).partition(" to ") for span in entry.get("away", ()))
    return Rep(
        id=str(entry["id"]),
        name=str(entry["name"]),
        email=str(entry.get("email", "")),
        pools=tuple(entry.get("pools", ())),
        timezone=str(entry.get("timezone", "UTC")),
        hours=str(entry.get("hours", "office-hours")),
        capacity=int(entry.get("capacity", 50)),
        languages=tuple(entry.get("languages", ())),
        territories=tuple(entry.get("territories", ())),
        skills=tuple(entry.get("skills", ())),
        manager=str(entry.get("manager", "")),
        away=tuple((first, last or first) for first, _, last in spans),
        cover=str(entry.get("cover", "")),
        country=str(entry.get("country", "")),
    )


@lru_cache(maxsize=1_024)
def _without_days_off(hours: Calendar, away: tuple[tuple[str, str], ...]) -> Calendar:
    spans = ((date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()) for first, last in away)
    off = frozenset(date.fromordinal(day) for first, last in spans for day in range(first, last + 1))
    return Calendar(hours.window, hours.zone, hours.closed | off)
