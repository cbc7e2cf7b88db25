"""The pace of bulk work: one at a time, and after each a rest that is longer the more there is to do for others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

MOST_RESTS = 10.0
"""Times as long as a turn took, at most, that bulk work rests after it."""
FORGETS = 1.01
"""The usual turn grows by so much with each that is slower: within 70 turns it has doubled."""


class Pace:
    """Lets one caller in at a time, at most `per_second`, and then rests at least as long as that one took.

    So bulk work takes half of the machine's time when nobody else is there. A turn that takes longer than turns usually
    do waits behind somebody else's work: the rest after it is that many times longer, up to `MOST_RESTS` times. So a
    bulk all but stands still while people answer in crowds, and never quite. Shared by all bulk work of a process.
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
        self._usual: float | None = None
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
                self._free_at = began + max(self._apart, took + self._rest_after(took))

    def _rest_after(self, took: float) -> float:
        """Return the rest in seconds after a turn that took so long, and learn how long turns usually take.

        The quickest turn is what one takes by itself; it is forgotten a little with each, since machines change.
        """
        self._usual = took if self._usual is None else min(took, self._usual * FORGETS)
        return took * min(took / self._usual if self._usual else 1.0, MOST_RESTS)
