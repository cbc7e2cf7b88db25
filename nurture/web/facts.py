"""The one way in for a fact: stored first, then told to its workflow. A door never answers yes before it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from nurture.domain.consent import Consent
from nurture.domain.events import Event
from nurture.web.counters import Counters
from nurture.web.doors import Doors


@dataclass(frozen=True, slots=True)
class House:
    """What every route needs: the doors and the counters."""

    doors: Doors
    counters: Counters

    async def take(self, event: Event, target: str = "", receipt: Consent | None = None) -> Event | None:
        """Store the fact, tell it, and return it with its number, or None when it was known already.

        `receipt` is the consent that this door saw being given; it is stored with the fact.

        A store that fails raises, so the caller is not told yes. A workflow that cannot be reached delays the fact:
        it stays untold in the inbox and the relay repeats it.
        """
        stored = await self.doors.inbox.record(event, target=target, receipt=receipt)
        self.counters.add("nurture_facts_total", kind=str(event.kind), new="yes" if stored else "no")
        if stored is not None:
            await self.tell(stored, target)
        return stored

    async def tell(self, event: Event, target: str) -> None:
        """Tell a stored fact, and count it when it was not heard at once."""
        if not await self.doors.tell(event, target):
            self.counters.add("nurture_unheard_at_once_total", kind=str(event.kind))


def house_of(request: Request) -> House:
    """Return the app's House."""
    return cast(House, request.app.state.house)


AtHome = Annotated[House, Depends(house_of)]
"""A route's parameter: `home: AtHome`."""
