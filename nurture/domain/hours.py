"""A week of hours as people write it: `mon-fri: 09:00-17:00, sat: 10:00-14:00`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nurture.domain.errors import Invalid

Hours = tuple[tuple[tuple[int, int], ...], ...]
"""Seven tuples, Monday first, of (start, end) in minutes after local midnight; 1,440 is the next midnight."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1_440
_RANGE = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def read_hours(name: str, text: str | Mapping[str, str]) -> Hours:
    """Read `mon-fri: 09:00-12:00, 13:00-17:00; sat: 10:00-14:00` or the same as a mapping. Raises Invalid.

    Days are `mon` … `sun`, ranges such as `mon-fri`, lists such as `tue, thu`, or `every day`. What names fewer days
    wins, in whatever order it is written: `mon-fri: 09:00-17:00; fri: 09:00-13:00`. `closed` leaves out a day.
    """
    entries = dict(_entries(text)) if isinstance(text, str) else text
    hours: list[tuple[tuple[int, int], ...]] = [()] * len(WEEKDAYS)
    named: dict[int, int] = {}
    for days, spans in sorted(((_days(name, days), spans) for days, spans in entries.items()), key=_breadth):
        for day in days:
            if named.get(day) == len(days):
                raise Invalid(f'The window "{name}" has two rules for {WEEKDAYS[day]}', remedy="Leave one")
            hours[day], named[day] = _spans_of(name, spans), len(days)
    return tuple(hours)


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        days, _, spans = entry.partition(":")
        yield days.strip(), spans.strip()


def _breadth(entry: tuple[list[int], str]) -> int:
    return -len(entry[0])


def _days(name: str, text: str) -> list[int]:
    """Return the weekdays (Monday 0) of `mon-fri`, `tue, thu` or `every day`; `fri-mon` wraps around the week."""
    if text.strip().lower() == "every day":
        return list(range(len(WEEKDAYS)))
    days: list[int] = []
    for part in text.lower().split(","):
        first, _, last = (piece.strip() for piece in part.partition("-"))
        if first not in WEEKDAYS or (last and last not in WEEKDAYS):
            raise Invalid(
                f'The window "{name}" has no weekday "{part.strip()}"', remedy="Use mon, tue, wed, thu, fri, sat, sun"
            )
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return days


def _spans_of(name: str, text: str) -> tuple[tuple[int, int], ...]:
    if text.strip().lower() == "closed":
        return ()
    spans = []
    for part in text.split(","):
        shape = _RANGE.fullmatch(part.strip())
        if shape is None or int(shape[2]) > 59 or int(shape[4]) > 59:
            raise Invalid(f'The window "{name}" has hours "{part.strip()}"', remedy='Write them as "09:00-17:00"')
        spans.append((int(shape[1]) * 60 + int(shape[2]), int(shape[3]) * 60 + int(shape[4])))
    return tuple(spans)
