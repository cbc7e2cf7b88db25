"""Another database of time zones, as a government or a careless update makes one."""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nurture.chaos import nemesis
from nurture.domain import clock_facts, wallclock


@contextmanager
def database_where(folder: Path, zone: str, *, is_like: str) -> Iterator[None]:
    """Let `zone` keep the time of another place, for as long as this lasts; `folder` holds its file."""
    usual = zoneinfo.TZPATH
    nemesis.newer_zone(folder, zone, is_like)
    _read_from(os.fspath(folder / nemesis.ZONES), *usual)
    try:
        yield
    finally:
        _read_from(*usual)


def _read_from(*folders: str) -> None:
    """Begin as a new process does: nothing is known yet."""
    zoneinfo.reset_tzpath(to=folders)
    zoneinfo.ZoneInfo.clear_cache()
    wallclock.zone_of.cache_clear()
    clock_facts.clock_of.cache_clear()
