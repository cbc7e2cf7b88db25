"""One row becomes one person: the map is compiled once for a header, then every row takes the same short way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from operator import getitem
from typing import Any

from nurture.domain.consent import Consent
from nurture.domain.errors import Invalid
from nurture.domain.lead import Channel, Contact, Scalar
from nurture.intake.addresses import Phone, phone_of
from nurture.intake.agreement import Claim, claim_of, consents_of
from nurture.intake.cells import Kind, clean, snake_case
from nurture.intake.identity import identity
from nurture.intake.leadmap import ONCE, Column, LeadMap, Part
from nurture.intake.places import candidates
from nurture.intake.recall import Meanings, Unreadable

_ALSO_FACTS = frozenset({Part.PROSPECT_ID, Part.ORIGIN, Part.SOURCE})
_NOWHERE = Phone("", ())


@dataclass(frozen=True, slots=True)
class Accepted:
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

    def __init__(self, leadmap: LeadMap, headers: Sequence[str]) -> None:
        """Compile `leadmap` for `headers`. Raises Invalid when the map does not fit them."""
        places = {header: place for place, header in reversed(list(enumerate(headers)))}
        if problems := leadmap.problems(places):
            raise Invalid("the map does not fit the file", problems=problems)
        self._map, self._width, self._places = leadmap, len(headers), places
        facts = [fact for column in leadmap.columns if (fact := _as_fact(column))]
        parts = [column for column in leadmap.columns if column.part in ONCE]
        closing = [column for column in leadmap.columns if column.part is Part.OPT_OUT]
        self._facts = _Columns([column.name for column in facts], facts, places)
        self._parts = _Columns([column.part.value for column in parts], parts, places)
        self._closing = _Columns([snake_case(column.header) for column in closing], closing, places)
        self._claims = [(places[column.header], column.consent) for column in leadmap.columns if column.consent]
        self._claim_of = lru_cache(maxsize=4_096)(partial(claim_of, leadmap=leadmap))

    def read(self, cells: Sequence[str], row: int = 0) -> Accepted:
        """Return the person in `cells`. Raises Invalid with the reason when there is none."""
        if len(cells) != self._width:
            cells = self._fitted(cells)
        notes: list[str] = []
        facts, parts, closing = (part.read(cells, notes) for part in (self._facts, self._parts, self._closing))
        facts.update(dict.fromkeys(closing, True))
        contact = _contact(parts, facts, self._map, notes)
        consents = self._consents(contact, cells, notes) if self._claims else ()
        opt_outs = (
            tuple(dict.fromkeys(channel for channels in closing.values() for channel in channels)) if closing else ()
        )
        return Accepted(
            contact, consents, opt_outs, row, tuple(notes), self._claim_of(parts.get("origin", ""), contact.source)
        )

    def _consents(self, contact: Contact, cells: Sequence[str], notes: list[str]) -> tuple[Consent, ...]:
        proof = {header: clean(cells[place]) for header, place in self._places.items()}
        claims = [(clean(cells[place]), columns) for place, columns in self._claims]
        consents, refused = consents_of(contact.id, claims, proof)
        notes += refused
        return consents

    def _fitted(self, cells: Sequence[str]) -> Sequence[str]:
        if any(cell.strip() for cell in cells[self._width :]):
            raise Invalid(f"the row has {len(cells)} cells, the header has {self._width}")
        return [*cells[: self._width], *[""] * (self._width - len(cells))]


class _Columns:
    """Some columns of a row, read together: three C loops instead of one in Python."""

    def __init__(self, names: Sequence[str], columns: Sequence[Any], places: Mapping[str, int]) -> None:
        self._odd: list[str] = []
        self._names, self._meanings = names, [Meanings(column, self._odd) for column in columns]
        self._pick = _picker([places[column.header] for column in columns])

    def read(self, cells: Sequence[str], notes: list[str]) -> dict[str, Any]:
        """Return name -> meaning of all cells that say something; what cannot be read goes to `notes`."""
        found = zip(self._names, map(getitem, self._meanings, self._pick(cells)), strict=True)
        values = {name: meaning for name, meaning in found if meaning is not None}
        if self._odd and Unreadable in set(map(type, values.values())):
            notes += [odd.note for odd in values.values() if isinstance(odd, Unreadable)]
            return {name: value for name, value in values.items() if not isinstance(value, Unreadable)}
        return values


def _as_fact(column: Column) -> Column | None:
    """Return the column as one of facts: a field, or a part that conditions may also ask for as the file puts it."""
    if column.part is Part.FIELD:
        return column
    if column.part in _ALSO_FACTS and column.name not in ("", column.part):
        return replace(column, part=Part.FIELD, kind=Kind.TEXT)
    return None


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


def _contact(parts: Mapping[str, Any], facts: Mapping[str, Scalar], leadmap: LeadMap, notes: list[str]) -> Contact:
    part = parts.get
    email, country = part("email", ""), part("country", leadmap.country)
    phone = _phone(part("phone", ""), country, notes)
    if not email and not phone.number:
        raise Invalid("; ".join(notes) or "there is neither an e-mail address nor a phone number")
    zone = part("timezone", leadmap.timezone)
    first, last = _names(part("full_name", "")) if "full_name" in parts else ("", "")
    return Contact(
        id=identity(leadmap.system, part("prospect_id", ""), email, phone.number),
        email=email,
        phone=phone.number,
        first_name=part("first_name", first),
        last_name=part("last_name", last),
        company=part("company", ""),
        language=part("language", leadmap.language),
        country=country,
        region=part("region", ""),
        timezones=(zone,) if zone else candidates(country, phone.timezones),
        source=part("source", leadmap.source),
        owner=part("owner", ""),
        fields=facts,
        created_at=part("created_at"),
    )


def _phone(text: str, country: str, notes: list[str]) -> Phone:
    if not text:
        return _NOWHERE
    try:
        return phone_of(text, country)
    except ValueError as error:
        notes.append(f"phone: {error}")
        return _NOWHERE


def _names(full: str) -> tuple[str, str]:
    if ", " in full:
        last, _, first = full.partition(", ")
    else:
        first, _, last = full.partition(" ")
    return first, last.strip()


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """Return what picks the cells at `places` (operator.itemgetter would give a bare cell for one place)."""
    return lambda cells: [cells[place] for place in places]
