"""Enrolling a few leads of a list: each by its own workflow, each answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.pace import Pace
from nurture.domain.errors import NotFound
from nurture.domain.orders import EnrolmentBite

AT_ONCE = 5
"""Leads asked at the same time: the server starts workflows one database write at a time anyway."""
MOST_TRIES = 10
"""Attempts after which a lead that cannot be asked is counted as `failed`, so that it does not hold up the others."""


class Enrolments:
    """`enrol` asks one lead's workflow (lead, sequence, reason) and returns "" or the reason code why not.

    `pace` keeps bulk enrolments from crowding out replies, hand-offs and other sequences; without one they hurry.
    """

    def __init__(self, enrol: Callable[[str, str, str], Awaitable[str]], pace: Pace | None = None) -> None:
        self._enrol, self._pace = enrol, pace

    @activity.defn(name="enrol_some")
    async def enrol(self, bite: EnrolmentBite) -> list[str]:
        """Enrol every lead of the bite and return their answers in the same order ("" = enrolled).

        Everybody is asked before a failure is raised; the next attempt asks only those without an answer, which its
        heartbeat kept. A lead or sequence that is not there is `not_found`.
        """
        gate, answers = asyncio.Semaphore(AT_ONCE), _answers_so_far()

        async def one(place: int, lead: str) -> None:
            async with gate if self._pace is None else self._pace.turn():
                answers[str(place)] = await self._answer(lead, bite)
                activity.heartbeat(answers)

        waiting = [(place, lead) for place, lead in enumerate(bite.leads) if str(place) not in answers]
        ends = await asyncio.gather(*(one(place, lead) for place, lead in waiting), return_exceptions=True)
        failure = next((end for end in ends if isinstance(end, BaseException)), None)
        if failure is not None:
            raise failure
        return [answers[str(place)] for place in range(len(bite.leads))]

    async def _answer(self, lead: str, bite: EnrolmentBite) -> str:
        try:
            return await self._enrol(lead, bite.sequence, bite.reason)
        except NotFound:
            return "not_found"
        except Exception:
            if activity.info().attempt < MOST_TRIES:
                raise
            activity.logger.exception("lead %s could not be enrolled", lead)
            return "failed"


def _answers_so_far() -> dict[str, str]:
    """Return what earlier attempts of this bite heard, by place in it."""
    kept = activity.info().heartbeat_details
    return dict(kept[0]) if kept else {}
