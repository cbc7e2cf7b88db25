"""Cells repeat: each column remembers what its commonest cells mean, so that a row costs look-ups only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nurture.domain.errors import Invalid
from nurture.intake.addresses import email_of
from nurture.intake.cells import LONGEST, READERS, clean, is_nameless, is_nothing, moment, snake_case, yes_no
from nurture.intake.leadmap import Column, Part
from nurture.intake.places import country_of, zone_of

_REMEMBERED = 1_000
"""Cells that one column remembers: enough for any category, and a bound for a column of names."""
_NAMES = frozenset({Part.FIRST_NAME, Part.LAST_NAME, Part.FULL_NAME, Part.COMPANY})
_UNIQUE = frozenset({Part.EMAIL, Part.PHONE, Part.PROSPECT_ID, Part.CREATED_AT})
_READERS: dict[Part, Callable[[str], Any]] = {
    Part.EMAIL: email_of,
    Part.COUNTRY: country_of,
    Part.TIMEZONE: zone_of,
    Part.LANGUAGE: lambda text: text.lower()[:2],
    Part.SOURCE: snake_case,
    Part.CREATED_AT: moment,
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that is not what its column holds, and what to say about it."""

    note: str


class Meanings(dict[str, Any]):
    """Cell as it came -> what it means: None when it says nothing, Unreadable when it is not what the column holds.

    Raises Invalid for a cell that is too long.
    """

    def __init__(self, column: Column, odd: list[str]) -> None:
        """Start with an empty memory for `column`; what cannot be read is added to `odd`."""
        super().__init__({"": None})
        self._column, self._room = column, 0 if column.part in _UNIQUE else _REMEMBERED
        self._says_nothing = is_nameless if column.part in _NAMES else is_nothing
        self._read, self._odd = _reader(column), odd

    def __missing__(self, cell: str) -> Any:
        """Read a cell that is not remembered."""
        meaning = self._meaning(cell)
        if len(self) < self._room:
            self[cell] = meaning
        return meaning

    def _meaning(self, cell: str) -> Any:
        if len(cell) > LONGEST:
            where = f"column {self._column.header!r}"
            raise Invalid(f"{where} holds {len(cell):,} characters, {LONGEST:,} are allowed")
        if self._says_nothing(text := clean(cell)):
            return None
        try:
            return self._read(text)
        except ValueError as error:
            note = f"{self._column.header}: {error}"
            if note not in self._odd:
                self._odd.append(note)
            return Unreadable(note)


def _reader(column: Column) -> Callable[[str], Any]:
    if column.part is Part.FIELD:
        return READERS[column.kind]
    if column.part is Part.OPT_OUT:
        return lambda text: column.channels if _closes(text) else None
    return _READERS.get(column.part, str)


def _closes(text: str) -> bool:
    """Anything but a no closes the channels: "since March" or a date in such a column is a wish to be left alone."""
    try:
        return yes_no(text)
    except ValueError:
        return True
