"""The guard: nothing leaves on a store that is older than what Temporal knows of, or that Temporal has forgotten."""

from __future__ import annotations

import asyncio
import logging
import time

from nurture.domain.halts import STORE
from nurture.domain.ports import Clock
from nurture.domain.store_mark import Keeper, Marks, StoreMark, Switches, is_forgotten, is_older, why_refused

logger = logging.getLogger(__name__)
BY = "store mark"
"""Who throws the switch."""
CALM = 12
"""Looks at a store without new facts and touches between two marks: people, consents and switches change as well."""
UNTOLD = 1_000
"""Facts there may have been after the latest mark that Temporal heard of: their numbers are not given again either."""
_AGAIN_AFTER = 1.0
FRESH = 1.0
"""Seconds that "Temporal knows this store" is believed: a server does not come back on another file within less."""


class StoreGuard:
    """Compares the store with the mark that Temporal keeps, and moves both on while they agree."""

    def __init__(self, marks: Marks, keeper: Keeper, switches: Switches, clock: Clock) -> None:
        self._marks, self._keeper, self._switches, self._clock = marks, keeper, switches, clock
        self._calm, self._refused = 0, False
        self._known_at = -FRESH

    async def admit(self) -> bool:
        """Look until there is an answer: nobody may poll before. Return whether the store may be sent on."""
        while True:
            try:
                return await self.look()
            except Exception as failure:  # noqa: BLE001 -- Temporal or the store is away: it comes back
                logger.warning("the store's mark cannot be compared yet, trying again: %s", failure)
            await asyncio.sleep(_AGAIN_AFTER)

    async def run(self, every: float) -> None:
        """Look for ever, `every` seconds of the wall clock; a look that fails is logged and the next one comes."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.look()
            except Exception as failure:  # noqa: BLE001 -- the next look comes in a moment
                logger.warning("the store's mark could not be compared: %s", failure)

    async def knows(self) -> bool:
        """Return whether Temporal knows this store, or never knew any: what `FRESH` seconds ago was so is believed."""
        if time.monotonic() - self._known_at >= FRESH:
            asked_at = time.monotonic()
            kept, mark, _ = await self._compare()
            if is_forgotten(mark, kept):
                return False
            self._known_at = asked_at
        return True

    async def look(self) -> bool:
        """Return whether the store is as far as Temporal knows; if not, throw the switch that stops everything."""
        kept, mark, has_grown = await self._compare()
        if kept is not None and is_older(mark, kept):
            await self._refuse(mark, kept)
            return False
        if is_forgotten(mark, kept):
            self._complain("Temporal knows nothing of this store. Leads wait until nurture rebuild has been run")
            return False
        self._refused = False
        self._calm = 0 if has_grown else self._calm + 1
        if not mark.beat:
            await self._keeper.begin(kept or StoreMark(1, at=self._clock.now()))
        if has_grown or not mark.beat or self._calm >= CALM:
            await self._move_on(mark)
        elif kept is not None and kept.beat < mark.beat:  # set, and not told: its worker died
            await self._keeper.tell(mark)
        return True

    async def _compare(self) -> tuple[StoreMark | None, StoreMark, bool]:
        """Return Temporal's mark, the store's, and whether the store grew since.

        Temporal before the store: what another worker moves on meanwhile is further, not older. What only looks
        forgotten may be the first mark of another worker, which told it before it was set.
        """
        kept = await self._keeper.read()
        mark, has_grown = await self._marks.read()
        if is_forgotten(mark, kept):
            kept = await self._keeper.read()
        return kept, mark, has_grown

    async def _move_on(self, mark: StoreMark) -> None:
        """Set the next mark, then tell it: a crash in between leaves a store that is ahead, and that is no harm."""
        following = await self._marks.move_on(mark.beat, self._clock.now())
        if following is not None:
            self._calm = 0
            await self._keeper.tell(following)

    async def _refuse(self, mark: StoreMark, kept: StoreMark) -> None:
        why = why_refused(mark, kept)
        await self._switches.halt(STORE, why=why, by=BY, now=self._clock.now())
        await self._marks.number_behind(kept.facts + UNTOLD)
        self._complain(f"Nothing is sent: {why}")

    def _complain(self, why: str) -> None:
        if not self._refused:
            logger.error(why)
        self._refused = True
