"""What a provider answered is known to this worker and to nobody else: it is written as soon as the store takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from temporalio import activity

from activities.beating import beating
from nurture.domain.errors import NurtureError

PATIENCE = 60.0
"""Seconds of the wall clock: as long as a lease. After it the touch is uncertain to everybody else anyway."""
AGAIN_AFTER = 0.5
Written = TypeVar("Written")


async def written(write: Callable[[], Awaitable[Written]]) -> Written:
    """Write until the store takes it, for as long as a lease lasts; a refusal of ours (a lost lease, say) is final.

    Temporal's own retry cannot do this: the next attempt finds the touch on the wire, and knows no answer.
    """
    ends = monotonic() + PATIENCE
    async with beating():
        while True:
            try:
                return await write()
            except NurtureError:
                raise
            except Exception as away:
                if monotonic() > ends:
                    raise
                activity.logger.warning("the store does not take an answer, trying again: %s", type(away).__name__)
            await asyncio.sleep(AGAIN_AFTER)
