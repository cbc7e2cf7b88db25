"""Wakes deeds at their time: moments of our time, waited for on the wall clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from nurture.domain.clock import TimeScale

logger = logging.getLogger(__name__)


class Alarm:
    """Runs each deed when its time has come, from `async with` to its end, where those still asleep are forgotten."""

    def __init__(self, scale: TimeScale) -> None:
        self._scale = scale
        self._tasks: set[asyncio.Task[None]] = set()
        self.failed = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def at(self, moment: datetime, deed: Coroutine[Any, Any, object]) -> None:
        """Run `deed` at `moment` of our time (UTC); at once when that has passed."""
        task = asyncio.create_task(self._run(moment, deed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def until(self, moment: datetime) -> None:
        """Sleep until `moment` of our time (UTC)."""
        wait = self._scale.real_wait(self._scale.at(datetime.now(UTC)), moment)
        await asyncio.sleep(max(0.0, wait.total_seconds()))

    async def _run(self, moment: datetime, deed: Coroutine[Any, Any, object]) -> None:
        try:
            await self.until(moment)
        except asyncio.CancelledError:
            deed.close()
            raise
        try:
            await deed
        except Exception:
            self.failed += 1
            logger.exception("a made-up person stumbled")
