"""Local time and instants: what the wall clock of a place shows, with its gaps and repeated hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nurture.domain.errors import Invalid

DAY_MICROSECONDS = 86_400_000_000


@lru_cache(maxsize=1_024)
def zone_of(name: str) -> ZoneInfo:
    """Return a zone of the IANA database. Raises Invalid for any other name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise Invalid(f'"{name}" is not a time zone', remedy='Use an IANA name such as "Europe/Berlin"') from unknown


def instant(timezone: str, day: date, microseconds: int) -> datetime:
    """Return the UTC instant at which the clock first shows this local time, or jumps over it."""
    local = datetime.combine(day, time()) + timedelta(microseconds=microseconds)
    zone = zone_of(timezone)
    late = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == local:
        return late
    return _clock_change(zone, local.replace(tzinfo=zone, fold=1).astimezone(UTC), late)


def wall(timezone: str, at: datetime) -> tuple[date, int]:
    """Return the local date and microseconds after midnight; in a repeated hour the moment the clock went back.

    So a later instant never has an earlier local time on the same date, and `add` stays monotone.
    """
    zone = zone_of(timezone)
    local = at.astimezone(zone)
    if local.fold:
        first = local.replace(fold=0).astimezone(UTC)
        change = _clock_change(zone, first, at)
        local = local.replace(tzinfo=None) + (change - first)
    clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return local.date(), clock // timedelta(microseconds=1)


def _clock_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the second (UTC) in (`before`, `after`] at which the zone's offset changes."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), -int(-after.timestamp() // 1)
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == old
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, UTC)
