"""A thousand races of a stop against a send, on a store of their own: the real protocol, gates, composer and relay."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from nurture.carriers import open_carriers
from nurture.chaos import witness
from nurture.chaos.crowd import Birth
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import Answer, Touch, TouchAnswer, TouchState, touch_id
from nurture.settings import Settings
from nurture.store import Store, open_store
from nurture.wiring import House, open_house

AT_ONCE = 12
_AFTER = 0.02
_SEQUENCE, _STEP = "three-mails", "one"
_BEHIND = (TouchState.WIRE, TouchState.SENT, TouchState.DELIVERED, TouchState.UNCERTAIN, TouchState.REFUSED)


@dataclass
class Races:
    """How they ended: who was first, and every mark that came after the acknowledgement of a stop."""

    run: int = 0
    sent: int = 0
    withheld: int = 0
    after_stop: list[str] = field(default_factory=list)


async def race(settings: Settings, folder: Path, count: int, seed: int) -> Races:
    """Run so many races on a fresh SQLite file in `folder`, mails going out at the relay of `settings`.

    The stop is stored through a database connection of its own, as by another process: the two meet in SQLite's lock
    and nowhere else.
    """
    ours = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{folder / 'nurture.db'}"})
    chance, races = random.Random(seed), Races()
    async with (
        open_house(ours, temporal=False) as house,
        open_carriers(ours, house.clock) as carriers,
        open_store(ours.database_url, house.clock, key=house.secret) as other,
    ):
        await witness.seat(ours.database_url)
        send = house.activities(carriers)["email"][0]
        leads = (await Birth().of(house, "race", count)).leads
        room = asyncio.Semaphore(AT_ONCE)

        async def one(lead: str) -> None:
            async with room:
                await _one(house, other, send, lead, chance.uniform(0, _AFTER), races)

        await asyncio.gather(*map(one, leads))
        races.after_stop += await witness.marks_after_stops(ours.database_url, leads)
    return races


async def _one(
    house: House,
    other: Store,
    send: Callable[[Touch], Awaitable[TouchAnswer]],
    lead: str,
    wait: float,
    races: Races,
) -> None:
    touch = _touch(house, lead)
    behind: set[str] = set()

    async def stop() -> None:
        await asyncio.sleep(wait)
        now = house.clock.now()
        stop = Event(f"stop:{lead}", EventKind.OPTED_OUT, lead, now, details={"channel": "", "how": "sms"})
        await other.inbox.record(stop)
        behind.update(row.touch.id for row in await other.ledger.rows(lead=lead, states=_BEHIND))

    answer, _ = await asyncio.gather(send(touch), stop())
    later = [row.touch.id for row in await house.store.ledger.rows(lead=lead, states=_BEHIND)]
    races.run += 1
    races.sent += answer.answer is Answer.SENT
    races.withheld += answer.answer is not Answer.SENT
    races.after_stop += [touch for touch in later if touch not in behind]


def _touch(house: House, lead: str) -> Touch:
    return Touch(
        id=touch_id(lead, _SEQUENCE, 1, _STEP, 1, Channel.EMAIL),
        lead=lead,
        sequence=_SEQUENCE,
        version=house.sequence(_SEQUENCE).version,
        step=_STEP,
        channel=Channel.EMAIL,
        template="quarterly-one",
        pool="chaos",
        window="any-time",
        timezone="Europe/Athens",
    )
