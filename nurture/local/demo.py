"""The demo: people come in, the product nurtures them for some weeks of our time, and every promise is audited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nurture.domain.errors import Invalid
from nurture.domain.personas import Persona, personas_of
from nurture.intake import ImportReport, guess_file, load_map, table
from nurture.local import crowd
from nurture.local.alarm import Alarm
from nurture.local.audit import evidence_in
from nurture.local.crowd import Crowd
from nurture.local.outcome import Outcome, Progress, outcome_of, progress_of
from nurture.local.pace import Pace, monday_morning, pace_for
from nurture.local.people import People
from nurture.local.promises import Broken, audit
from nurture.local.reps import Reps
from nurture.local.stack import Say, Stack, running
from nurture.local.ways_in import WaysIn
from nurture.wiring import House, open_house

HEAD_START = timedelta(seconds=9)
"""Wall-clock time the parts need to come up: our time begins when they are ready."""
ARRIVALS = 12.0
"""Days within which everybody comes in."""
_LOOK_EVERY = 1.0
_SETTLES_WITHIN = 100.0
_STUCK_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What to demonstrate. `leads` None takes the sample; `limit` 0 takes all; `seed` decides what people do."""

    root: Path
    folder: Path
    leads: Path | None = None
    leadmap: Path | None = None
    limit: int = 0
    days: int = 30
    seed: int = 7
    keep: bool = False


@dataclass(frozen=True)
class Show:
    """Who hears about it: `say` one line at a time, `look` the progress every second."""

    say: Say
    look: Callable[[Progress], None]


async def demonstrate(wish: Wish, show: Show, kept: Callable[[Outcome], None]) -> Outcome:
    """Run the whole demo and return how it ended. With `wish.keep`, `kept` hears the outcome and all stays up until
    this is cancelled. Raises Misconfigured or Invalid when it cannot begin."""
    began = time.monotonic()
    crowd_ = _crowd(wish, show)
    first = monday_morning(datetime.now(UTC))
    pace = pace_for(crowd_.size, crowd_.touches_a_lead, wish.days, crowd_.zones, first)
    show.say(pace.words)
    scale = pace.scale(datetime.now(UTC) + HEAD_START, first)
    async with running(wish.root, wish.folder, scale, crowd.team(wish.root), show.say) as stack:
        show.say(f"Temporal's UI is at {stack.temporal.ui_url}, the reps' inbox at {stack.settings.public_url}/inbox")
        async with open_house(stack.settings) as house:
            report, enrolled = await _live(wish, show, crowd_, stack, house)
            outcome = await _take_stock(wish, stack, house, report, enrolled, began)
        if wish.keep:
            await stack.wake()
            kept(outcome)
            await asyncio.Event().wait()
        return outcome
