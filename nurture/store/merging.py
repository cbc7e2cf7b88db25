"""Importing a person we already know: gaps are filled, nothing known is overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nurture.domain.lead import Contact
from nurture.domain.ports import Saved

_GAPS = ("first_name", "last_name", "company", "language", "country", "region", "timezones", "source", "owner")


def merged(known: Contact, news: Contact) -> Contact:
    """Return `known` with its gaps filled from `news`; stage, id, day of creation and addresses stay as they are."""
    gaps: dict[str, Any] = {name: getattr(news, name) for name in _GAPS if not getattr(known, name)}
    found = {name: value for name, value in news.fields.items() if known.fields.get(name) in (None, "")}
    if not found and not any(gaps.values()):
        return known
    return replace(known, fields={**known.fields, **found}, **gaps)


@dataclass(slots=True)
class Gathering:
    """The people a batch is about: those the store knows and those the batch brings, each findable three ways.

    A phone number finds its person only when at most one side has an e-mail address: couples and colleagues behind one
    switchboard share a number, and whoever merges them sends one the other's mail. Such people stay two, and the number
    stays with who had it first (`sharing` says who), so that a text to it, and an answer from it, mean one person. An
    address that differs is not weighed against the id: who brings a known id is that person.
    """

    people: dict[str, Contact] = field(default_factory=dict)
    by_email: dict[str, str] = field(default_factory=dict)
    by_phone: dict[str, str] = field(default_factory=dict)
    fresh: dict[str, None] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)
    stored_as: dict[str, str] = field(default_factory=dict)
    sharing: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[Contact], batch: Iterable[Contact]) -> Gathering:
        """Match every person of the batch by id, else e-mail, else phone, in order."""
        gathering = cls()
        for contact in known:
            gathering._place(contact)
        for contact in batch:
            gathering._add(contact)
        return gathering

    def new(self) -> list[Contact]:
        """Return the people nobody knew."""
        return [self.people[lead] for lead in self.fresh]

    def touched(self) -> list[Contact]:
        """Return the people whose gaps were filled."""
        return [self.people[lead] for lead in self.changed if lead not in self.fresh]

    def saved(self) -> Saved:
        """Return what became of the batch."""
        return Saved(self.stored_as, frozenset(self.fresh), self.sharing)

    def number_of(self, person: Contact) -> str:
        """Return the phone number that is kept with this person: "" when somebody else had it first."""
        return person.phone if self.by_phone.get(person.phone) == person.id else ""

    def _add(self, contact: Contact) -> None:
        lead = self._find(contact)
        if lead is None:
            lead = contact.id
            self.fresh[lead] = None
            self._place(contact)
        else:
            self._merge(self.people[lead], contact)
        self.stored_as[contact.id] = lead
        if contact.phone and (owner := self.by_phone.get(contact.phone, lead)) != lead:
            self.sharing[contact.id] = owner

    def _merge(self, known: Contact, news: Contact) -> None:
        better = self._with_addresses(merged(known, news), news)
        if better is not known:
            self.changed[known.id] = None
            self._place(better)

    def _find(self, contact: Contact) -> str | None:
        if contact.id in self.people:
            return contact.id
        found = self.by_email.get(contact.email) if contact.email else None
        return found or (self._by_number(contact) if contact.phone else None)

    def _by_number(self, contact: Contact) -> str | None:
        owner = self.by_phone.get(contact.phone)
        return owner if owner and may_be_one(self.people[owner], contact) else None

    def _with_addresses(self, known: Contact, news: Contact) -> Contact:
        """Fill a missing address, unless it is somebody else's already."""
        has_phone = self.number_of(known)
        if (known.email or not news.email) and (has_phone or not news.phone):
            return known
        email = known.email or _unless_taken(news.email, self.by_email)
        phone = has_phone or _unless_taken(news.phone, self.by_phone)
        return known if (email, phone) == (known.email, known.phone) else replace(known, email=email, phone=phone)

    def _place(self, contact: Contact) -> None:
        self.people[contact.id] = contact
        if contact.email:
            self.by_email[contact.email] = contact.id
        if contact.phone:
            self.by_phone.setdefault(contact.phone, contact.id)


def may_be_one(known: Contact, other: Contact) -> bool:
    """Whether two people with one phone number may be one person: unless each has an e-mail address of its own."""
    return not known.email or not other.email or known.email == other.email


def _unless_taken(address: str, owners: Mapping[str, str]) -> str:
    return "" if address in owners else address
