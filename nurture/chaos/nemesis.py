"""Faults inside a process of ours, brought in from outside before it begins (`nest.py`): product code knows nothing.

Each process has a folder of orders. A file named after a point of the send protocol, holding a number, kills the
process by SIGKILL at the so-manyth time it comes there: it is renamed first, so that the order is carried out once. A
file `offset` moves our clock by so many seconds, `struck` names leads whose words fail of an error that nobody knows,
`budget` says for how many seconds a touch is tried instead of a day. What is there when the process begins makes
another build of it: `blind` that of the negative control, a ledger that is not asked, so that a retry sends again;
`reordered` a careless release, whose workflows do one thing more before each touch. The folder `zones` holds time zones
that come before those of the machine.
"""

from __future__ import annotations

import os
import signal
import zoneinfo
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, update
from temporalio import workflow
from temporalio.workflow import ActivityConfig

from nurture.authoring.composer import JinjaComposer
from nurture.domain.clock import TimeScale
from nurture.domain.decisions import Speak
from nurture.domain.errors import NurtureError
from nurture.domain.events import Event
from nurture.domain.gate_facts import Outset
from nurture.domain.touch import Intent, LedgerRow, Touch, TouchState
from nurture.domain.wallclock import zone_of
from nurture.store import ledger_moves
from nurture.store.ledger import StoredLedger
from nurture.store.schema import touches
from nurture.store.seals import Seal
from nurture.wiring import WallClock
from workflows import deeds, patience
from workflows.mind import Mind

BEFORE_INTENT, AFTER_INTENT, AFTER_WIRE = "before-intent", "after-intent", "after-wire"
BEFORE_SENT, AFTER_SENT, IN_A_WORKFLOW = "before-sent", "after-sent", "in-a-workflow"
OFFSET, BLIND, REORDERED, STRUCK, BUDGET = "offset", "blind", "reordered", "struck", "budget"
ZONES = "zones"
UNHEARD_OF = "an index that nobody checked"
ORDERS = "CHAOS_ORDERS"
"""The environment variable that names the folder of orders."""


