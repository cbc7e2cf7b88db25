"""Local time and instants: what the wall clock of a place shows, with its gaps and repeated hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nurture.domain.errors import Invalid

DAY_MICROSECONDS = 86_400_000_000
_MIDNIGHT = time(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=1_024)
def zone_of(name: str) -> ZoneInfo:
    """Return a zone of the IANA database. Raises Invalid for any other name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise Invalid(f'"{name}" is not a time zone', remedy='Use an IANA name such as "Europe/Berlin"') from unknown


def is_zone(name: str) -> bool:
    """Whether the IANA database has a zone of this name."""
    try:
        return bool(zone_of(name))
    except Invalid:
        return False


@lru_cache(maxsize=65_536)
def _steady(zone: ZoneInfo, day: date) -> timedelta | None:
    """Return the zone's offset when it stays the same around `day` (three days in UTC), None near a clock change."""
    noon = datetime.combine(day, time(12), UTC)
    offsets = {(noon + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in range(-42, 43, 6)}
    return offsets.pop() if len(offsets) == 1 else None


def local_date(zone: ZoneInfo, at: datetime) -> date:
    """Return the date that the calendar on the wall shows at `at`."""
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    steady = _steady(zone, at.date())
    return at.astimezone(zone).date() if steady is None else (at + steady).date()


def instant(zone: ZoneInfo, day: date, microseconds: int) -> datetime:
    """Return the UTC instant at which the clock first shows this local time, or jumps over it."""
    steady = _steady(zone, day)
    if steady is not None:  # nearly always: no clock changes near, so local time is UTC and a constant
        return datetime.combine(day, _MIDNIGHT) + (timedelta(microseconds=microseconds) - steady)
    local = datetime.combine(day, time()) + timedelta(microseconds=microseconds)
    late = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == local:
        return late
    return change_between(zone, local.replace(tzinfo=zone, fold=1).astimezone(UTC), late)


def wall(zone: ZoneInfo, at: datetime) -> tuple[date, int]:
    """Return the local date and microseconds after midnight; in a repeated hour the moment the clock went back.

    So a later instant never has an earlier local time on the same date, and `add` stays monotone.
    """
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    steady = _steady(zone, at.date())
    if steady is not None:
        shown = at + steady
        return shown.date(), (shown - datetime.combine(shown.date(), _MIDNIGHT)) // _MICROSECOND
    local = at.astimezone(zone)
    if local.fold:
        first = local.replace(fold=0).astimezone(UTC)
        change = change_between(zone, first, at)
        local = local.replace(tzinfo=None) + (change - first)
    clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return local.date(), clock // _MICROSECOND


def change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the second (UTC) in (`before`, `after`] at which the zone's offset changes."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), -int(-after.timestamp() // 1)
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == old
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, UTC)
