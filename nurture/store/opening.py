"""Opens the store: one database, every port on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nurture.domain.ports import Clock
from nurture.domain.senders import SenderPolicy
from nurture.store.addresses import AddressHash
from nurture.store.database import Database
from nurture.store.enrolments import StoredEnrolments
from nurture.store.evidence import StoredEvidence
from nurture.store.halts import StoredHalts
from nurture.store.inbox import StoredInbox
from nurture.store.leads import StoredLeads
from nurture.store.ledger import StoredLedger
from nurture.store.library import StoredLibrary
from nurture.store.links import StoredLinks
from nurture.store.marks import StoredMarks
from nurture.store.migrate import connect, demand_current, upgrade
from nurture.store.reports import Reports
from nurture.store.scrubbing import scrub
from nurture.store.senders import StoredSenders
from nurture.store.sweeps import StoredSweeps
from nurture.store.tasks import StoredTasks


@dataclass(frozen=True, slots=True)
class Store:
    """Every storage port of the domain, on one database."""

    ledger: StoredLedger
    inbox: StoredInbox
    leads: StoredLeads
    library: StoredLibrary
    tasks: StoredTasks
    senders: StoredSenders
    links: StoredLinks
    halts: StoredHalts
    reports: Reports
    sweeps: StoredSweeps
    evidence: StoredEvidence
    enrolments: StoredEnrolments
    marks: StoredMarks
    url: str = field(default="", repr=False)

    async def scrub(self) -> bool:
        """Rewrite a SQLite file so that what was deleted is gone from its bytes too; whether all of it is."""
        return await asyncio.to_thread(scrub, self.url)


@asynccontextmanager
async def open_store(
    url: str, clock: Clock, *, key: bytes = b"", senders: SenderPolicy | None = None
) -> AsyncIterator[Store]:
    """Open the store at `url` and close it afterwards.

    A SQLite file is made and migrated on the way; a Postgres database must have been migrated (`migrate`), because many
    processes start there at once. `key` keys the address hashes that outlive an erasure: set it in production and never
    change it. `senders` holds pools, caps and spacing; without it nothing can be booked. Raises Misconfigured.
    """
    database = connect(url)
    try:
        await (database.write(upgrade) if database.dialect == "sqlite" else database.read(demand_current))
        yield _store(url, database, clock, AddressHash(key), senders or SenderPolicy())
    finally:
        await database.close()


def _store(url: str, database: Database, clock: Clock, hashes: AddressHash, senders: SenderPolicy) -> Store:
    return Store(
        ledger=StoredLedger(database, hashes),
        inbox=StoredInbox(database, hashes, clock, senders),
        leads=StoredLeads(database, hashes, clock),
        library=StoredLibrary(database, clock),
        tasks=StoredTasks(database, clock),
        senders=StoredSenders(database, senders),
        links=StoredLinks(database, clock),
        halts=StoredHalts(database),
        reports=Reports(database),
        sweeps=StoredSweeps(database),
        evidence=StoredEvidence(database, hashes),
        url=url,
        enrolments=StoredEnrolments(database),
        marks=StoredMarks(database),
    )
