"""One way to talk to either database: a transaction is a plain function of a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

Result = TypeVar("Result")


class Database(Protocol):
    """Runs transactions. Each `work` is one: it commits when it returns and leaves no trace when it raises.

    `work` sees a synchronous connection and must not wait for anything else: on SQLite it runs in the writing thread,
    on Postgres in a greenlet of the event loop.
    """

    dialect: str

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on one consistent snapshot; it must not write."""
        ...

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` as a transaction and return when it is on disk."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of all connections."""
        ...
