"""The relay: whatever was stored and not told to its workflow yet is told again, until it is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from nurture.domain.events import Event
from nurture.domain.ports import Clock, Inbox

logger = logging.getLogger(__name__)


class Relay:
    """Re-tells stored facts. Telling twice is harmless: every event has an id that its workflow remembers.

    A fact is left to whoever stored it until this relay has seen it wait for `patience` seconds of `timer`: there is a
    relay in every process, and in a crowd each would tell what a door is telling already.
    """

    def __init__(
        self,
        inbox: Inbox,
        clock: Clock,
        tell: Callable[[Event, str], Awaitable[None]],
        *,
        patience: float = 0.0,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inbox, self._clock, self._tell = inbox, clock, tell
        self._patience, self._timer = patience, timer
        self._since: dict[str, float] = {}

    async def run(self, every: float) -> None:
        """Sweep for ever, `every` seconds of the wall clock; a failed sweep is logged and the next one tries again."""
        while True:
            try:
                await self.sweep()
            except Exception:
                logger.exception("the relay could not finish its sweep")
            await asyncio.sleep(every)

    async def sweep(self) -> int:
        """Tell every fact that has waited long enough, oldest first per lead; return how many were told."""
        waiting = self._overdue(await self._inbox.untold())
        told: list[str] = []
        stuck: set[str] = set()
        for event, target in waiting:
            workflow = target or event.lead
            if workflow in stuck:
                continue  # a lead hears its facts in order
            try:
                await self._tell(event, target)
                told.append(event.id)
            except Exception as failure:  # noqa: BLE001 -- one lead's trouble must not hold up the others
                stuck.add(workflow)
                logger.warning("event %s could not be told to %s: %s", event.id, workflow, failure)
        if told:
            await self._inbox.told(told, self._clock.now())
        return len(told)

    def _overdue(self, waiting: Sequence[tuple[Event, str]]) -> list[tuple[Event, str]]:
        now = self._timer()
        self._since = {event.id: self._since.get(event.id, now) for event, _ in waiting}
        return [(event, target) for event, target in waiting if now - self._since[event.id] >= self._patience]
