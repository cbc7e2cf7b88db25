"""Made-up reps: they look into the inbox, take or refuse hand-offs, ring people up, and say how it went."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from nurture.domain.personas import Persona, call_outcome, chance
from nurture.domain.ports import Clock
from nurture.local.alarm import Alarm
from nurture.local.ways_in import WaysIn

logger = logging.getLogger(__name__)

LOOKS_EVERY = 0.15
"""Seconds of the wall clock between two looks into the inbox."""
REJECTS, DAWDLES = 0.18, 0.15
"""Shares of hand-offs that are refused, and that are answered late."""
_FIRST_TOUCH = timedelta(minutes=10)
_CALLS_TAKE = timedelta(minutes=8)


class Reps:
    """The sales team. `persona_of` tells who a lead is, which decides how a call goes; `keys` are rep id -> key."""

    def __init__(
        self,
        clock: Clock,
        alarm: Alarm,
        doors: WaysIn,
        web: str,
        keys: Mapping[str, str],
        persona_of: Callable[[str], Persona | None],
        seed: int,
    ) -> None:
        self._clock, self._alarm, self._doors, self._web, self._keys = clock, alarm, doors, web, keys
        self._persona_of, self._seed = persona_of, seed
        self._seen: set[tuple[str, str]] = set()
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self.said: Counter[str] = Counter()

    async def work(self) -> None:
        """Look into the inbox again and again, until cancelled."""
        async with AsyncExitStack() as open_:
            for rep, key in self._keys.items():
                self._sessions[rep] = await open_.enter_async_context(await self._doors.log_in(key))
            while True:
                for task in await self._doors.tasks():
                    self._notice(task)
                await asyncio.sleep(LOOKS_EVERY)

    def _notice(self, task: Mapping[str, Any]) -> None:
        """Plan what to do about a task; one that was given to somebody else is a new one."""
        seen = (str(task["id"]), str(task["rep"]))
        if seen in self._seen:
            return
        self._seen.add(seen)
        rep = task["rep"] if task["rep"] in self._sessions else self._volunteer(task)
        now = self._clock.now()
        if task["kind"] == "handoff":
            self._alarm.at(self._answers_at(task, now), self._answer(task, rep))
        elif task["kind"] == "note":
            self._alarm.at(now + timedelta(minutes=30), self._say(rep, "done", task, "read"))
        else:
            self._alarm.at(now + _CALLS_TAKE, self._say(rep, "done", task, self._outcome(task)))

    def _answers_at(self, task: Mapping[str, Any], now: datetime) -> datetime:
        """Most answer in the first third of their time, some only when it is over."""
        due = datetime.fromisoformat(task["due_at"]) if task["due_at"] else now
        if self._draw(task, "dawdles") < DAWDLES and task["rep"]:
            return due + timedelta(minutes=20)
        return now + max(timedelta(), (due - now) * 0.3 * self._draw(task, "quick"))

    async def _answer(self, task: Mapping[str, Any], rep: str) -> None:
        reasons = list(task["outcomes"])
        if reasons and self._draw(task, "rejects") < REJECTS:
            await self._say(rep, "reject", task, reasons[int(len(reasons) * self._draw(task, "reason"))])
        elif await self._say(rep, "accept", task, ""):
            await self._alarm.until(self._clock.now() + _FIRST_TOUCH)
            await self._say(rep, "done", task, "connected" if self._draw(task, "speaks") < 0.5 else "left_message")

    async def _say(self, rep: str, verb: str, task: Mapping[str, Any], word: str) -> bool:
        """Give the answer on the inbox page; return whether it counted. Somebody faster is no failure."""
        url = f"{self._web}/inbox/{verb}/{quote(str(task['id']), safe='')}"
        try:
            async with self._sessions[rep].post(url, data={"word": word}, allow_redirects=False) as answer:
                status = answer.status
                if status not in (303, 409):
                    logger.warning("%s could not %s %s: %s %s", rep, verb, task["id"], status, await answer.text())
        except (aiohttp.ClientError, TimeoutError) as trouble:
            logger.warning("%s could not %s %s: %s", rep, verb, task["id"], trouble)
            return False
        self.said[verb if status == 303 else "too late" if status == 409 else "refused"] += 1
        return status == 303

    def _outcome(self, task: Mapping[str, Any]) -> str:
        persona = self._persona_of(str(task["lead"]))
        went = call_outcome(persona, str(task["id"]), self._seed) if persona else "no_answer"
        offered = list(task["outcomes"])
        if not offered:
            return "done"
        return went if went in offered else offered[-1]

    def _volunteer(self, task: Mapping[str, Any]) -> str:
        """Return who takes something out of the pool."""
        reps = sorted(self._sessions)
        return reps[int(len(reps) * self._draw(task, "volunteer"))]

    def _draw(self, task: Mapping[str, Any], what: str) -> float:
        return chance(self._seed, task["id"], task["rep"], what)
