"""An import: rows in, people in the store, and a report that accounts for every row."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from nurture.domain.consent import Consent
from nurture.domain.errors import Conflict, Invalid
from nurture.domain.events import Event, EventKind
from nurture.domain.ports import Clock, Inbox, Leads, Saved
from nurture.intake.leadmap import PHONE_CHANNELS
from nurture.intake.person import Accepted
from nurture.intake.reading import Rejected, Row

BATCH = 4_000
"""Rows saved in one transaction."""
SHARED = "phone: somebody else had this number first"
"""The note about people whose number is kept with another person (`domain.ports.Saved.sharing`)."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows: read = imported + merged + rejected.

    `imported` are people nobody knew before. `merged` are rows whose person was known: from an earlier row, or from the
    store, as everybody is when a file is imported again. `opted_out` counts rows that close a channel. `notes` says how
    often something was left out of a person, by reason.
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
    file: str = "",
) -> ImportReport:
    """Save all people in `rows`, `batch` at a time, and report; repeating an import makes nobody twice.

    `file` is the name that consent receipts give, with the row, as the place where their proof lies.

    Opt-outs are recorded as facts, so they silence like a person's own word. `on_progress` hears the report so far
    after each batch, `on_reject` each row that could not be taken, also those the store refuses (Invalid, Conflict).
    While a batch is saved, the next one is taken from `rows` in a thread.
    """
    run = _Run(leads, inbox, clock, on_reject, file)
    async with aclosing(_ahead(rows, batch)) as parts:
        async for part in parts:
            await run.take(part)
            if on_progress:
                on_progress(run.report())
    return run.report()


class _Run:
    """The state of one import."""

    def __init__(
        self, leads: Leads, inbox: Inbox, clock: Clock, on_reject: Callable[[Rejected], None] | None, file: str
    ) -> None:
        self._leads, self._inbox, self._clock, self._on_reject, self._file = leads, inbox, clock, on_reject, file
        self._counts: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()

    def report(self) -> ImportReport:
        count = self._counts
        return ImportReport(
            count["read"], count["imported"], count["merged"], count["rejected"], count["opted_out"], dict(self._notes)
        )

    async def take(self, rows: Sequence[Row]) -> None:
        self._counts["read"] += len(rows)
        people = []
        for row in rows:
            if isinstance(row, Accepted):
                people.append(row)
            else:
                self._reject(row)
        await self._save(people)

    async def _save(self, people: Sequence[Accepted]) -> None:
        """Save a batch; when the store refuses it, save one by one, so that one bad row costs one row."""
        if not people:
            return
        now = self._clock.now()
        try:
            receipts = list(_receipts(people, now, self._file))
            saved = await self._leads.save([person.contact for person in people], receipts)
        except (Invalid, Conflict) as error:
            if len(people) == 1:
                self._reject(Rejected(people[0].row, error.reason))
                return
            for person in people:
                await self._save([person])
            return
        self._count(people, saved)
        if noes := list(_noes(people, saved, now)):
            await self._inbox.record_many(noes)

    def _count(self, people: Sequence[Accepted], saved: Saved) -> None:
        self._counts["imported"] += len(saved.new)
        self._counts["merged"] += len(people) - len(saved.new)
        self._counts["opted_out"] += sum(bool(person.opt_outs) for person in people)
        self._notes.update(note for person in people if person.notes for note in person.notes)
        if saved.sharing:
            self._notes[SHARED] += sum(person.contact.id in saved.sharing for person in people)

    def _reject(self, row: Rejected) -> None:
        self._counts["rejected"] += 1
        if self._on_reject:
            self._on_reject(row)


def _receipts(people: Iterable[Accepted], now: datetime, file: str) -> Iterator[Consent]:
    for person in people:
        proof = f"{file} row {person.row}".strip()
        for consent in person.consents:
            yield replace(consent, proof=proof)
        if person.claim:
            yield person.claim.receipt(person.contact, now, proof)


def _noes(people: Iterable[Accepted], saved: Saved, now: datetime) -> Iterator[Event]:
    """Yield a fact for each channel a person closed; its id makes a second import harmless.

    A no to calls or texts is meant for the number: who had it first is left alone as well.
    """
    for person in people:
        given = person.contact.id
        for channel in person.opt_outs:
            yield _no(saved[given], channel, now)
            if channel in PHONE_CHANNELS and given in saved.sharing:
                yield _no(saved.sharing[given], channel, now)


def _no(lead: str, channel: str, now: datetime) -> Event:
    return Event(
        id=f"import-opt-out-{lead}-{channel}",
        kind=EventKind.OPTED_OUT,
        lead=lead,
        at=now,
        details={"channel": str(channel), "scope": "marketing", "how": "import"},
    )


async def _ahead(rows: Iterable[Row], size: int) -> AsyncGenerator[list[Row], None]:
    """Yield the rows in batches; a thread takes the next batch while the caller works on this one."""
    source = iter(rows)

    def some() -> list[Row]:
        return list(islice(source, size))

    part = await asyncio.to_thread(some)
    while part:
        following = asyncio.create_task(asyncio.to_thread(some))
        try:
            yield part
        finally:  # also when the caller fails: nobody may close the file under the thread that reads it
            part = await following
