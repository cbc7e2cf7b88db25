"""Bringing back what the histories know and a restored store does not: facts with their effects, ends, states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from activities.intents import intent_of
from nurture.domain.errors import Invalid, Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.recovering import Attempt, Known, ends_of, is_overtaken
from nurture.domain.touch import Intent, touch_ref

if TYPE_CHECKING:
    from nurture.domain.events import Event
    from nurture.wiring import House

_BY_PEOPLE = (Channel.CALL, Channel.TASK)


@dataclass
class Restored:
    """What came back, and what could not. With a dry run: what would.

    `overtaken` are yeses and choices that a later word has overtaken, `strangers` leads that only Temporal knows,
    `tasks` calls and hand-offs given to people that the inbox has lost, by id: a call's touch is back, the task is not.
    """

    facts: int = 0
    touches: dict[str, str] = field(default_factory=dict)
    states: int = 0
    overtaken: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    tasks: list[str] = field(default_factory=list)


async def restore(house: House, since: datetime | None, dry_run: bool) -> Restored:
    """Read every history there is, then write what the store has not, oldest first. Safe to repeat.

    `since` (our time, UTC) is what the store was last seen at.
    """
    found, facts, attempts = Restored(), list[tuple["Event", str]](), list[Attempt]()
    rested: dict[str, tuple[datetime, str]] = {}
    async for told in house.leads.histories(house.settings.scale):
        found.tasks += [offer for offer in told.offered if await house.store.tasks.find(offer) is None]
        facts += [(fact, told.target) for fact in told.facts]
        attempts += told.attempts
        if told.rested is not None and (since is None or told.rested[0] >= since):
            at, lead, state = told.rested
            rested[lead] = max(rested.get(lead, (at, state)), (at, state))
    people = {lead: await house.store.leads.find(lead) is not None for lead in _leads(facts, attempts)}
    found.strangers = {lead for lead, is_known in people.items() if not is_known}
    for known in ends_of(attempts, since).values():  # first: facts settle them
        if people[known.touch.lead]:
            await _touch(house, found, known, dry_run)
    await _facts(house, found, [each for each in facts if people[each[0].lead]], dry_run)
    for lead, (_, state) in rested.items():
        if people.get(lead) and await house.store.leads.snapshot(lead) != state:
            found.states += 1
            if not dry_run:
                await house.store.leads.put_to_rest(lead, state)
    return found


def _leads(facts: Sequence[tuple[Event, str]], attempts: Sequence[Attempt]) -> set[str]:
    return {fact.lead for fact, _ in facts} | {attempt.touch.lead for attempt in attempts}


async def _facts(house: House, found: Restored, facts: Sequence[tuple[Event, str]], dry_run: bool) -> None:
    """Store each fact that is missing, in the order in which they came."""
    inbox: dict[str, list[Event]] = {}
    for fact, target in sorted(facts, key=lambda each: each[0].seq):
        if fact.lead not in inbox:
            inbox[fact.lead] = list(await house.store.inbox.of_lead(fact.lead))
        there = inbox[fact.lead]
        if any(each.id == fact.id for each in there):
            continue
        if is_overtaken(fact, there):
            found.overtaken.append(fact.id)
        elif dry_run or await house.store.inbox.restore(fact, target):
            found.facts += 1
            there.append(fact)


async def _touch(house: House, found: Restored, known: Known, dry_run: bool) -> None:
    row = await house.store.ledger.find(known.touch.id)
    if dry_run:
        is_news = row is None or row.settled_at is None
    else:
        is_news = await house.store.ledger.recover(known, await _intent(house, known))
    if is_news:
        found.touches[known.touch.id] = str(known.state)
        found.tasks += [known.touch.id] if known.touch.channel in _BY_PEOPLE else []


async def _intent(house: House, known: Known) -> Intent:
    """Return what went out as far as it can be told again: a mail has the same Message-ID whenever it is composed."""
    touch, store = known.touch, house.store
    contact = await store.leads.find(touch.lead)
    bare = Intent(touch, touch_ref(touch.id), "", known.sender, "", lease_seconds=0.0)
    if contact is None or touch.channel in _BY_PEOPLE:
        return bare
    try:
        sender = known.sender or house.policies.senders.senders_for(touch.pool, touch.channel)[0].id
        first = await store.ledger.find(touch.thread) if touch.thread else None
        message = await house.composer.compose(touch, contact, sender, [first] if first else [])
    except (Invalid, Misconfigured):  # the template was changed since: the touch counts all the same
        return bare
    return intent_of(touch, sender, message, 0.0)
