"""When things happen in a test: `2026-03-27 10:00 Europe/Berlin`, or `1 day after welcome`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from nurture.domain.duration import Duration, parse_duration
from nurture.domain.errors import Invalid
from nurture.domain.wallclock import zone_of

START = "start"
_AFTER = re.compile(r"(?P<duration>.+?) +after +(?P<step>\S+)")
_MOMENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?:[ T](?P<clock>\d\d:\d\d(?::\d\d)?))?(?: (?P<zone>\S+))?")


@dataclass(frozen=True, slots=True)
class After:
    """A while after a step was taken, or after `start`."""

    duration: Duration
    step: str


def when_of(text: str, zone: str) -> After | datetime:
    """Return what `at:` of a happening means; a moment without a zone is one of `zone`. Raises Invalid."""
    shape = _AFTER.fullmatch(text.strip())
    return After(parse_duration(shape["duration"]), shape["step"]) if shape else moment_of(text, zone)


def moment_of(text: str, zone: str) -> datetime:
    """Return a moment (UTC); a day without a time begins at midnight, a time without a zone is one of `zone` (IANA).

    Raises Invalid when it is no moment or the zone does not exist.
    """
    shape = _MOMENT.fullmatch(str(text).strip())
    if shape is None:
        raise Invalid(f'"{text}" is no moment', remedy='Write "2026-03-27 10:00 Europe/Berlin"')
    try:
        local = datetime.fromisoformat(f"{shape['day']} {shape['clock'] or '00:00'}")
    except ValueError as odd:
        raise Invalid(f'"{text}" is no moment: {odd}', remedy="Check the day and the time") from odd
    return local.replace(tzinfo=zone_of(shape["zone"] or zone)).astimezone(UTC)


def local(at: datetime, zone: str) -> str:
    """Return a moment as people in `zone` (IANA) write it: `Fri 27 Mar 10:43`."""
    return at.astimezone(zone_of(zone)).strftime("%a %d %b %Y %H:%M")