class Orders:
    """The orders of one process."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._seen = folder, Counter[str]()

    def come_to(self, point: str) -> None:
        """Die here, if that is the order and this the time."""
        path = self._folder / point
        if not path.exists():
            return
        self._seen[point] += 1
        if self._seen[point] < int(path.read_text() or "1"):
            return
        path.rename(path.with_suffix(f".{os.getpid()}"))
        os.kill(os.getpid(), signal.SIGKILL)

    def offset(self) -> timedelta:
        """Return how far our clock is moved."""
        path = self._folder / OFFSET
        return timedelta(seconds=float(path.read_text() or 0)) if path.exists() else timedelta()

    def struck(self) -> list[str]:
        """Return whose words nobody can make."""
        path = self._folder / STRUCK
        return path.read_text().split() if path.exists() else []

    def budget(self) -> timedelta | None:
        """Return for how long a touch is tried, None for as long as usual."""
        path = self._folder / BUDGET
        return timedelta(seconds=float(path.read_text() or 0)) if path.exists() else None

    def zones(self) -> str:
        """Return the folder of the time zones that this process knows better, "" without one."""
        return os.fspath((self._folder / ZONES).resolve()) if self.is_build(ZONES) else ""

    def is_build(self, name: str) -> bool:
        """Whether this process is that other build."""
        return (self._folder / name).exists()


def install(folder: Path) -> None:
    """Listen to the orders in `folder` for the life of this process."""
    orders = Orders(folder)
    _reserve(orders)
    _mark_wire(orders)
    _settle(orders)
    _think(orders)
    _clock(orders)
    _compose(orders)
    _hurry(orders)
    if folder_of_zones := orders.zones():
        _read_zones(folder_of_zones)
    if orders.is_build(BLIND):
        _forget_the_ledger()
    if orders.is_build(REORDERED):
        _reorder()


def _reserve(orders: Orders) -> None:
    original = StoredLedger.reserve

    @wraps(original)
    async def reserve(self: StoredLedger, intent: Intent, now: datetime) -> LedgerRow:
        orders.come_to(BEFORE_INTENT)
        row = await original(self, intent, now)
        orders.come_to(AFTER_INTENT)
        return row

    StoredLedger.reserve = reserve  # type: ignore[method-assign]


def _mark_wire(orders: Orders) -> None:
    original = StoredLedger.mark_wire

    @wraps(original)
    async def mark_wire(self: StoredLedger, *given: Any) -> Any:
        verdict = await original(self, *given)
        if verdict is None:
            orders.come_to(AFTER_WIRE)
        return verdict

    StoredLedger.mark_wire = mark_wire  # type: ignore[method-assign,assignment]


def _settle(orders: Orders) -> None:
    original = StoredLedger.settle

    @wraps(original)
    async def settle(self: StoredLedger, touch: str, fence: int, state: TouchState, *given: Any, **more: Any) -> None:
        if state is TouchState.SENT:
            orders.come_to(BEFORE_SENT)
        await original(self, touch, fence, state, *given, **more)
        if state is TouchState.SENT:
            orders.come_to(AFTER_SENT)

    StoredLedger.settle = settle  # type: ignore[method-assign]


def _think(orders: Orders) -> None:
    original = Mind.think

    @wraps(original)
    def think(self: Mind, now: datetime) -> Any:
        with workflow.unsafe.sandbox_unrestricted():
            orders.come_to(IN_A_WORKFLOW)
        return original(self, now)

    Mind.think = think  # type: ignore[method-assign]


def _clock(orders: Orders) -> None:
    original = WallClock.now

    @wraps(original)
    def now(self: WallClock) -> datetime:
        return original(self) + orders.offset()

    WallClock.now = now  # type: ignore[method-assign]


def _compose(orders: Orders) -> None:
    original = JinjaComposer.compose

    @wraps(original)
    async def compose(self: JinjaComposer, touch: Touch, *given: Any, **more: Any) -> Any:
        if touch.lead in orders.struck():
            raise RuntimeError(UNHEARD_OF)
        return await original(self, touch, *given, **more)

    JinjaComposer.compose = compose  # type: ignore[method-assign]


def _hurry(orders: Orders) -> None:
    original = patience.fair_to

    @wraps(original)
    def fair_to(sequence: str, usual: ActivityConfig) -> ActivityConfig:
        with workflow.unsafe.sandbox_unrestricted():
            budget = orders.budget()
        config = original(sequence, usual)
        return {**config, "schedule_to_close_timeout": budget} if budget else config

    patience.fair_to = fair_to  # type: ignore[assignment]


def newer_zone(orders: Path, zone: str, like: str) -> None:
    """Let the database of the next process with these orders say that `zone` keeps the time of another one."""
    file = orders / ZONES / zone
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((resources.files("tzdata") / "zoneinfo" / like).read_bytes())


def _read_zones(folder: str) -> None:
    zoneinfo.reset_tzpath(to=[folder, *zoneinfo.TZPATH])
    zoneinfo.ZoneInfo.clear_cache()
    zone_of.cache_clear()


def _reorder() -> None:
    """Make the build of a careless release: a timer comes before each touch, which no history knows."""
    original = deeds.speak

    async def speak(mind: Mind, decision: Speak, scale: TimeScale) -> Event:
        await workflow.sleep(patience.BREATH)
        return await original(mind, decision, scale)

    deeds.speak = speak


def _forget_the_ledger() -> None:
    """Make the build of the negative control: whatever the ledger knows of a touch, a retry begins it anew."""
    outset, settle, reserve = StoredLedger.outset, StoredLedger.settle, ledger_moves.reserve

    async def find(_self: StoredLedger, _touch: str) -> None:
        return None

    async def began(self: StoredLedger, touch: Touch, now: datetime) -> Outset:
        return replace(await outset(self, touch, now), row=None)

    async def settled(self: StoredLedger, touch: str, fence: int, state: TouchState, *given: Any, **more: Any) -> None:
        if state is TouchState.UNCERTAIN:
            raise NurtureError("an uncertain end is an error like any other in this build, and is tried again")
        await settle(self, touch, fence, state, *given, **more)

    def reserved(conn: Connection, seal: Seal, intent: Intent, now: datetime) -> Any:
        anew = {"state": TouchState.INTENT.value, "wires": 0, "lease_until": None}
        conn.execute(update(touches).where(touches.c.id == intent.touch.id).values(**anew))
        return reserve(conn, seal, intent, now)

    StoredLedger.find = find  # type: ignore[method-assign,assignment]
    StoredLedger.outset = began  # type: ignore[method-assign]
    StoredLedger.settle = settled  # type: ignore[method-assign]
    ledger_moves.reserve = reserved
