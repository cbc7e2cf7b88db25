"""What the databases themselves must promise: migrations, durability, neighbours, clean ends."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import Future

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, select, text

from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Contact
from nurture.store import migrate, open_store
from nurture.store import sqlite as store_sqlite
from nurture.store.migrate import connect, demand_current
from nurture.store.schema import halts, metadata


async def test_the_migrations_make_exactly_the_tables_of_the_code(place):
    async with place.open():
        pass
    database = connect(place.url)

    def differences(conn: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata)

    assert await database.read(differences) == []
    await database.close()


async def test_migrating_again_and_at_the_same_time_is_harmless(empty_postgres, tmp_path, clock_at_rest):
    for url in (empty_postgres, f"sqlite:///{tmp_path}/var/deep/nurture.db"):
        await asyncio.gather(*(migrate(url) for _ in range(3)))
        await migrate(url)
        async with open_store(url, clock_at_rest) as store:
            assert await store.leads.find("lead-nobody") is None


async def test_steps_can_be_taken_back(tmp_path):
    from alembic import command

    from nurture.store.migrate import _config

    url = f"sqlite:///{tmp_path}/nurture.db"
    await migrate(url)
    engine = create_engine(url)
    with engine.begin() as conn:
        config = _config()
        config.attributes["connection"] = conn
        command.downgrade(config, "base")
        left = conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    engine.dispose()

    assert {name for name in left if not name.startswith("sqlite_")} == {"alembic_version"}


async def test_a_postgres_without_migrations_is_refused_with_the_way_out(empty_postgres, clock_at_rest):
    with pytest.raises(Misconfigured, match="schema none"):
        async with open_store(empty_postgres, clock_at_rest):
            pass


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite+aiosqlite://", "sqlite:///:memory:"])
async def test_other_homes_are_refused(url, clock_at_rest):
    with pytest.raises(Misconfigured):
        async with open_store(url, clock_at_rest):
            pass


async def test_a_ledger_on_sqlite_is_synced_to_disk_before_it_answers(sqlite):
    def pragmas(conn: Connection) -> list[object]:
        return [
            conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode", "busy_timeout")
        ]

    assert await sqlite.write(pragmas) == [2, "wal", 10_000]  # 2 is FULL


async def test_a_failing_write_takes_no_neighbour_along(sqlite):
    def good(number: int):
        def work(conn: Connection) -> int:
            conn.execute(halts.insert(), {"key": f"sender:{number}", "since": clock_zero()})
            return number

        return work

    def bad(conn: Connection) -> None:
        conn.execute(halts.insert(), {"key": "sender:bad", "since": clock_zero()})
        raise ValueError("no")

    works = [good(number) if number % 3 else bad for number in range(12)]
    ends = await asyncio.gather(*(sqlite.write(work) for work in works), return_exceptions=True)

    assert [isinstance(end, ValueError) for end in ends] == [number % 3 == 0 for number in range(12)]
    kept = await sqlite.read(lambda conn: conn.execute(select(halts.c.key)).scalars().all())
    assert sorted(kept) == sorted(f"sender:{number}" for number in range(12) if number % 3)


async def test_a_commit_that_fails_fails_its_writes_and_spoils_no_later_one(sqlite):
    def defer(conn: Connection) -> None:
        conn.exec_driver_sql("CREATE TABLE child (parent TEXT REFERENCES halts (key) DEFERRABLE INITIALLY DEFERRED)")

    def orphan(conn: Connection) -> None:
        conn.exec_driver_sql("INSERT INTO child VALUES ('nobody')")

    await sqlite.write(defer)
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await sqlite.write(orphan)

    await sqlite.write(lambda conn: conn.execute(halts.insert(), {"key": "all", "since": clock_zero()}))
    assert await sqlite.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM child").scalar()) == 0


async def test_a_file_somebody_else_holds_fails_the_write_and_heals_when_let_go(sqlite, sqlite_path):
    await sqlite.write(lambda conn: conn.exec_driver_sql("PRAGMA busy_timeout=0"))
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception, match="locked"):
        await sqlite.write(lambda conn: None)
    other.execute("ROLLBACK")
    other.close()

    assert await sqlite.write(lambda conn: 7) == 7


async def test_a_write_that_came_while_the_file_was_held_does_not_wait_as_long_once_more(
    sqlite, sqlite_path, monkeypatch
):
    """One wait for the lock is all a webhook has time for: what queued up behind it fails with it."""
    late, commits, commit = Future(), [], store_sqlite._commit

    def commit_while_another_comes(conn, jobs):
        if not commits:
            sqlite._jobs.put(store_sqlite._Job(lambda conn: None, late))
        commits.append(len(jobs))
        return commit(conn, jobs)

    await sqlite.write(lambda conn: conn.exec_driver_sql("PRAGMA busy_timeout=0"))
    monkeypatch.setattr(store_sqlite, "_commit", commit_while_another_comes)
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Exception, match="locked"):
        await sqlite.write(lambda conn: None)
    with pytest.raises(Exception, match="locked"):
        await asyncio.wait_for(asyncio.wrap_future(late), 5)
    other.execute("ROLLBACK")
    other.close()

    assert commits == [1]
    assert await sqlite.write(lambda conn: "written") == "written"


async def test_a_reader_does_not_wait_for_a_writer_and_may_not_write(sqlite, sqlite_path):
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO halts (key, since) VALUES ('all', '')")
    try:
        seen = await sqlite.read(lambda conn: conn.execute(select(halts.c.key)).scalars().all())
    finally:
        other.execute("ROLLBACK")
        other.close()

    assert seen == []
    with pytest.raises(Exception, match="readonly"):
        await sqlite.read(lambda conn: conn.execute(halts.insert(), {"key": "all", "since": clock_zero()}))


async def test_writes_that_wait_are_finished_before_the_file_closes(tmp_path, clock_at_rest):
    url = f"sqlite:///{tmp_path}/nurture.db"
    async with open_store(url, clock_at_rest) as store:
        waiting = [asyncio.ensure_future(store.leads.save([Contact(f"lead-{number}")])) for number in range(20)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    async with open_store(url, clock_at_rest) as store:
        assert len([contact async for contact in store.leads.all()]) == 20


async def test_a_write_nobody_waits_for_any_more_does_no_harm(sqlite):
    write = asyncio.ensure_future(sqlite.write(lambda conn: None))
    await asyncio.sleep(0)
    write.cancel()

    assert await sqlite.write(lambda conn: 7) == 7


async def test_a_current_database_is_accepted(place):
    async with place.open():
        database = connect(place.url)
        assert await database.read(demand_current) is None
        await database.close()


def clock_zero():
    from datetime import UTC, datetime

    return datetime(2026, 3, 2, tzinfo=UTC)
