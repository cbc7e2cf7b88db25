"""Cells repeat: each column remembers what its commonest cells mean, so that most cells cost one look-up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nurture.intake.addresses import Phone, email_of, phone_of
from nurture.intake.cells import LONGEST, READERS, clean, is_nameless, is_nothing, moment, snake_case, yes_no
from nurture.intake.leadmap import Column, Part
from nurture.intake.places import country_of, zone_of

_REMEMBERED = 4_000
"""Cells that one column remembers: enough for any category and most counts, and a bound for a column of names."""
_PHONES = 4_096
Sheet = Sequence[Sequence[str]]
"""Rows on their side: one sequence of cells a column."""
_NAMES = frozenset({Part.FIRST_NAME, Part.LAST_NAME, Part.FULL_NAME, Part.COMPANY})
_UNIQUE = frozenset({Part.EMAIL, Part.PROSPECT_ID})
_READERS: dict[Part, Callable[[str], Any]] = {
    Part.EMAIL: email_of,
    Part.COUNTRY: country_of,
    Part.TIMEZONE: zone_of,
    Part.LANGUAGE: lambda text: text.lower()[:2],
    Part.SOURCE: snake_case,
    Part.CREATED_AT: moment,
}


class Unreadable(NamedTuple):
    """A cell that is not what its column holds, and what to say about it; `spoils` means that it costs the row."""

    note: str
    spoils: bool = False


class Remarks:
    """What there is to say about rows that are read together, by their place among them."""

    def __init__(self) -> None:
        """Start with nothing to say."""
        self.notes: defaultdict[int, list[str]] = defaultdict(list)
        self.refusals: dict[int, str] = {}

    def take_out(self, values: list[Any], instead: Any) -> None:
        """Note every Unreadable among the `values` of one column, and put `instead` in its place."""
        for place, value in enumerate(values):
            if type(value) is Unreadable:
                values[place] = instead
                if value.spoils:
                    self.refusals.setdefault(place, value.note)
                else:
                    self.notes[place].append(value.note)


class Meanings(dict[str, Any]):
    """Cell as it came -> what it means: `nothing` when it says nothing, Unreadable when it is not what it should be."""

    def __init__(self, column: Column, place: int, nothing: Any = None) -> None:
        """Start with an empty memory for `column`, which stands at `place` in a row."""
        super().__init__({"": nothing})
        self._column, self._place, self._nothing = column, place, nothing
        self._room = 0 if column.part in _UNIQUE else _REMEMBERED
        self._says_nothing = is_nameless if column.part in _NAMES else is_nothing
        self._read, self._odd = _reader(column), False

    def of(self, sheet: Sheet, remarks: Remarks) -> list[Any]:
        """Return what the cells of this column mean, row by row; remarks are made about those that cannot be read."""
        values = list(map(self.__getitem__, sheet[self._place]))
        if self._odd:
            remarks.take_out(values, self._nothing)
        return values

    def __missing__(self, cell: str) -> Any:
        """Read a cell that is not remembered."""
        text = clean(cell)
        if len(cell) > LONGEST:
            meaning = self._too_long(cell)
        elif self._says_nothing(text):
            meaning = self._nothing
        else:
            try:
                meaning = self._read(text)
            except ValueError as error:
                meaning = self._unreadable(f"{self._column.header}: {error}")
        if len(self) < self._room:
            self[cell] = meaning
        return meaning

    def _too_long(self, cell: str) -> Unreadable:
        where = f"column {self._column.header!r}"
        return self._unreadable(f"{where} holds {len(cell):,} characters, {LONGEST:,} are allowed", spoils=True)

    def _unreadable(self, note: str, *, spoils: bool = False) -> Unreadable:
        self._odd = True
        return Unreadable(note, spoils)


class Facts(Meanings):
    """Cell -> (name of the field, what the cell means): rows of such pairs become dictionaries at once."""

    def __init__(self, column: Column, place: int) -> None:
        """Start with an empty memory for `column`, which stands at `place` in a row."""
        super().__init__(column, place)
        read, name = self._read, column.name
        self._read = lambda text: (name, read(text))


class Phones(dict[tuple[str, str], Any]):
    """(clean cell, country) -> Phone, or Unreadable."""

    nowhere = Phone("", ())

    def __missing__(self, asked: tuple[str, str]) -> Any:
        """Read a number that is not remembered."""
        found: Any = self.nowhere
        if asked[0]:
            try:
                found = phone_of(*asked)
            except ValueError as error:
                found = Unreadable(f"phone: {error}")
        if len(self) < _PHONES:
            self[asked] = found
        return found


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
