"""Rows become people: the map is compiled once for a header, then rows are read column by column, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from nurture.domain.consent import Consent
from nurture.domain.errors import Invalid
from nurture.domain.lead import Channel, Contact, Scalar
from nurture.intake.agreement import Claim, consents_of
from nurture.intake.cells import Kind, clean, snake_case
from nurture.intake.leadmap import Column, LeadMap, Part
from nurture.intake.people import People
from nurture.intake.recall import Facts, Meanings, Remarks, Sheet

_ALSO_FACTS = frozenset({Part.PROSPECT_ID, Part.ORIGIN, Part.SOURCE})


class Accepted(NamedTuple):
    """A row that is a person, with what came along.

    `consents` are proven by the row; `claim` is what the row lets us assume, and the import dates it. `opt_outs` are
    channels the person closed. `notes` say what was left out, without personal data. `row` is the row's number in the
    file, the header being row 1.
    """

    contact: Contact
    consents: tuple[Consent, ...] = ()
    opt_outs: tuple[Channel, ...] = ()
    row: int = 0
    notes: tuple[str, ...] = ()
    claim: Claim | None = None


class RowReader:
    """Reads rows under one header by one map."""

    def __init__(self, leadmap: LeadMap, headers: Sequence[str], came_by: str = "") -> None:
        """Compile `leadmap` for `headers`. Raises Invalid when the map does not fit them.

        `came_by` is the source of people about whose source the map says nothing, neither a column nor a default. It is
        our own word, so it is kept with the person but proves nothing: no consent is assumed by it.
        """
        places = {header: place for place, header in reversed(list(enumerate(headers)))}
        if problems := leadmap.problems(places):
            raise Invalid("the map does not fit the file", problems=problems)
        self._width, self._places = len(headers), places
        self._people = People(leadmap, places, came_by)
        facts = [fact for column in leadmap.columns if (fact := _as_fact(column))]
        self._facts = [Facts(column, places[column.header]) for column in facts]
        closing = [column for column in leadmap.columns if column.part is Part.OPT_OUT]
        self._closing = [(snake_case(column.header), Meanings(column, places[column.header])) for column in closing]
        self._claims = [(places[column.header], column.consent) for column in leadmap.columns if column.consent]

    def read(self, cells: Sequence[str], row: int = 0) -> Accepted:
        """Return the person in `cells`. Raises Invalid with the reason when there is none."""
        (found,) = self.read_all([cells], [row])
        if isinstance(found, Invalid):
            raise found
        return found

    def read_all(self, rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> list[Accepted | Invalid]:
        """Return for each row the person in it, or why there is none; `numbers` are the rows' numbers in the file.

        Hundreds of rows together cost half of what they cost one by one.
        """
        remarks = Remarks()
        rows = self._fitted(rows, remarks)
        sheet = list(zip(*rows, strict=True))
        facts = self._fact_rows(sheet, remarks)
        parts = self._people.parts(sheet, remarks)
        closed = self._closed(sheet, facts, remarks)
        contacts = self._people.contacts(parts, facts, remarks)
        consents = self._consents(contacts, rows, remarks)
        notes = [tuple(remarks.notes[place]) if place in remarks.notes else () for place in range(len(rows))]
        claims = self._people.claims(parts)
        found: list[Accepted | Invalid] = list(map(Accepted, contacts, consents, closed, numbers, notes, claims))
        for place, reason in remarks.refusals.items():
            found[place] = Invalid(reason)
        return found

    def _fact_rows(self, sheet: Sheet, remarks: Remarks) -> list[dict[str, Scalar]]:
        if not self._facts:
            return [{} for _ in sheet[0]]
        pairs = [column.of(sheet, remarks) for column in self._facts]
        return [dict(filter(None, row)) for row in zip(*pairs, strict=True)]

    def _closed(self, sheet: Sheet, facts: Sequence[dict[str, Scalar]], remarks: Remarks) -> list[tuple[Channel, ...]]:
        """Return the channels each row closes; that it closes them is a fact about the person as well."""
        closed: list[tuple[Channel, ...]] = [()] * len(facts)
        for name, column in self._closing:
            for place, channels in enumerate(column.of(sheet, remarks)):
                if channels is not None:
                    closed[place] = tuple(dict.fromkeys((*closed[place], *channels)))
                    facts[place][name] = True
        return closed

    def _consents(
        self, contacts: Sequence[Contact], rows: Sequence[Sequence[str]], remarks: Remarks
    ) -> Iterable[tuple[Consent, ...]]:
        if not self._claims:
            return repeat(())
        return [self._proven(rows[place], person.id, remarks.notes[place]) for place, person in enumerate(contacts)]

    def _proven(self, cells: Sequence[str], lead: str, notes: list[str]) -> tuple[Consent, ...]:
        proof = {header: clean(cells[place]) for header, place in self._places.items()}
        claims = [(clean(cells[place]), columns) for place, columns in self._claims]
        consents, refused = consents_of(lead, claims, proof)
        notes += refused
        return consents

    def _fitted(self, rows: Sequence[Sequence[str]], remarks: Remarks) -> Sequence[Sequence[str]]:
        """Return the rows, each as wide as the header: cells that lack are blank, cells too many cost the row."""
        width = self._width
        if set(map(len, rows)) == {width}:
            return rows
        for place, cells in enumerate(rows):
            if any(cell.strip() for cell in cells[width:]):
                remarks.refusals[place] = f"the row has {len(cells)} cells, the header has {width}"
        return [[*cells[:width], *[""] * (width - len(cells))] for cells in rows]


def accept(row: Mapping[str, str], leadmap: LeadMap) -> Accepted:
    """Return the person in one row, with consents, opt-outs and notes. Raises Invalid when it is none."""
    return _reader(leadmap, tuple(row)).read(list(row.values()))


def contact_of(row: Mapping[str, str], leadmap: LeadMap) -> tuple[Contact, list[Consent]]:
    """Return the person in one row and the consents it proves; `accept` also tells opt-outs. Raises Invalid."""
    accepted = accept(row, leadmap)
    return accepted.contact, list(accepted.consents)


@lru_cache(maxsize=64)
def _reader(leadmap: LeadMap, headers: tuple[str, ...]) -> RowReader:
    return RowReader(leadmap, headers)


def _as_fact(column: Column) -> Column | None:
    """Return the column as one of facts: a field, or a part that conditions may also ask for as the file puts it."""
    if column.part is Part.FIELD:
        return column
    if column.part in _ALSO_FACTS and column.name not in ("", column.part):
        return replace(column, part=Part.FIELD, kind=Kind.TEXT)
    return None
