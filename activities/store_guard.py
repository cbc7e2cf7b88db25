"""The guard: nothing leaves on a store that is older than what Temporal knows of."""

from __future__ import annotations

import asyncio
import logging

from nurture.domain.halts import STORE
from nurture.domain.ports import Clock
from nurture.domain.store_mark import Keeper, Marks, StoreMark, Switches, is_older, why_refused

logger = logging.getLogger(__name__)
BY = "store mark"
"""Who throws the switch."""
CALM = 12
"""Looks at a store without new facts and touches between two marks: people, consents and switches change as well."""
UNTOLD = 1_000
"""Facts there may have been after the latest mark that Temporal heard of: their numbers are not given again either."""
_AGAIN_AFTER = 1.0


class StoreGuard:
    """Compares the store with the mark that Temporal keeps, and moves both on while they agree."""

    def __init__(self, marks: Marks, keeper: Keeper, switches: Switches, clock: Clock) -> None:
        self._marks, self._keeper, self._switches, self._clock = marks, keeper, switches, clock
        self._calm, self._refused = 0, False

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

    async def look(self) -> bool:
        """Return whether the store is as far as Temporal knows; if not, throw the switch that stops everything."""
        kept = (
            await self._keeper.read()
        )  # before the store: what another worker moves on meanwhile is further, not older
        mark, has_grown = await self._marks.read()
        if kept is not None and is_older(mark, kept):
            await self._refuse(mark, kept)
            return False
        self._refused = False
        self._calm = 0 if has_grown else self._calm + 1
        if has_grown or not mark.beat or self._calm >= CALM:
            await self._move_on(mark)
        elif kept is None or kept.beat < mark.beat:  # set, and not told: its worker died, or Temporal is a new one
            await self._keeper.tell(mark)
        return True

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
        if not self._refused:
            logger.error("Nothing is sent: %s", why)
        self._refused = True
