"""The pace of bulk work: one at a time, and after each a rest that is longer the more there is to do for others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Pace:
    """Lets one caller in at a time, at most `per_second`, and then rests at least as long as that one took.

    So bulk work takes half of the machine's time when nobody else is there, and backs off by itself as soon as its own
    steps take longer because somebody else waits too. Shared by all bulk work of a process.
    """

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._apart = 1 / per_second
        self._clock, self._rest = clock, rest
        self._one = asyncio.Lock()
        self._free_at = clock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it."""
        async with self._one:
            while (left := self._free_at - self._clock()) > 0:
                await self._rest(left)
            began = self._clock()
            try:
                yield
            finally:
                took = self._clock() - began
                self._free_at = began + max(self._apart, 2 * took)
