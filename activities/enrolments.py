"""Enrolling a few leads of a list: each by its own workflow, each answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import activity

from nurture.domain.orders import EnrolmentBite

AT_ONCE = 5
"""Leads asked at the same time: the server starts workflows one database write at a time anyway."""


class Enrolments:
    """`enrol` asks one lead's workflow (lead, sequence, reason) and returns "" or the reason code why not."""

    def __init__(self, enrol: Callable[[str, str, str], Awaitable[str]]) -> None:
        self._enrol = enrol

    @activity.defn(name="enrol_some")
    async def enrol(self, bite: EnrolmentBite) -> list[str]:
        """Enrol every lead of the bite and return their answers in the same order ("" = enrolled)."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(lead: str) -> str:
            async with gate:
                answer = await self._enrol(lead, bite.sequence, bite.reason)
                activity.heartbeat(lead)
                return answer

        return list(await asyncio.gather(*(one(lead) for lead in bite.leads)))
