"""Another database of time zones, as a government or a careless update makes one."""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from nurture.domain import clock_facts, wallclock


@contextmanager
def database_where(folder: Path, zone: str, *, is_like: str) -> Iterator[None]:
    """Let `zone` keep the time of another place, for as long as this lasts; `folder` holds its file."""
    file, usual = folder / zone, zoneinfo.TZPATH
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((resources.files("tzdata") / "zoneinfo" / is_like).read_bytes())
    _read_from(os.fspath(folder), *usual)
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
