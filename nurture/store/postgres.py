"""Postgres: a pool of asyncpg connections; row locks make a read-modify-write safe."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import create_async_engine

from nurture.store.database import Result


class PostgresDatabase:
    """A Postgres server. Writers run at READ COMMITTED behind row locks, readers on one snapshot."""

    dialect = "postgresql"

    def __init__(self, url: URL, connections: int = 20) -> None:
        """Prepare a pool of at most `connections`; nothing is opened yet."""
        # A stale connection found while settling would leave a touch uncertain: ask before use, one round trip.
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,  # an error may end up in a history or a log: no addresses in it
        )
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on one consistent snapshot."""
        async with self._reading.begin() as conn:
            return await conn.run_sync(work)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` as a transaction and return when it is committed."""
        async with self._engine.begin() as conn:
            return await conn.run_sync(work)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
