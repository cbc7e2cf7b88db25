"""People: found, merged, searched, placed in a stage, put to rest and, on demand, forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, case, select

from nurture.domain.consent import Consent, Suppression, Withdrawal
from nurture.domain.erasure import Erasure
from nurture.domain.lead import Contact, Scalar
from nurture.domain.ports import Clock, Saved
from nurture.domain.preferences import Preferences
from nurture.domain.rulings import Ruling
from nurture.store import erasing, journeys, saving
from nurture.store.addresses import AddressHash
from nurture.store.database import Database
from nurture.store.gate_reads import consents_of
from nurture.store.merging import may_be_one
from nurture.store.receipts import withdrawals_of
from nurture.store.rows import contact_of
from nurture.store.rulings import rulings_of, write_down
from nurture.store.schema import leads
from nurture.store.suppressions import suppressions_of

_PAGE = 500
_ASKABLE = frozenset(
    {"id", "email", "phone", "first_name", "last_name", "company", "language", "country", "region"}
    | {"source", "owner", "stage", "score"}
)


class StoredLeads:
    """Implements `nurture.domain.ports.Leads` on a database."""

    def __init__(self, database: Database, hashes: AddressHash, clock: Clock) -> None:
        """Keep people in `database`; `clock` dates what comes without a date."""
        self._database, self._hashes, self._clock = database, hashes, clock

    async def find(self, lead: str) -> Contact | None:
        """Return the person with this id, or None."""
        return await self._first(leads.c.id == lead)

    async def find_by_address(self, *, email: str = "", phone: str = "") -> Contact | None:
        """Return the person with this normalised e-mail address, else with this E.164 number, or None.

        Asked for both, it is the person `save` would merge with: a number alone is no match for another address.
        """
        found = await self._first(leads.c.email == email) if email else None
        if found or not phone:
            return found
        found = await self._first(leads.c.phone == phone)
        return found if found and may_be_one(found, Contact("", email)) else None

    async def save(self, contacts: Sequence[Contact], consents: Sequence[Consent] = ()) -> Saved:
        """Insert or merge people (matched by id, else e-mail, else phone) and their consents, in one transaction.

        `merging.Gathering` says when a phone number is enough. A merge fills gaps, never overwrites what is known,
        never lifts a suppression: those hang on the address, and find it again even after the person was forgotten.
        Batches of 2,000 to 5,000 are fastest.
        """
        if not contacts and not consents:
            return Saved({})
        now = self._clock.now()
        return await self._database.write(lambda conn: saving.save(conn, contacts, consents, now))

    async def all(self, *, where: Mapping[str, Scalar] | None = None) -> AsyncIterator[Contact]:
        """Yield people, oldest first; memory stays flat however many there are. `where` asks columns or own fields."""
        asked = dict(where or {})
        columns = [leads.c[name] == asked.pop(name) for name in list(asked) if name in _ASKABLE]
        last = 0
        while page := await self._page(columns, last):
            for n, contact in page:
                if all(contact.fields.get(name) == value for name, value in asked.items()):
                    yield contact
                last = n

    async def consents(self, lead: str) -> Sequence[Consent]:
        """Return all consent receipts of a person, oldest first."""
        return await self._database.read(lambda conn: consents_of(conn, lead))

    async def withdrawals(self, lead: str) -> Sequence[Withdrawal]:
        """Return the receipt of every no of a person, oldest first; a later yes removes none."""
        return await self._database.read(lambda conn: withdrawals_of(conn, lead))

    async def suppressions(self, lead: str) -> Sequence[Suppression]:
        """Return what silences us towards a person now, by id or by address."""

        def read(conn: Connection) -> Sequence[Suppression]:
            row = conn.execute(select(leads.c.email, leads.c.phone).where(leads.c.id == lead)).first()
            return suppressions_of(conn, self._hashes, lead, *(row or (None, None)))

        return await self._database.read(read)

    async def preferences(self, lead: str) -> Preferences:
        """Return what the person chose on the preference page; a stranger chose nothing."""
        query = select(leads.c.preferences).where(leads.c.id == lead)
        row = await self._database.read(lambda conn: conn.execute(query).first())
        return Preferences.from_details(row.preferences) if row else Preferences()

    async def place(self, lead: str, *, stage: str, reason: str, score: int, now: datetime, owner: str = "") -> None:
        """Write the person's stage (with a row of history when it changes), latest score, and owner if given.

        Raises NotFound for a stranger.
        """
        await self._database.write(lambda conn: journeys.place(conn, lead, stage, reason, score, now, owner))

    async def put_to_rest(self, lead: str, snapshot: str, rulings: Sequence[Ruling] = ()) -> None:
        """Keep the planner's state (JSON text) of a lead whose workflow ends, for the day it wakes again."""
        now = self._clock.now()

        def write(conn: Connection) -> None:
            journeys.put_to_rest(conn, lead, snapshot, now)
            write_down(conn, lead, rulings)

        await self._database.write(write)

    async def write_down(self, lead: str, rulings: Sequence[Ruling]) -> None:
        """Keep what the planner decided, each decision once. Raises NotFound for a stranger."""
        await self._database.write(lambda conn: write_down(conn, lead, rulings))

    async def rulings(self, lead: str) -> Sequence[Ruling]:
        """Return every decision that was written down for a person, oldest first."""
        return await self._database.read(lambda conn: rulings_of(conn, lead))

    async def snapshot(self, lead: str) -> str | None:
        """Return the state kept by `put_to_rest`, or None."""
        return await self._database.read(lambda conn: journeys.snapshot(conn, lead))

    async def search(self, text: str, limit: int = 20) -> Sequence[Contact]:
        """Return people whose id, name, e-mail, phone or company starts with or contains `text`, starts first."""
        sought = text.strip().casefold()
        starts = leads.c.search.contains(f"\n{sought}", autoescape=True)
        query = select(leads).where(leads.c.search.contains(sought, autoescape=True))
        query = query.order_by(case((starts, 0), else_=1), leads.c.n).limit(limit)
        return await self._database.read(lambda conn: [contact_of(row) for row in conn.execute(query)])

    async def erase(self, lead: str, *, by: str = "", reason: str = "") -> Erasure | None:
        """Forget a person: names, addresses, receipts and words go, touches and facts stay without them (GDPR 17).

        All channels close by keyed hash of the address, so that no import revives the person (L10). Returns the
        receipt, None when there is no such person. In a SQLite file the old bytes are gone after `Store.scrub`.
        """
        receipt = Erasure(uuid4().hex, lead, self._clock.now(), by, reason)
        return await self._database.write(lambda conn: erasing.erase(conn, self._hashes, receipt))

    async def erasures(self, lead: str) -> Sequence[Erasure]:
        """Return the receipts of a person who was forgotten, oldest first."""
        return await self._database.read(lambda conn: erasing.erasures_of(conn, lead))

    async def traces(self, email: str, phone: str) -> Mapping[str, int]:
        """Return `table.column` -> rows in which an address still stands: other people may share it. Takes long."""
        sought = erasing.needles(email, phone)
        return await self._database.read(lambda conn: erasing.traces(conn, sought)) if sought else {}

    async def _first(self, which: ColumnElement[bool]) -> Contact | None:
        def read(conn: Connection) -> Any:
            return conn.execute(select(leads).where(which)).first()

        row = await self._database.read(read)
        return None if row is None else contact_of(row)

    async def _page(self, columns: Sequence[ColumnElement[bool]], last: int) -> list[tuple[int, Contact]]:
        query = select(leads).where(leads.c.n > last, *columns).order_by(leads.c.n).limit(_PAGE)
        return await self._database.read(lambda conn: [(row.n, contact_of(row)) for row in conn.execute(query)])
