"""Hours and frequency, recomputed from the policies as they were written: no code is shared with the gates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nurture.domain.evidence import Evidence, Mark
from nurture.domain.findings import Finding, Promise

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPANS = {"day": 1, "week": 7, "month": 30}
_COUNTS = frozenset({"wire", "sent", "delivered", "uncertain"})
Hours = Mapping[int, Sequence[tuple[int, int]]]


def outside_window(evidence: Evidence) -> Iterator[Finding]:
    """Yield every touch that left when its window, or the law of its country, was shut, or on a public holiday."""
    calendars = evidence.policies.get("calendars", {})
    for mark in evidence.marks:
        if mark.wire_at is None:
            continue
        zone, country = evidence.homes.get(mark.lead, ("", ""))
        local = mark.wire_at.astimezone(ZoneInfo(mark.timezone or zone or calendars.get("timezone", "UTC")))
        window = mark.window or calendars.get("default_window", "office-hours")
        when, hours = f"left on {local:%a %d %b %H:%M} {local.tzname()}", calendars.get("windows", {}).get(window)
        if hours is not None and not _open(hours_of(hours), local):
            yield _broken(mark, f"{when}, outside {window}")
        elif local.date() in _holidays(calendars, country):
            yield _broken(mark, f"left on {local:%d %b}, a public holiday in {country}")
        elif _is_quiet(calendars.get("quiet_hours", {}), mark.channel, country, local):
            yield _broken(mark, f"{when}, quiet hours in {country or '?'}")


def over_cap(evidence: Evidence) -> Iterator[Finding]:
    """Yield every touch that came too soon after others, by the company's limits or its own sequence's.

    A manual task is no touch of the person before the rep makes it one: it neither counts nor waits (decision 0006).
    """
    company = list(_limits(evidence.policies.get("consent", {}).get("limits", {})))
    by_lead: dict[str, list[Mark]] = defaultdict(list)
    for mark in evidence.marks:
        if mark.wire_at is not None and mark.state in _COUNTS and mark.purpose != "service" and mark.channel != "task":
            by_lead[mark.lead].append(mark)
    for marks in by_lead.values():
        for mark in marks:
            own = evidence.sequences.get(mark.sequence, {}).get("limits", {})
            for scope, most, days in (*company, *_limits(own)):
                count = _count(marks, mark, scope, timedelta(days=days))
                if scope in ("any", mark.channel) and count > most:
                    yield _broken(mark, f"was number {count} of {most} by {scope} in {days} days")


def _broken(mark: Mark, fact: str) -> Finding:
    return Finding(Promise.WINDOWS_AND_CAPS, mark.touch, fact)


def hours_of(spec: Mapping[str, Any]) -> Hours:
    """Return a window such as `{mon-fri: "09:00-12:00, 13:00-17:00"}` as weekday -> spans of minutes."""
    hours: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for days, spans in spec.items():
        for day in _weekdays(str(days)):
            hours[day] += [_minutes(span) for span in str(spans).split(",")]
    return hours


def _weekdays(days: str) -> Sequence[int]:
    if days.strip() in ("every day", "daily"):
        return range(7)
    found: list[int] = []
    for part in days.split(","):
        first, _, last = part.strip().lower().partition("-")
        begin, end = _DAYS.index(first[:3]), _DAYS.index((last or first)[:3])
        found += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return found


def _minutes(span: str) -> tuple[int, int]:
    first, _, last = span.strip().partition("-")
    (h1, m1), (h2, m2) = (map(int, clock.split(":")) for clock in (first, last))
    return h1 * 60 + m1, h2 * 60 + m2


def _open(hours: Hours, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return any(first <= minute < last for first, last in hours.get(local.weekday(), ()))


def _holidays(calendars: Mapping[str, Any], country: str) -> set[date]:
    return {date.fromisoformat(str(day)) for day in calendars.get("holiday_dates", {}).get(country, ())}


def _is_quiet(quiet: Mapping[str, Any], channel: str, country: str, local: datetime) -> bool:
    """Whether the country's general hours are shut. A country's regions are narrower still and not looked at here."""
    if channel not in quiet.get("channels", ()):
        return False
    rule = quiet.get("countries", {}).get(country) or quiet.get("unknown", {})
    return bool(rule.get("hours")) and not _open(hours_of(rule["hours"]), local)


def _limits(spec: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    for scope, limits in spec.items():
        for limit in [limits] if isinstance(limits, str) else limits:
            count, _, period = str(limit).partition(" per ")
            number, _, unit = period.strip().rpartition(" ")
            yield scope, int(count), int(number or 1) * _SPANS[unit.rstrip("s")]


def _count(marks: Sequence[Mark], last: Mark, scope: str, span: timedelta) -> int:
    """Return how many touches left in the span that ends with `last`, which is one of them."""
    end = last.wire_at
    if end is None:
        return 0
    return sum(
        mark.wire_at is not None and end - span < mark.wire_at <= end and scope in ("any", mark.channel)
        for mark in marks
    )
