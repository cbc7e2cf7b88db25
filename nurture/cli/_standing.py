"""Where a lead stands: told by its workflow when that is awake, else thought through from what the store keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nurture.cli._desk import reached, soon
from nurture.domain.errors import NurtureError

if TYPE_CHECKING:
    from nurture.domain.decisions import Decision
    from nurture.wiring import House
    from workflows.mind import Mind

ASK_PATIENCE = 15.0
"""Seconds of the wall clock a workflow has to say where its lead stands."""
UNKNOWN = "not known, its workflow could not be asked"
DECISIONS = 10
"""How many coming decisions are shown."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a lead stands, what comes next, and how it came to this.

    `source` is `workflow` or `store`; `note` says why it could not be the workflow, "" when there is nothing to say.
    """

    state: Mapping[str, Any]
    plan: Sequence[str]
    explanation: Mapping[str, Any]
    source: str
    note: str = ""

    @property
    def next(self) -> str:
        """What comes next, in words."""
        return str(self.state.get("next") or "nothing is open")


async def picture_of(house: House, lead: str) -> Picture:
    """Return where a lead (by id) stands. A Temporal that does not answer is a note, not a failure."""
    try:
        house = await reached(house)
        live = await soon(house.leads.ask(lead), ASK_PATIENCE)
    except NurtureError as away:
        return _without_future(await _kept(house, lead), f"{away.reason}: this is what the store knows")
    if live is None:
        return await _kept(house, lead)
    return Picture(live["state"], live["plan"], live["explanation"], "workflow")


def _without_future(kept: Picture, note: str) -> Picture:
    """Leave out what only a workflow knows: the store would say of a lead in the middle of a sequence that it rests."""
    unknown: dict[str, Any] = {"next": UNKNOWN, "why": "", "rule": "", "until": None, "blocked_by": "", "journeys": []}
    return replace(kept, state={**kept.state, **unknown}, plan=[], note=note)


async def _kept(house: House, lead: str) -> Picture:
    """Think with the same planner that the workflow would, on what it would read when it wakes."""
    from nurture.domain.outlook import outlook
    from nurture.domain.reports import explain, standing_of
    from workflows.signs import in_words

    mind, now = await _mind(house, lead), house.clock.now()
    zone = mind.state.lead.timezone
    state = standing_of(mind.book, mind.state, mind.decision, now) | {"next": in_words(mind.decision, zone)}
    coming = outlook(mind.book, mind.state, now, DECISIONS)
    plan = [_dated(at, decision, zone) for at, decision in coming]
    trail = [f"{at:%Y-%m-%d %H:%M} {words}" for at, words in mind.trail]
    return Picture(state, plan, explain(mind.book, mind.state, now) | {"trail": trail}, "store")


async def _mind(house: House, lead: str) -> Mind:
    from pydantic import TypeAdapter

    from activities.leads import Leads
    from nurture.domain.state import LeadState
    from workflows.mind import Mind
    from workflows.starts import Carried

    store = house.store
    desk = Leads(
        store.leads, store.ledger, store.library, house.clock, lambda: house.shelf.policies, lambda: house.policies
    )
    file = await desk.recall(lead)
    kept = TypeAdapter(LeadState).validate_json(file.snapshot) if file.snapshot else LeadState(file.lead, file.stage)
    carried = Carried(replace(kept, lead=file.lead, fit=None), file.policies, dict(file.documents))
    return Mind(carried, house.clock.now())


def _dated(at: datetime, decision: Decision, zone: str) -> str:
    from nurture.domain.wallclock import zone_of
    from workflows.signs import in_words

    place = zone or "UTC"
    return f"{at.astimezone(zone_of(place)):%a %d %b %H:%M} {place}: {in_words(decision, zone)}"
