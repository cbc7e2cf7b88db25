"""For machines that look after us: alive, ready, and what was counted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from nurture.web.facts import AtHome, House

logger = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

PROBE_PATIENCE = 2.0
"""Seconds of wall-clock time a part may take to answer before it counts as not ready."""


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def ready(home: AtHome) -> Response:
    """200 when the store and Temporal answer, else 503; says which does not, never why (that is in the log)."""
    store, temporal = await asyncio.gather(_answers("store", _store(home)), _answers("temporal", _temporal(home)))
    parts = {"store": store, "temporal": temporal}
    return JSONResponse({"ready": all(parts.values()), **parts}, 200 if all(parts.values()) else 503)


@router.get("/metrics")
async def metrics(home: AtHome) -> Response:
    """What this process counted, for Prometheus."""
    return PlainTextResponse(home.counters.text(), media_type="text/plain; version=0.0.4")


async def _store(home: House) -> bool:
    await home.doors.inbox.untold(1)
    return True


async def _temporal(home: House) -> bool:
    return await home.doors.reach_temporal()


async def _answers(part: str, probe: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(PROBE_PATIENCE):
            return await probe
    except Exception:
        logger.exception("%s is not ready", part)
        return False
