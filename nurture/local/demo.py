"""The demo: people come in, the product nurtures them for some weeks of our time, and every promise is audited."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nurture.domain.evidence import Evidence
from nurture.domain.promises import audit
from nurture.domain.touch import TouchState
from nurture.intake import ImportReport, table
from nurture.local import crowd
from nurture.local.alarm import Alarm
from nurture.local.arrivals import arrivals_in
from nurture.local.crowd import Coming, Crowd
from nurture.local.outcome import (
    Outcome,
    Progress,
    counts_of,
    handoffs_of,
    progress_of,
    touches_of,
    withheld_of,
)
from nurture.local.pace import monday_morning, pace_for
from nurture.local.people import People
from nurture.local.reps import Reps
from nurture.local.stack import Say, Stack, running
from nurture.local.up import directions
from nurture.local.ways_in import WaysIn
from nurture.wiring import House, open_house

HEAD_START = timedelta(seconds=11)
"""Wall-clock time the parts need to come up: the first Monday begins when they are ready."""
_LOOK_EVERY = 1.0
_LOOKS_AGAIN = 100
_STUCK_AFTER = 5.0
_JOURNALS = ("mail.jsonl", "texts.jsonl")


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
    """Who hears about it: `say` one line at a time, `look` the progress every second, `end` the outcome."""

    say: Say
    look: Callable[[Progress], None]
    end: Callable[[Outcome], None]


async def demonstrate(wish: Wish, show: Show) -> Outcome:
    """Run the whole demo and return how it ended; with `wish.keep` everything then stays up until it is cancelled.

    Raises Misconfigured or Invalid when it cannot begin.
    """
    began = time.monotonic()
    wish.folder.mkdir(parents=True, exist_ok=True)
    first = monday_morning(datetime.now(UTC))
    everybody = _crowd(wish, show, first)
    pace = pace_for(
        len(everybody.rows), everybody.touches_a_lead, wish.days, everybody.zones(crowd.company_zone(wish.root)), first
    )
    show.say(pace.words)
    scale = pace.scale(datetime.now(UTC) + HEAD_START, first)
    async with running(wish.root, wish.folder, scale, crowd.team_of(wish.root), show.say) as stack:
        show.say(f"Temporal's UI: {stack.temporal.ui_url}   the reps' inbox: {stack.settings.public_url}/inbox")
        async with open_house(stack.settings) as house:
            run = Run(wish, show, everybody, stack, house)
            await run.live()
            outcome = await run.take_stock(began)
        show.end(outcome)
        if wish.keep:
            await stack.wake()
            for line in (*directions(stack), "Time goes on; Ctrl-C stops it all."):
                show.say(line)
            await asyncio.Event().wait()
        return outcome


class Run:
    """One demo under way."""

    def __init__(self, wish: Wish, show: Show, everybody: Crowd, stack: Stack, house: House) -> None:
        self._wish, self._show, self._crowd, self._stack, self._house = wish, show, everybody, stack, house
        self._first = house.settings.scale.origin or house.clock.now()
        self._ended_at = self._first
        self._report = ImportReport()
        self._comings: list[Coming] = []
        self._lists: list[str] = []
        self._answers: Counter[str] = Counter()

    async def live(self) -> None:
        """Import, let people come in, and let time pass until the last day is over and everything was heard."""
        self._report = await self._crowd.move_in(self._house, self._wish.folder / "rejects.csv")
        self._comings = await self._crowd.comings(self._house, self._first, self._wish.days, self._wish.seed)
        async with WaysIn(self._stack.ways_in) as doors, Alarm(self._stack.clock.scale) as alarm:
            async with self._alive(doors, alarm):
                for coming in self._comings:
                    alarm.at(coming.at, self._bring(coming, doors))
                await self._watch(alarm)
            for what, count in sorted(doors.failed.items()):
                self._show.say(f"{count} times a door did not open: {what}")
        await self._settle()

    @asynccontextmanager
    async def _alive(self, doors: WaysIn, alarm: Alarm) -> AsyncIterator[None]:
        """Let prospects and reps live for the length of a `with`."""
        stack, seed = self._stack, self._wish.seed
        people = People(stack.clock, alarm, doors, stack.twilio, seed)
        personas = await self._crowd.meet(self._house, people, seed)
        stack.catcher.arrived, stack.twilio.arrived = people.mail, people.text
        reps = Reps(stack.clock, alarm, doors, stack.settings.public_url, stack.keys.reps, personas.get, seed)
        work = asyncio.create_task(reps.work())
        try:
            yield
        finally:
            stack.catcher.arrived, stack.twilio.arrived = _nobody, _nobody
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _bring(self, coming: Coming, doors: WaysIn) -> None:
        if coming.event:
            await doors.tell(f"came-{coming.leads[0]}", coming.leads[0], coming.event, {})
            return
        key = f"{coming.at:%Y-%m-%d}"
        self._lists.append(await self._house.leads.enrol_many(key, coming.sequence, coming.leads, "demo"))

    async def _watch(self, alarm: Alarm) -> None:
        """Show the progress until the last day is over."""
        end = self._first + timedelta(days=self._wish.days)
        sleeping = asyncio.create_task(alarm.until(end))
        while not sleeping.done():
            await asyncio.wait([sleeping], timeout=_LOOK_EVERY)
            now = self._house.clock.now()
            day = (now - self._first) / timedelta(days=1)
            self._show.look(await progress_of(self._house.store, now, day, self._wish.days))

    async def _settle(self) -> None:
        """Wait until every fact was told and no touch hangs on the wire of a worker that is gone."""
        end = self._ended_at = self._house.clock.now()
        for _ in range(_LOOKS_AGAIN):
            if not (await self._unheard(end) or await self._hanging()):
                break
            await asyncio.sleep(_LOOK_EVERY)
        for enrolment in self._lists:
            self._answers.update((await self._house.leads.progress(enrolment))["tally"])
        await self._stack.rest()

    async def _unheard(self, end: datetime) -> int:
        """Return how many facts from before `end` wait to be told; time goes on, and newer ones come all the while."""
        return sum(event.at < end for event, _ in await self._house.store.inbox.untold())

    async def _hanging(self) -> int:
        """Return how many touches hang on the wire of a worker that is gone, until their lease runs out."""
        rows = await self._house.store.ledger.rows(states=(TouchState.WIRE,))
        since = self._house.clock.now() - timedelta(seconds=_STUCK_AFTER * self._house.settings.scale.mean_factor)
        return sum(row.wire_at is not None and row.wire_at < since for row in rows)

    async def take_stock(self, began: float) -> Outcome:
        """Compare what we say with what arrived, and count."""
        store, stack = self._house.store, self._stack
        walked = await self._house.leads.walkers()
        enrolled, unaccounted = self._accounted(walked.keys())
        walking = frozenset(lead for lead, is_alive in walked.items() if is_alive)
        records = await store.evidence.gather()
        taken = [each for name in _JOURNALS for each in arrivals_in(self._wish.folder / name)]
        evidence = Evidence(
            records.marks,
            records.facts,
            taken,
            records.stands,
            records.homes,
            self._house.shelf.policies,
            records.sequences,
            walking=walking,
            unaccounted=unaccounted,
            ended_at=self._ended_at,
        )
        return Outcome(
            leads=counts_of(self._report),
            enrolled=enrolled,
            touches=await touches_of(store),
            people=await store.reports.event_counts(),
            withheld=await withheld_of(store),
            stages=await store.reports.stages(),
            handoffs=await handoffs_of(store),
            broken=audit(evidence, records.findings),
            restarts=stack.restarts,
            days=self._wish.days,
            seconds=time.monotonic() - began,
            temporal_ui=stack.temporal.ui_url,
            web=stack.settings.public_url,
        )

    def _accounted(self, walked: Collection[str]) -> tuple[int, frozenset[str]]:
        """Return how many leads were enrolled, and those that came in and got no answer at all.

        A list counts its own answers, refusals included. Whoever came by an event has a workflow, or was lost.
        """
        listed = {lead for coming in self._comings if coming.sequence for lead in coming.leads}
        alone = {coming.leads[0] for coming in self._comings if coming.event}
        lost = {lead for lead in alone if lead not in walked}
        if self._answers.total() < len(listed):
            lost |= {lead for lead in listed if lead not in walked}
        return self._answers["enrolled"] + len(alone - lost), frozenset(lost)


def _nobody(_: object) -> None:
    """Nobody reads what arrives any more."""


def _crowd(wish: Wish, show: Show, first: datetime) -> Crowd:
    if wish.leads is None:
        return crowd.the_sample(wish.root, wish.folder, wish.limit, wish.seed, first, wish.days)
    found = crowd.a_file(wish.root, wish.leads, wish.leadmap, wish.limit)
    show.say(table(found.leadmap))
    return found
