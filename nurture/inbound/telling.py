"""Telling: a stored fact is told to its workflow, and whoever brought it waits no more than a moment for that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from nurture.domain.events import Event
from nurture.domain.ports import Clock, Inbox

PATIENCE = 0.3
"""Seconds of the wall clock a door waits for the workflow to hear; Twilio wants its answer within one (T11)."""
LEFT_AFTER = 10.0
"""Seconds of the wall clock after which a fact that is still not heard is left to the relay."""
LINES = 32
"""Facts told at the same time by one teller: a crowd waits here, in order, and not inside Temporal."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Teller:
    """Tells facts that are stored already. `tell` delivers one to its workflow and may raise."""

    inbox: Inbox
    clock: Clock
    tell: Callable[[Event, str], Awaitable[None]]
    _lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LINES))
    _under_way: set[asyncio.Task[bool]] = field(default_factory=set)

    async def __call__(self, event: Event, target: str = "") -> bool:
        """Return whether the fact was heard within PATIENCE seconds. Never raises.

        What was not heard by then is told on beside the caller; what is not heard at all waits for the relay.
        """
        telling = asyncio.create_task(self._tell(event, target))
        self._under_way.add(telling)
        telling.add_done_callback(self._under_way.discard)
        await asyncio.wait({telling}, timeout=PATIENCE)
        return telling.done() and telling.result()

    async def _tell(self, event: Event, target: str) -> bool:
        try:
            async with asyncio.timeout(LEFT_AFTER), self._lines:
                await self.tell(event, target)
            await self.inbox.told([event.id], self.clock.now())
        except Exception as failure:  # noqa: BLE001 -- it is stored, and the relay tells it: no door fails for this
            why = f"not heard within {LEFT_AFTER:g} s" if isinstance(failure, TimeoutError) else repr(failure)
            logger.warning("fact %s of kind %s waits for the relay: %s", event.id, event.kind, why)
            return False
        return True
