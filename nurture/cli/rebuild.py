"""`nurture rebuild`: after a lost Temporal database, every lead that was under way goes on from the store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nurture.cli._desk import AsJson, at_home, note, progress, reached, say_json, soon
from nurture.domain.events import EventKind

if TYPE_CHECKING:
    from nurture.cli._rebuilding import Shelf
    from nurture.domain.rebuilding import Rebuilt
    from nurture.wiring import House

ANSWERS = (EventKind.HANDOFF_ACCEPTED, EventKind.HANDOFF_REJECTED, EventKind.TASK_DONE)
"""What a rep says to a hand-off."""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be restarted, and change nothing.")]


@dataclass
class Found:
    """What became of the leads that were ever under way. `astray`: whose way cannot be told, with the touches."""

    alive: list[str] = field(default_factory=list)
    restarted: dict[str, str] = field(default_factory=dict)
    at_rest: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    handoffs: list[str] = field(default_factory=list)
    astray: dict[str, list[str]] = field(default_factory=dict)


def command(dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Restart the workflow of every lead that was under way, from the store alone: nothing twice, nothing lost.

    A lead whose workflow is alive is left alone, so it is safe to repeat. On a Temporal that knows nothing of this
    store nobody is: leads that woke meanwhile wait there for their state, and go on when everybody has theirs. A lead
    whose way cannot be told (the ledger has touches that its facts do not lead to, because facts or policies were
    others then) is named and left alone: exit 1.

    Example: `nurture rebuild --dry-run`
    """
    found = asyncio.run(_rebuild(dry_run))
    if as_json:
        say_json(_document(found, dry_run))
    else:
        print("\n".join(_lines(found, dry_run)))
    if found.astray:
        raise typer.Exit(1)


async def _rebuild(dry_run: bool) -> Found:
    from nurture.cli._rebuilding import shelf_of
    from nurture.domain.store_mark import is_forgotten

    async with at_home() as house:
        house = await reached(house)
        mark, _ = await house.store.marks.read()
        is_new = is_forgotten(mark, await soon(house.leads.store_mark.read()))
        walked = {} if is_new else await soon(house.leads.walkers())
        if not dry_run:
            await soon(house.leads.keep_reconciling())
            await soon(house.leads.keep_sweeping(house.segments))
        leads, shelf, found = await house.store.enrolments.leads(), await shelf_of(house), Found()
        with progress("rebuilding", len(leads)) as show:
            for number, lead in enumerate(leads, start=1):
                if walked.get(lead):
                    found.alive.append(lead)
                else:
                    await _one(house, shelf, lead, found, dry_run)
                show(number)
        if is_new and not dry_run:
            await soon(house.leads.store_mark.begin(mark))
    return found


async def _one(house: House, shelf: Shelf, lead: str, found: Found, dry_run: bool) -> None:
    from nurture.cli._rebuilding import rebuilt
    from nurture.domain.decisions import Done
    from workflows.signs import in_words

    contact = await house.store.leads.find(lead)
    if contact is None:
        found.erased.append(lead)
        return
    made = await rebuilt(house, shelf, contact)
    if made.unmade:
        found.astray[lead] = list(made.unmade)
    elif isinstance(made.decision, Done):
        found.at_rest.append(lead)
        if made.is_news and not dry_run:
            await _keep(house, lead, made)
    else:
        found.restarted[lead] = in_words(made.decision, made.state.lead.timezone)
        if not dry_run:
            await _keep(house, lead, made)
            await soon(house.leads.wake(lead))
            found.handoffs += await _accompany(house, shelf, made)


async def _keep(house: House, lead: str, made: Rebuilt) -> None:
    from pydantic import TypeAdapter

    from nurture.domain.state import LeadState

    await house.store.leads.put_to_rest(lead, TypeAdapter(LeadState).dump_json(made.state).decode())


async def _accompany(house: House, shelf: Shelf, made: Rebuilt) -> list[str]:
    """Start the hand-offs that sales has not closed anew, and tell them the answers they lost."""
    from nurture.cli._rebuilding import order_of
    from nurture.domain.state import Status

    started = []
    for journey in made.state.journeys:
        if journey.status is not Status.WITH_SALES or journey.handoff not in made.handovers:
            continue
        opened_at = journey.handed_at or house.clock.now()
        order = order_of(shelf, made, journey.handoff, opened_at)
        await soon(house.leads.accompany(order, await house.handoffs().offer(order), opened_at))
        for fact in await house.store.inbox.of_lead(made.state.lead.id):
            if fact.name == order.id and fact.kind in ANSWERS:
                await soon(house.leads.tell(fact, order.id))
        started.append(order.id)
    return started


def _document(found: Found, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "restarted": found.restarted,
        "handoffs": found.handoffs,
        "alive": len(found.alive),
        "at_rest": len(found.at_rest),
        "erased": len(found.erased),
        "astray": found.astray,
    }


def _lines(found: Found, dry_run: bool) -> list[str]:
    lines = [f"  {lead}: {words}" for lead, words in found.restarted.items()]
    done = "would be restarted" if dry_run else "restarted"
    lines.append(f"{len(found.restarted)} leads {done}, {len(found.handoffs)} hand-offs with them.")
    lines.append(f"{len(found.alive)} are alive and left alone, {len(found.at_rest)} rest.")
    for lead, touches in found.astray.items():
        note(f"nurture: The way of lead {lead} cannot be told: nothing leads to {', '.join(touches)}.")
        note(f"    Look with nurture lead {lead}, and enrol it by hand: what it got does not go out again.")
    return lines
