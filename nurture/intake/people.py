"""From the columns that name a person to people: who they are, how they are reached, where they may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import repeat
from typing import Any

from nurture.domain.lead import Contact, Scalar
from nurture.intake.addresses import Phone
from nurture.intake.agreement import Claim, claim_of
from nurture.intake.identity import identity
from nurture.intake.leadmap import ONCE, LeadMap, Part
from nurture.intake.places import candidates
from nurture.intake.recall import Meanings, Phones, Remarks, Sheet

Parts = Mapping[Part, Iterable[Any]]
"""Part -> what it says in each row; parts that the map lacks are missing."""


class People:
    """Makes people of rows that are read together, by one map."""

    def __init__(self, leadmap: LeadMap, places: Mapping[str, int], came_by: str) -> None:
        """Compile `leadmap` for columns at `places`; `came_by` as in `RowReader`."""
        self._system = leadmap.system
        self._nothing: dict[Part, Any] = {
            Part.COUNTRY: leadmap.country,
            Part.LANGUAGE: leadmap.language,
            Part.TIMEZONE: leadmap.timezone,
            Part.SOURCE: leadmap.source,
            Part.CREATED_AT: None,
        }
        self._columns = {
            column.part: Meanings(column, places[column.header], self._nothing.get(column.part, ""))
            for column in leadmap.columns
            if column.part in ONCE
        }
        self._phones = Phones()
        self._claim_of = lru_cache(maxsize=4_096)(partial(claim_of, leadmap=leadmap))
        self._came_by = came_by if Part.SOURCE not in self._columns and not leadmap.source else ""

    def parts(self, sheet: Sheet, remarks: Remarks) -> Parts:
        """Return what the rows on `sheet` say, part by part."""
        return {part: column.of(sheet, remarks) for part, column in self._columns.items()}

    def claims(self, parts: Parts) -> Iterable[Claim | None]:
        """Return what each row lets us assume about consent, judged by what the row or the map says, never by us."""
        return map(self._claim_of, self._said(parts, Part.ORIGIN), self._said(parts, Part.SOURCE))

    def contacts(self, parts: Parts, facts: Sequence[Mapping[str, Scalar]], remarks: Remarks) -> list[Contact]:
        """Return one person a row, with its `facts`; the person of a row that is refused has no id."""
        said = partial(self._said, parts)
        phones = self._phones_of(parts, remarks) or [Phones.nowhere] * len(facts)
        numbers = [phone.number for phone in phones]
        ids = self._ids(parts, numbers, remarks)
        names = (*self._first_and_last(parts), said(Part.COMPANY))
        places = (said(Part.LANGUAGE), said(Part.COUNTRY), said(Part.REGION), self._zones(parts, phones))
        source = repeat(self._came_by) if self._came_by else said(Part.SOURCE)
        rest = (source, said(Part.OWNER), repeat("lead"), facts, said(Part.CREATED_AT))
        return list(map(Contact, ids, said(Part.EMAIL), numbers, *names, *places, *rest))

    def _said(self, parts: Parts, part: Part) -> Iterable[Any]:
        return parts.get(part) or repeat(self._nothing.get(part, ""))

    def _ids(self, parts: Parts, numbers: Sequence[str], remarks: Remarks) -> list[str]:
        """Return each person's id; a row without an address is refused, whatever else it says."""
        system = self._system
        ids = [
            identity(system, prospect, email, number) if email or number else ""
            for prospect, email, number in zip(
                self._said(parts, Part.PROSPECT_ID), self._said(parts, Part.EMAIL), numbers, strict=False
            )
        ]
        for place, lead in enumerate(ids):
            if not lead:
                why = "; ".join(remarks.notes[place]) or "there is neither an e-mail address nor a phone number"
                remarks.refusals.setdefault(place, why)
        return ids

    def _phones_of(self, parts: Parts, remarks: Remarks) -> list[Phone]:
        asked = zip(parts.get(Part.PHONE, ()), self._said(parts, Part.COUNTRY), strict=False)
        phones: list[Phone] = list(map(self._phones.__getitem__, asked))
        remarks.take_out(phones, Phones.nowhere)
        return phones

    def _zones(self, parts: Parts, phones: Sequence[Phone]) -> list[tuple[str, ...]]:
        asked = zip(self._said(parts, Part.TIMEZONE), self._said(parts, Part.COUNTRY), phones, strict=False)
        return [_told(zone, phone) if zone else candidates(country, phone.timezones) for zone, country, phone in asked]

    def _first_and_last(self, parts: Parts) -> tuple[Iterable[str], Iterable[str]]:
        firsts, lasts = self._said(parts, Part.FIRST_NAME), self._said(parts, Part.LAST_NAME)
        if Part.FULL_NAME not in parts:
            return firsts, lasts
        full = [_names(name) for name in parts[Part.FULL_NAME]]
        return (
            [first or name[0] for first, name in zip(firsts, full, strict=False)],
            [last or name[1] for last, name in zip(lasts, full, strict=False)],
        )


def _names(full: str) -> tuple[str, str]:
    if ", " in full:
        last, _, first = full.partition(", ")
    else:
        first, _, last = full.partition(" ")
    return first, last.strip()


@lru_cache(maxsize=4_096)
def _told(zone: str, phone: Phone) -> tuple[str, ...]:
    """Return the zone that was told, and those of a number that names a place: both count (rules-of-the-road L3)."""
    return tuple(dict.fromkeys((zone, *phone.timezones))) if phone.is_placed else (zone,)
