"""What a cell of somebody's spreadsheet means: nothing, a word, a number, a yes or no, a moment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum

from nurture.domain.lead import Scalar

LONGEST = 10_000
"""Characters that one cell may hold; a longer one is an accident or an attack."""

_NOTHING = frozenset(
    {
        "", "select", "select one", "please select", "choose", "unknown", "n/a", "n.a.", "na", "nan", "nil",
        "none", "null", "undefined", "not available", "not provided", "not specified", "not known", "(blank)",
        "(none)", "#n/a", "-", "--", "---", ".", "?", "_", "tbd"
    }
)  # fmt: skip
_YES = frozenset({"yes", "y", "true", "t", "1", "x", "on", "ja", "oui", "si", "sí"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "nein", "non"})
_CONTROL = {code: " " for code in (*range(32), 127, *range(128, 160), 0x2028, 0x2029)}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?")
_ANY_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_NOT_NAME = re.compile(r"[^a-z0-9]+")
_MOMENTS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%d %b %Y", "%d %B %Y")


class Kind(StrEnum):
    """How the cells of a column are read."""

    AUTO = "auto"  # each cell by itself: a number when it looks like one, else text
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    DATE = "date"


def clean(cell: str) -> str:
    """Return the cell without control characters and outer blanks; line breaks and tabs become one space."""
    if not cell.isprintable():
        cell = " ".join(cell.translate(_CONTROL).split())
    return cell.strip()


def is_nothing(text: str) -> bool:
    """Whether a clean cell says nothing: blank, `Select`, `unknown`, `N/A` and their like."""
    return len(text) < 16 and text.lower() in _NOTHING


def is_nameless(text: str) -> bool:
    """Whether a clean cell says nothing where a name belongs: there are people called Null, Na and Nil."""
    return is_nothing(text) and not (len(text) > 1 and text.isalpha() and text.istitle() and text != "Select")


def snake_case(name: str) -> str:
    """Return a column's or category's name as conditions write it: `Page Views` -> `page_views`."""
    plain = name if name.isascii() else unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_NAME.sub("_", plain.lower()).strip("_")


def number(text: str) -> int | float:
    """Return the number in `text`; "1,250.50" is read the English way. Raises ValueError when there is none."""
    if text.isdecimal() and text.isascii() and len(text) < 16:
        return int(text)
    plain = text.replace(",", "") if "," in text and _GROUPED.fullmatch(text) else text
    if not _ANY_NUMBER.fullmatch(plain):
        raise ValueError("not a number")
    value = float(plain)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def yes_no(text: str) -> bool:
    """Return whether `text` says yes. Raises ValueError when it says neither yes nor no."""
    word = text.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("neither yes nor no")


def moment(text: str) -> datetime:
    """Return the moment in `text` (ISO 8601, or day.month.year) in UTC; without a zone it is read as UTC.

    Raises ValueError; 03/04/2026 is refused because it means two days.
    """
    found: datetime | None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        readings = (_parsed(text, form) for form in _MOMENTS)
        found = next((reading for reading in readings if reading), None)
    if found is None:
        raise ValueError("not a date like 2026-03-27")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def day(text: str) -> str:
    """Return the date or moment in `text` as ISO 8601 text. Raises ValueError."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return moment(text).isoformat()


def guess(text: str) -> Scalar:
    """Return a number when the cell is plainly one, else the text: "02" and long digit strings are codes."""
    return number(text) if text[0] in "-0123456789" and _NUMBER.fullmatch(text) else text


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None


READERS: dict[Kind, Callable[[str], Scalar]] = {
    Kind.AUTO: guess,
    Kind.TEXT: str,
    Kind.NUMBER: number,
    Kind.YES_NO: yes_no,
    Kind.DATE: day,
}
"""Kind of column -> how a clean cell that says something is read; each raises ValueError when it does not fit."""
