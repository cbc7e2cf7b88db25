"""A heartbeat while something slow is under way: a killed worker is noticed in seconds, a slow one is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

EVERY = 10.0
"""Seconds of the wall clock between two beats: a third of the patience on the wire."""


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Beat until the block ends. Without it, a server that takes minutes after the final dot looks like a crash."""
    task = asyncio.create_task(_beat())
    try:
        yield
    finally:
        task.cancel()


async def _beat() -> None:
    while True:
        await asyncio.sleep(EVERY)
        activity.heartbeat()
