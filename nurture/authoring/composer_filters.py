"""The filters of message templates: fallbacks, money, dates, and text functions that cannot blow up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date as Date
from datetime import datetime
from typing import Any
from urllib.parse import quote

from jinja2.exceptions import FilterArgumentError
from jinja2.runtime import Undefined

from nurture.authoring.composer_facts import Absent

_MAX_TEXT = 10_000
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "INR": "₹"}
_MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
}
_DAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "de": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
}


def or_else(value: Any, fallback: Any) -> Any:
    """Return `value`, or `fallback` when the lead has no such value; a name nobody knows stays an error."""
    if isinstance(value, Absent):
        return fallback if value.may_be_absent else value
    return fallback if value is None or (isinstance(value, str) and not value.strip()) else value


def money(cents: Any, currency: str = "EUR") -> str:
    """Return an amount of integer `cents` for people: 123450 is "€1,234.50", 120000 is "€1,200"."""
    if isinstance(cents, bool) or not isinstance(cents, int) or abs(cents) > 10**15:
        raise FilterArgumentError("money needs a whole number of cents")
    whole, rest = divmod(abs(cents), 100)
    amount = f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"
    sign = _SIGNS.get(currency)
    return ("-" if cents < 0 else "") + (f"{sign}{amount}" if sign else f"{amount} {currency}")


def date(value: Any, style: str = "long", language: str = "en") -> str:
    """Return an ISO 8601 text or a date for people.

    Styles: long (21 November 2026), short (21 Nov), day (Saturday, 21 November), iso. Languages: en, de; any other
    reads English.
    """
    day = _as_date(value)
    spoken = language if language in _MONTHS else "en"
    month, dot = _MONTHS[spoken][day.month - 1], "." if spoken == "de" else ""
    styles = {
        "long": f"{day.day}{dot} {month} {day.year}",
        "short": f"{day.day}{dot} {month[:3]}",
        "day": f"{_DAYS[spoken][day.weekday()]}, {day.day}{dot} {month}",
        "iso": day.isoformat(),
    }
    if style not in styles:
        raise FilterArgumentError(f'no date style "{style}", there are {", ".join(styles)}')
    return styles[style]


def replace(text: Any, old: str, new: str) -> str:
    """Return `text` with `old` replaced; refuses to grow beyond 10,000 characters."""
    before = _text(text)
    if len(before) + before.count(old) * len(new) > _MAX_TEXT:
        raise FilterArgumentError(f"replace would make more than {_MAX_TEXT:,} characters")
    return before.replace(old, new)


def join(items: Iterable[Any], separator: str = ", ") -> str:
    """Return `items` as one text; refuses to grow beyond 10,000 characters."""
    texts = [_text(item) for item in items]
    if sum(map(len, texts)) + len(texts) * len(separator) > _MAX_TEXT:
        raise FilterArgumentError(f"join would make more than {_MAX_TEXT:,} characters")
    return separator.join(texts)


def truncate(text: Any, length: int = 255, end: str = "…") -> str:
    """Return at most `length` characters of `text`, cut at a word, with `end` when something was cut off."""
    whole = _text(text)
    if len(whole) <= length:
        return whole
    return whole[: max(0, length - len(end))].rsplit(" ", 1)[0] + end


def urlencode(value: Any) -> str:
    """Return `value` quoted for use inside a URL."""
    quoted = quote(_text(value), safe="", errors="replace")
    if len(quoted) > _MAX_TEXT:
        raise FilterArgumentError(f"urlencode would make more than {_MAX_TEXT:,} characters")
    return quoted


def _text(value: Any) -> str:
    return "" if isinstance(value, Undefined) and not value else str(value)


def _as_date(value: Any) -> Date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, Date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError as error:
        raise FilterArgumentError(f'"{str(value)[:40]}" is not a date') from error


FILTERS: Mapping[str, Callable[..., Any]] = {
    "or_else": or_else, "default": or_else, "d": or_else, "money": money, "date": date, "replace": replace,
    "join": join, "truncate": truncate, "urlencode": urlencode,
}  # fmt: skip
"""Our own filters; the rest of the allowed ones are Jinja's."""
