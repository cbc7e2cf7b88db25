"""Workers that stop at each commit point of the send protocol, and go on, or die there, when a test says so."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.messaging import Messaging
from nurture.channels.memory import Outbox
from nurture.domain.errors import NurtureError
from nurture.domain.gate_facts import Outset
from nurture.domain.messages import Message, Receipt
from nurture.domain.ports import AtTheWire
from nurture.domain.touch import LedgerRow, Touch, TouchAnswer, TouchState
from tests.activities.conftest import Killed, Office


@dataclass
class Journal:
    """What an eye outside the house would see: who was accepted, what reached the wire, and what nobody knows.

    `open` are touches that reached the wire and of which no end was written down; `stopped` says when a mark is too
    late, and `broken` collects every promise that was.
    """

    stopped: Callable[[Touch], str]
    now: Callable[[], datetime]
    accepted: Counter[str] = field(default_factory=Counter)
    resent: Counter[str] = field(default_factory=Counter)
    marks: dict[str, tuple[Touch, datetime]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def marked(self, touch: Touch) -> None:
        """A touch reached the wire."""
        if why := self.stopped(touch):
            self.broken.append(f"{touch.id} on the wire after {why}")
        self.marks[touch.id] = (touch, self.now())
        self.open.add(touch.id)

    def settled(self, touch: str, state: TouchState) -> None:
        """An end was written down; "not accepted, may be tried again" takes the mark back."""
        if state is not TouchState.UNCERTAIN:
            self.open.discard(touch)
        if state in (TouchState.INTENT, TouchState.REFUSED):
            self.marks.pop(touch, None)

    def took(self, touch: str) -> None:
        """The provider accepted a message."""
        self.accepted[touch] += 1
        if self.accepted[touch] > 1 + self.resent[touch]:
            self.broken.append(f"{touch} was accepted twice")


class Worker:
    """One attempt at one touch. It stops at every commit point until it is told to go on."""

    def __init__(
        self, office: Office, touch: Touch, journal: Journal, answer: NurtureError | None, ledger: Any
    ) -> None:
        self.touch, self._journal, self._answer = touch, journal, answer
        self._gate: asyncio.Future[None] | None = None
        self._stops = asyncio.Event()
        wires = {channel: Wire(self, channel) for channel in office.outboxes}
        desk = replace(office.desk, ledger=ledger(self, office.store.ledger, journal), carriers=wires)
        self._task = asyncio.ensure_future(ActivityEnvironment().run(Messaging(desk).send, touch))

    @property
    def is_over(self) -> bool:
        """Whether this attempt came to an end."""
        return self._task.done()

    @property
    def answer(self) -> TouchAnswer | None:
        """What the attempt answered, None when it failed and is to be tried again."""
        return None if self._task.cancelled() or self._task.exception() else self._task.result()

    async def stops_here(self) -> None:
        """A commit point: wait until the test lets go."""
        self._gate = asyncio.get_running_loop().create_future()
        self._stops.set()
        await self._gate

    async def goes_on(self) -> None:
        """Work up to the next commit point, or to the end."""
        self._stops.clear()
        if self._gate is not None:
            gate, self._gate = self._gate, None
            gate.set_result(None)
        await self._until_it_stops()

    async def dies(self) -> None:
        """Die at this commit point: nothing of ours catches it."""
        if not self.is_over and self._gate is not None:
            gate, self._gate = self._gate, None
            gate.set_exception(Killed())
            with suppress(Killed):
                await self._task

    async def _until_it_stops(self) -> None:
        stops = asyncio.ensure_future(self._stops.wait())
        await asyncio.wait({self._task, stops}, return_when=asyncio.FIRST_COMPLETED)
        stops.cancel()


class Wire:
    """A memory carrier with a commit point before and behind the provider's yes."""

    def __init__(self, worker: Worker, channel: Any) -> None:
        self.channel, self._worker = channel, worker

    async def send(self, message: Message, at_the_wire: AtTheWire) -> Receipt:
        """Keep the message and note that it was taken, between two commit points."""
        worker = self._worker

        async def marked() -> None:
            await at_the_wire()
            await worker.stops_here()

        receipt = await Outbox(self.channel, [worker._answer]).send(message, marked)
        worker._journal.took(worker.touch.id)
        await worker.stops_here()
        return receipt


class MortalLedger:
    """The real ledger with a commit point before and behind every transaction that changes it."""

    def __init__(self, worker: Worker, ledger: Any, journal: Journal) -> None:
        self._worker, self._ledger, self._journal = worker, ledger, journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def reserve(self, intent: Any, now: datetime) -> LedgerRow:
        await self._worker.stops_here()
        row = await self._ledger.reserve(intent, now)
        await self._worker.stops_here()
        return row

    async def mark_wire(self, touch: str, fence: int, now: datetime, check: Any) -> Any:
        await self._worker.stops_here()
        verdict = await self._ledger.mark_wire(touch, fence, now, check)
        if verdict is None:
            self._journal.marked(self._worker.touch)
        return verdict

    async def settle(self, touch: str, fence: int, state: TouchState, now: datetime, **answer: str) -> None:
        await self._worker.stops_here()
        await self._ledger.settle(touch, fence, state, now, **answer)
        self._journal.settled(touch, state)
        await self._worker.stops_here()

    async def withhold(self, touch: Touch, state: TouchState, now: datetime, *, code: str, reason: str) -> None:
        await self._worker.stops_here()
        await self._ledger.withhold(touch, state, now, code=code, reason=reason)


class ForgetfulLedger(MortalLedger):
    """The negative control: a ledger that does not know what was on the wire before."""

    async def find(self, touch: str) -> LedgerRow | None:
        return None

    async def outset(self, touch: Touch, now: datetime) -> Outset:
        return replace(await self._ledger.outset(touch, now), row=None)

    async def reserve(self, intent: Any, now: datetime) -> LedgerRow:
        row = await super().reserve(intent, now)
        return replace(row, state=TouchState.INTENT)

    async def mark_wire(self, touch: str, fence: int, now: datetime, check: Any) -> Any:
        row = await self._ledger.find(touch)
        if row.state is TouchState.INTENT:
            return await super().mark_wire(touch, fence, now, check)
        self._journal.marked(self._worker.touch)
        return None


class DeafLedger(MortalLedger):
    """The negative control: a ledger that does not ask the gates in the transaction of the mark."""

    async def mark_wire(self, touch: str, fence: int, now: datetime, check: Any) -> Any:
        return await super().mark_wire(touch, fence, now, lambda facts: None)
