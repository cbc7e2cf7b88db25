"""The guard throws the switch on a store that is older than what Temporal knows of, and on no other."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.store_guard import CALM, UNTOLD, StoreGuard
from nurture.authoring.library import Bookshelf
from nurture.domain.consent import Basis, Consent
from nurture.domain.events import Event, EventKind
from nurture.domain.gates import gate
from nurture.domain.halts import STORE
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.policies import Policies
from nurture.domain.store_mark import StoreMark, further
from nurture.domain.touch import Touch
from nurture.store import open_store

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICIES = Policies.from_document(Bookshelf.open(Path(__file__).parents[2], 2026).policies)
ADA = Contact(id="ada", email="ada@example.com", country="GB", timezones=("Europe/London",))

AGREED = Consent(
    "ada", Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS_WRITTEN, MONDAY.replace(hour=8), "form", "I agree"
)


class Clock:
    def now(self):
        return MONDAY


class Temporal:
    """Keeps a mark; may be away."""

    def __init__(self):
        self.mark, self.told, self.away = None, 0, 0

    async def read(self):
        if self.away:
            self.away -= 1
            raise ConnectionError("Temporal is away")
        return self.mark

    async def tell(self, mark):
        self.told += 1
        self.mark = self.mark and further(self.mark, mark)

    async def begin(self, mark):
        self.told += 1
        self.mark = further(self.mark or mark, mark)


class Site:
    """A store in a file that can be backed up and put back, and a Temporal that goes on."""

    def __init__(self, folder):
        self.file, self.backup, self.temporal = folder / "nurture.db", folder / "backup.db", Temporal()

    def open(self):
        return open_store(f"sqlite+aiosqlite:///{self.file}", Clock(), key=b"guard")

    def guard(self, store):
        return StoreGuard(store.marks, self.temporal, store.halts, Clock())

    def copy(self, source, target):
        with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
            there.backup(here)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


async def happens(store, number):
    return await store.inbox.record(Event(f"fact-{number}", EventKind.OPENED, "ada", MONDAY))


async def switches(store):
    return [halt.key for halt in await store.halts.current(MONDAY)]


async def test_a_first_start_begins_the_mark_and_halts_nothing(site):
    async with site.open() as store:
        assert await site.guard(store).look()

        assert site.temporal.mark == StoreMark(1, 0, 0, MONDAY)
        assert await switches(store) == []


async def test_the_mark_moves_with_the_facts_and_rests_when_nothing_happens(site):
    async with site.open() as store:
        guard = site.guard(store)
        await guard.look()
        await happens(store, 1)
        await guard.look()
        assert (site.temporal.mark.beat, site.temporal.mark.facts) == (2, 1)

        for _ in range(CALM - 1):
            await guard.look()
        assert site.temporal.told == 3
        await guard.look()  # consents and switches may have changed
        assert (site.temporal.told, site.temporal.mark.beat) == (4, 3)


async def test_a_restored_backup_sends_nothing_even_when_it_went_on_meanwhile(site, caplog):
    async with site.open() as store:
        await store.leads.save([ADA], [AGREED])
        await happens(store, 1)
        await site.guard(store).look()
    site.copy(site.file, site.backup)
    async with site.open() as store:
        await happens(store, 2)
        await site.guard(store).look()
    site.copy(site.backup, site.file)

    async with site.open() as store:
        for number in range(3, 30):  # people click while no worker runs
            await happens(store, number)
        guard = site.guard(store)
        with caplog.at_level(logging.ERROR):
            assert not await guard.admit()
            assert not await guard.look()

        [halt] = await store.halts.current(MONDAY)
        assert (halt.key, halt.by) == (STORE, "store mark")
        assert "run nurture reconcile" in halt.why
        assert len(caplog.records) == 1
        touch = Touch("t1", "ada", "trial", "v1", "welcome", Channel.EMAIL, "welcome", window="any-time", stage="lead")
        facts = (await store.ledger.outset(touch, MONDAY)).facts
        assert facts is not None
        verdict = gate(touch, facts, POLICIES, MONDAY)
        assert verdict is not None
        assert verdict.code == "halted"
        stored = await happens(store, 99)
        assert stored is not None
        assert stored.seq > site.temporal.mark.facts + UNTOLD


async def test_a_worker_waits_for_the_answer_before_it_polls(site, monkeypatch):
    monkeypatch.setattr("activities.store_guard._AGAIN_AFTER", 0.0)
    site.temporal.away = 2
    async with site.open() as store:
        assert await site.guard(store).admit()
    assert site.temporal.away == 0


async def test_a_mark_that_was_set_and_not_told_is_told_by_the_next_worker(site):
    async with site.open() as store:
        await site.guard(store).look()
        await store.marks.move_on(1, MONDAY)
        assert await site.guard(store).look()
    assert site.temporal.mark.beat == 2


async def test_a_first_mark_that_was_told_and_not_set_is_set_by_the_next_worker(site):
    async with site.open() as store:
        await site.temporal.begin(StoreMark(1, at=MONDAY))
        assert await site.guard(store).look()
        assert await switches(store) == []
        assert (await store.marks.read())[0].beat == 1
    assert site.temporal.mark.beat == 1


async def test_a_worker_that_starts_beside_the_first_one_forgets_nothing(site):
    """It asks Temporal before the first mark is told, and the store after it was set."""
    async with site.open() as store:
        first, second = site.guard(store), site.guard(store)
        read, asked = site.temporal.read, []

        async def before_the_other():
            found = await read()
            if not asked:
                asked.append(found)
                await first.look()
            return found

        site.temporal.read = before_the_other
        assert await second.look()
        assert asked == [None]


async def test_a_temporal_that_forgot_the_store_is_told_nothing_before_the_rebuild(site, caplog):
    async with site.open() as store:
        guard = site.guard(store)
        assert await guard.knows()  # a new store is known to nobody, and nobody forgot it
        await guard.look()
        site.temporal.mark = None

        with caplog.at_level(logging.ERROR):
            assert not await site.guard(store).knows()
            assert not await guard.look()
            assert not await guard.look()
        assert (site.temporal.mark, await switches(store)) == (None, [])
        assert [record.message for record in caplog.records] == [
            "Temporal knows nothing of this store. Leads wait until nurture rebuild has been run"
        ]
        await site.temporal.begin((await store.marks.read())[0])
        assert await guard.look()
        assert await site.guard(store).knows()


async def test_what_temporal_knew_a_moment_ago_is_not_asked_again(site):
    async with site.open() as store:
        guard = site.guard(store)
        assert await guard.knows()
        site.temporal.away = 1
        assert await guard.knows()
        assert site.temporal.away == 1


async def test_two_workers_never_take_each_other_for_an_older_store(site):
    async with site.open() as store:
        one, two = site.guard(store), site.guard(store)
        for number in range(20):
            await happens(store, number)
            assert await one.look()
            assert await two.look()
        assert await switches(store) == []
