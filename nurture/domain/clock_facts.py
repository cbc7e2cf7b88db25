"""The clock of a time zone as facts, so that a history is thought through again with the clock it was thought with.

Governments change clocks, and the database of a machine hears of it, sometimes late. What a workflow decided in the
light of the older one would be another decision in the light of the newer one, and its history could not be replayed.
So a clock comes in with what a workflow reads, like the holidays: instants (UTC, ISO) and the seconds east of UTC that
hold from each on, in their order; the first is where the facts begin.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from zoneinfo import ZoneInfo

from nurture.domain.wallclock import change_between, is_zone, zone_of

YEARS = (-1, 5)
"""Which years facts are about, counted from the present one: from the first New Year (UTC) to before the last."""
_DAY = timedelta(days=1)


@lru_cache(maxsize=1_024)
def clock_of(timezone: str, year: int) -> Mapping[str, int]:
    """Return the facts that today's database has of a zone (IANA) around `year`. Raises Invalid for an unknown zone."""
    begins, ends = (datetime(year + years, 1, 1, tzinfo=UTC) for years in YEARS)
    zone = zone_of(timezone)
    return {at.isoformat(): _east(zone, at) for at in (begins, *_changes(zone, begins, ends))}


def clocks_of(timezones: Iterable[str], year: int) -> dict[str, Mapping[str, int]]:
    """Return `clock_of` for each zone by its name, without those that nobody knows."""
    return {timezone: clock_of(timezone, year) for timezone in timezones if is_zone(timezone)}


def zone_from(timezone: str, clock: Mapping[str, int]) -> ZoneInfo:
    """Return the zone that runs by these facts; without any, that of today's database. Raises Invalid for no zone.

    Before the first change its first offset holds, behind the last one the last.
    """
    return _zone(timezone, tuple(sorted(clock.items()))) if clock else zone_of(timezone)


def _changes(zone: ZoneInfo, begins: datetime, ends: datetime) -> Iterator[datetime]:
    """Yield each instant (UTC) at which the clock is put forward or back; no place does so twice within a day."""
    at = begins
    while at < ends:
        if _east(zone, at) != _east(zone, at + _DAY):
            yield change_between(zone, at, at + _DAY)
        at += _DAY


def _east(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


@lru_cache(maxsize=1_024)
def _zone(timezone: str, clock: tuple[tuple[str, int], ...]) -> ZoneInfo:
    """Write the facts as a TZif file (RFC 8536, version 2, its first block empty), which the standard library reads."""
    at = [int(datetime.fromisoformat(since).timestamp()) for since, _ in clock]
    name, end = b"-\0", b"\n\n"
    heads = [struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, n, n, m) for n, m in ((0, 0), (len(at), len(name)))]
    changes = struct.pack(f">{len(at)}q{len(at)}B", *at, *range(len(at)))
    kinds = b"".join(struct.pack(">lBB", seconds, False, 0) for _, seconds in clock)
    return ZoneInfo.from_file(BytesIO(b"".join([*heads, changes, kinds, name, end])), key=timezone)
