"""SQLite: one thread writes, several read; writes that wait together share one sync to disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from nurture.domain.errors import Misconfigured
from nurture.store.database import Result

# FULL: a wire mark that a power cut takes back is a message sent twice. Measured on a virtual disk: 10,900 commits/s
# against 95,000 with NORMAL, and writes that wait together share one sync, so it costs little.
_PRAGMAS = ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000")
_READERS = 4
_TOGETHER = 64
"""At most so many waiting writes share a commit: other processes want the lock too."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    done: Future[Any]

    def run(self, conn: Connection) -> tuple[Any, Exception | None]:
        """Run inside a savepoint, so that one failing write takes none of its neighbours along."""
        say = conn.connection.cursor().execute  # past SQLAlchemy, which takes ten times as long for these
        say("SAVEPOINT job")
        try:
            result = self.work(conn)
        except Exception as failure:  # noqa: BLE001 - handed to the task that waits for it
            say("ROLLBACK TO job")
            say("RELEASE job")
            return None, failure
        say("RELEASE job")
        return result, None

    def tell(self, result: Any, failure: Exception | None) -> None:
        """Wake the task that waits."""
        if failure is None:
            self.done.set_result(result)
        else:
            self.done.set_exception(failure)


class SqliteDatabase:
    """A SQLite file in WAL mode.

    The statements of a transaction run in one thread without a switch per statement: with aiosqlite each statement
    costs several switches, and a transaction of six statements took twice as long.
    """

    dialect = "sqlite"

    def __init__(self, url: URL) -> None:
        """Open the file, made with its folder if missing. Raises Misconfigured for a database in memory."""
        path = url.database or ""
        if path in ("", ":memory:"):
            raise Misconfigured(
                "The store needs a SQLite file", remedy="Use a URL such as sqlite+aiosqlite:///var/x.db"
            )
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._engine = _engine(url, "BEGIN IMMEDIATE")
        self._reading = _engine(url, "BEGIN", "query_only=ON")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-read")
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._connection = self._engine.connect()
        self._writer = threading.Thread(target=self._write_all, name="store-write", daemon=True)
        self._writer.start()

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on one consistent snapshot, beside any writer."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(self._read, work))

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in the writing thread and return when it is synced to disk."""
        job = _Job(work, Future())
        self._jobs.put(job)
        result: Result = await asyncio.wrap_future(job.done)
        return result

    async def close(self) -> None:
        """Finish the writes that wait, then close the file."""
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._engine.dispose()
        self._reading.dispose()

    def _read(self, work: Callable[[Connection], Result]) -> Result:
        with self._reading.begin() as conn:
            return work(conn)

    def _write_all(self) -> None:
        open_for_work = True
        with self._connection as conn:
            while open_for_work:
                waiting = [self._jobs.get(), *self._also_waiting()]
                open_for_work = None not in waiting
                failure = self._work(conn, waiting)
                if isinstance(failure, OperationalError):
                    # Whoever came while we waited for the lock would wait as long again: a webhook is given up by then.
                    late = self._also_waiting()
                    open_for_work = open_for_work and None not in late
                    for job in _wanted(late):
                        job.tell(None, failure)

    def _work(self, conn: Connection, waiting: list[_Job | None]) -> Exception | None:
        jobs = _wanted(waiting)
        return _commit(conn, jobs) if jobs else None

    def _also_waiting(self) -> list[_Job | None]:
        waiting: list[_Job | None] = []
        try:
            while len(waiting) < _TOGETHER:
                waiting.append(self._jobs.get_nowait())
        except Empty:
            return waiting
        return waiting


def _wanted(waiting: list[_Job | None]) -> list[_Job]:
    """Return the jobs somebody still waits for."""
    return [job for job in waiting if job and job.done.set_running_or_notify_cancel()]


def _commit(conn: Connection, jobs: list[_Job]) -> Exception | None:
    """Run the jobs in one transaction; return what kept all of them from being written, None when that worked."""
    everybodys: Exception | None = None
    try:
        with conn.begin():
            outcomes = [job.run(conn) for job in jobs]
    except Exception as failure:  # noqa: BLE001 - a full disk or a locked file is every waiting task's failure
        # After a COMMIT that failed, SQLite is still inside the transaction and SQLAlchemy believes it is not.
        conn.connection.rollback()
        outcomes, everybodys = [(None, failure)] * len(jobs), failure
    for job, outcome in zip(jobs, outcomes, strict=True):
        job.tell(*outcome)
    return everybodys


def _engine(url: URL, begin: str, *more: str) -> Engine:
    address = url.set(drivername="sqlite")
    # An error may end up in a history or a log: no addresses in it.
    engine = create_engine(address, pool_size=_READERS, query_cache_size=1_000, hide_parameters=True)

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late for a read-modify-write
        for pragma in (*_PRAGMAS, *more):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    return engine
