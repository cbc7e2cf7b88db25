"""Waiting until nothing more will happen, by looking at facts: workflows, ledger, inbox."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection

from nurture.chaos.ground import Ground
from nurture.domain.touch import TouchState

_LOOK_EVERY = 0.5
LONG = 240.0
"""Seconds after which nobody waits any more: a machine may be busy. No promise hangs on it."""
_OPEN = (TouchState.INTENT, TouchState.WIRE)


async def until_quiet(ground: Ground, leads: Collection[str], patience: float) -> tuple[str, ...]:
    """Wait until nobody of `leads` walks, has an open touch or an unheard fact; return what still moves after
    `patience` seconds, one sentence each."""
    wanted, ends = set(leads), time.monotonic() + patience
    while True:
        moving = await _moving(ground, wanted)
        if not moving or time.monotonic() > ends:
            return moving
        await asyncio.sleep(_LOOK_EVERY)


async def _moving(ground: Ground, leads: set[str]) -> tuple[str, ...]:
    rows = await ground.house.store.ledger.rows(states=_OPEN)
    ours = [row for row in rows if row.touch.lead in leads and ground.watched in ("", row.touch.sequence)]
    states = Counter(str(row.state) for row in ours)
    untold = sum(event.lead in leads for event, _ in await ground.house.store.inbox.untold())
    walking = await _walking(ground, leads)
    said = [f"{count} touches are {state}" for state, count in states.items()]
    said += [f"{untold} facts reached no workflow"] * bool(untold)
    said += [f"{walking} workflows still run"] * bool(walking)
    return tuple(said)


async def _walking(ground: Ground, leads: Collection[str]) -> int:
    """Return how many of `leads` are under way: in any sequence, or in the one that is watched."""
    walkers = await ground.house.leads.walkers()
    alive = [lead for lead in leads if walkers.get(lead, lead not in ground.at_rest)]
    if not ground.watched:
        return len(alive)
    asked = [await ground.house.leads.ask(lead) for lead in alive]
    return sum(
        any(journey["sequence"] == ground.watched for journey in each["state"]["journeys"])
        for each in asked
        if each is not None
    )


async def until_each(ground: Ground, leads: Collection[str], met: Callable[[], Awaitable[Collection[str]]]) -> bool:
    """Wait until each of `leads` is among the `met`; return whether they were in time.

    On somebody's own sequence whoever is through it is not waited for: a holdout, or one whose mails were all too late.
    """

    async def all_met() -> bool:
        left = set(leads).difference(await met())
        return not left or (bool(ground.watched) and not await _walking(ground, left))

    return await until(all_met, every=0.5)


async def until(condition: object, patience: float = LONG, every: float = 0.05) -> bool:
    """Ask `condition` (a function without arguments, async) until it says yes; return whether it did in time."""
    ends = time.monotonic() + patience
    while not await condition():  # type: ignore[operator]
        if time.monotonic() > ends:
            return False
        await asyncio.sleep(every)
    return True
