"""An import: rows in, people in the store, and a report that accounts for every row."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from nurture.domain.errors import Conflict, Invalid
from nurture.domain.events import Event, EventKind
from nurture.domain.ports import Clock, Inbox, Leads
from nurture.intake.person import Accepted
from nurture.intake.reading import Rejected, Row

BATCH = 1_000
"""Rows saved in one transaction."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows: read = imported + merged + rejected.

    `merged` are rows whose person was met before in this run or is known to the store under another id. `opted_out`
    counts people who closed a channel. `notes` says how often something was left out of a person, by reason.
    """

    read: int = 0
    imported: int = 0
    merged: int = 0
    rejected: int = 0
    opted_out: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)


async def import_leads(
    rows: Iterable[Row],
    leads: Leads,
    inbox: Inbox,
    clock: Clock,
    on_progress: Callable[[ImportReport], None] | None = None,
    *,
    on_reject: Callable[[Rejected], None] | None = None,
    batch: int = BATCH,
) -> ImportReport:
    """Save all people in `rows`, `batch` at a time, and report; repeating an import makes nobody twice.

    Opt-outs are recorded as facts, so they silence like a person's own word. `on_progress` hears the report so far
    after each batch, `on_reject` each row that could not be taken, also those the store refuses (Invalid, Conflict).
    """
    with closing(_Run(leads, inbox, clock, on_reject)) as run:
        for part in _batches(rows, batch):
            await run.take(part)
            if on_progress:
                on_progress(run.report())
        return run.report()


class _Run:
    """The state of one import."""

    def __init__(self, leads: Leads, inbox: Inbox, clock: Clock, on_reject: Callable[[Rejected], None] | None) -> None:
        self._leads, self._inbox, self._clock, self._on_reject = leads, inbox, clock, on_reject
        self._counts: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()
        # On disk (SQLite's private temporary file), so that a million rows need no more memory than a thousand.
        self._met = sqlite3.connect("")
        self._met.execute("CREATE TABLE met (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def close(self) -> None:
        self._met.close()

    def report(self) -> ImportReport:
        count = self._counts
        return ImportReport(
            count["read"], count["imported"], count["merged"], count["rejected"], count["opted_out"], dict(self._notes)
        )

    async def take(self, rows: Sequence[Row]) -> None:
        self._counts["read"] += len(rows)
        people = [row for row in rows if isinstance(row, Accepted)]
        for row in rows:
            if isinstance(row, Rejected):
                self._reject(row)
        stored = await self._save(people)
        saved = [person for person in people if person.contact.id in stored]
        self._count(saved, stored)
        for person in saved:
            if person.opt_outs:
                await self._close(person, stored[person.contact.id])

    async def _save(self, people: Sequence[Accepted]) -> Mapping[str, str]:
        """Save a batch; when the store refuses it, save one by one, so that one bad row costs one row."""
        if not people:
            return {}
        try:
            return await self._saved(people)
        except (Invalid, Conflict) as error:
            if len(people) == 1:
                self._reject(Rejected(people[0].row, error.reason))
                return {}
            return {given: kept for person in people for given, kept in (await self._save([person])).items()}

    async def _saved(self, people: Sequence[Accepted]) -> Mapping[str, str]:
        now = self._clock.now()
        receipts = [receipt for person in people for receipt in person.consents]
        receipts += [person.claim.receipt(person.contact, now) for person in people if person.claim]
        return await self._leads.save([person.contact for person in people], receipts)

    def _count(self, saved: Sequence[Accepted], stored: Mapping[str, str]) -> None:
        own = [person.contact.id for person in saved if stored[person.contact.id] == person.contact.id]
        imported = self._first_met(own)
        self._first_met([stored[person.contact.id] for person in saved])
        self._counts["imported"] += imported
        self._counts["merged"] += len(saved) - imported
        self._counts["opted_out"] += sum(bool(person.opt_outs) for person in saved)
        self._notes.update(note for person in saved for note in person.notes)

    def _first_met(self, ids: Sequence[str]) -> int:
        """Remember these people and return how many of them this run had not met before."""
        before = self._met.total_changes
        self._met.executemany("INSERT OR IGNORE INTO met VALUES (?)", ((each,) for each in ids))
        return self._met.total_changes - before

    async def _close(self, person: Accepted, stored: str) -> None:
        """Record each channel the person closed; the fact's id makes a second import harmless."""
        for channel in person.opt_outs:
            await self._inbox.record(
                Event(
                    id=f"import-opt-out-{stored}-{channel}",
                    kind=EventKind.OPTED_OUT,
                    lead=stored,
                    at=self._clock.now(),
                    details={"channel": str(channel), "scope": "marketing", "how": "import"},
                )
            )

    def _reject(self, row: Rejected) -> None:
        self._counts["rejected"] += 1
        if self._on_reject:
            self._on_reject(row)


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    source = iter(rows)
    while part := list(islice(source, size)):
        yield part
