"""History events per touch and per engagement signal, counted in the histories of real leads on a real server."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from benchmarks.children import Child
from benchmarks.ground import Ground, few_at_a_time, ground
from benchmarks.rows import Ask, Benchmark, Budget, Row
from benchmarks.timing import middle
from nurture.domain.events import Event, EventKind
from workflows.client import workflow_id

TOUCH, SIGNAL = "history-events-per-touch", "history-events-per-signal"
TOUCH_BUDGET, SIGNAL_BUDGET = Budget("value", at_most=12), Budget("value", at_most=4)
SEQUENCE, TOUCHES, EVERY_DAYS = "bench-four", 4, 8
FACTOR = EVERY_DAYS * 86_400 / 0.5
SIGNALS = (EventKind.OPENED, EventKind.CLICKED)
QUIETLY = 0.05
"""Seconds between two looks at a history that is not there yet."""
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Lived:
    """One lead's history: from touch to touch, and before and after its signals."""

    per_touch: list[int]
    whole: int
    kinds: Counter[str]
    signals: int


def run(ask: Ask) -> list[Row]:
    """Take leads through four mails, then open and click while they wait; count what the server wrote down."""
    return asyncio.run(_run(ask))


async def _run(ask: Ask) -> list[Row]:
    leads = ask.pick(30, 10, 2)
    ask.say(f"{TOUCH}: {leads} leads × {TOUCHES} touches, then {len(SIGNALS)} signals each")
    async with ground(FACTOR) as here, Child("benchmarks.hands", ["ours"], here.env):
        crowd = await here.people("lead", leads)
        await few_at_a_time(here.house.enrol(lead, SEQUENCE, "benchmark") for lead in crowd)
        lived = await few_at_a_time(_follow(here, lead) for lead in crowd)
    return [_touch_row(lived), _signal_row(lived)]


def _touch_row(lived: Sequence[Lived]) -> Row:
    between = [events for each in lived for events in each.per_touch]
    kinds: Counter[str] = sum((each.kinds for each in lived), Counter())
    parts = ", ".join(f"{count / len(between):.2g} {kind}" for kind, count in kinds.most_common())
    whole = sum(each.whole for each in lived) / len(lived) / TOUCHES
    inputs = (
        f"{len(lived)} leads × {TOUCHES} mails, from one send to the next (median; {min(between)} to {max(between)}, "
        f"more when a busy worker lets a task time out): {parts}; "
        f"with enrolment and all, {whole:.1f} events a touch"
    )
    return Row(TOUCH, middle(between), "events", None, TOUCH_BUDGET, inputs)


def _signal_row(lived: Sequence[Lived]) -> Row:
    growth = [each.signals / len(SIGNALS) for each in lived]
    said = " and ".join(SIGNALS)
    inputs = f"{len(lived)} waiting leads, {said} each, one after the other (median; {min(growth)} to {max(growth)})"
    return Row(SIGNAL, middle(growth), "events", None, SIGNAL_BUDGET, inputs)


async def _follow(here: Ground, lead: str) -> Lived:
    """Wait for a lead's four touches, then signal it, and count."""
    before = await _settled(here, lead, sends=TOUCHES, signals=0)
    rows = await here.house.store.ledger.rows(lead=lead)
    for number, kind in enumerate(SIGNALS, start=1):
        touch = rows[-1].touch
        event = Event(
            f"{lead}-{kind}",
            kind,
            lead,
            here.house.clock.now(),
            touch=touch.id,
            sequence=touch.sequence,
            step=touch.step,
            details={"link": "letter", "human": True} if kind is EventKind.CLICKED else {},
        )
        stored = await here.house.store.inbox.record(event)
        if stored is None:
            raise RuntimeError(f"the store knew {event.id} already: this is no measurement")
        await here.house.tell(stored)
        await here.house.store.inbox.told([event.id], here.house.clock.now())
        after = await _settled(here, lead, sends=TOUCHES, signals=number)
    sends = [place for place, event in enumerate(before) if event.event_type == _SEND][1:]  # the first read the file
    cycles = [before[first:last] for first, last in pairwise(sends)]
    kinds = Counter(_kind(event) for cycle in cycles for event in cycle)
    return Lived([len(cycle) for cycle in cycles], len(before), kinds, len(after) - len(before))


async def _settled(here: Ground, lead: str, *, sends: int, signals: int) -> list[HistoryEvent]:
    """Return the history once the lead has sent and heard so much and has nothing left to think about."""
    handle = here.client.get_workflow_handle(workflow_id(lead))
    async with asyncio.timeout(PATIENCE):
        while True:
            history = (await handle.fetch_history()).events
            seen = Counter(event.event_type for event in history)
            tasks = [event.event_type for event in history if _kind(event) == "workflow task"]
            thought = tasks[-1] == _THOUGHT and history[-1].event_type in _AT_REST
            # One answer of an activity is the lead's file, read at the start; one timer is the silence at the end.
            if thought and seen[_HEARD] >= signals and seen[_ANSWERED] > sends and seen[_TIMER] > sends:
                return list(history)
            await asyncio.sleep(QUIETLY)


_SEND = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
_ANSWERED = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
_TIMER = EventType.EVENT_TYPE_TIMER_STARTED
_HEARD = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
_THOUGHT = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_AT_REST = (_THOUGHT, _TIMER, EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)


def _kind(event: HistoryEvent) -> str:
    """Return "timer", "activity", "workflow task" or the rest of the event type's name."""
    name = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower().replace("_", " ")
    return next((kind for kind in ("workflow task", "activity", "timer") if name.startswith(kind)), name)


BENCHMARK = Benchmark((TOUCH, SIGNAL), "How long histories grow, counted in real ones.", run)
