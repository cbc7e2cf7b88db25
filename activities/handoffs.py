"""Handing a lead to sales: who gets it, what they are told, reminders, and how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import activity

from nurture.domain.briefing import briefing
from nurture.domain.calendar import Calendar
from nurture.domain.clock_facts import clock_of
from nurture.domain.errors import Conflict
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Contact, lead_of
from nurture.domain.orders import HandoffNews, HandoffOffer, HandoffOrder, WorkingHours
from nurture.domain.policies import Policies
from nurture.domain.ports import Clock, Composer, Inbox, Leads, Ledger, Tasks
from nurture.domain.routing import Choice, route
from nurture.domain.tasks import Rep, Task, TaskKind, TaskStatus


@dataclass(frozen=True)
class SalesDesk:
    """Everything a hand-off needs. `tell` delivers a stored fact to its workflow."""

    clock: Clock
    inbox: Inbox
    leads: Leads
    ledger: Ledger
    tasks: Tasks
    composer: Composer
    policies: Callable[[], Policies]
    tell: Callable[[Event, str], Awaitable[None]]


class Handoffs:
    """Each step is keyed by the hand-off's id, so repeating it changes nothing."""

    def __init__(self, desk: SalesDesk) -> None:
        self._desk = desk

    @activity.defn(name="offer_handoff")
    async def offer(self, order: HandoffOrder) -> HandoffOffer:
        """Choose a rep and put the task into their inbox; nothing is opened when nobody has room."""
        known = await self._desk.tasks.find(order.id)
        if known is not None:
            return self._offer(Choice(known.rep, "already offered"), await self._desk.tasks.reps())
        contact = await self._desk.leads.find(order.lead) or Contact(order.lead)
        reps = await self._desk.tasks.reps()
        choice = self._choose(order, contact, reps, self._desk.clock.now(), ())
        offer = self._offer(choice, reps)
        if not offer.full:
            due = offer.hours.calendar.add(self._desk.clock.now(), order.plan.accept_within)
            await self._desk.tasks.open(await self._task(order, contact, choice.rep, due))
        return offer

    @activity.defn(name="reassign_handoff")
    async def reassign(self, order: HandoffOrder, tried: list[str], now: datetime) -> HandoffOffer:
        """Give the hand-off to somebody who has not had it yet; rep "" when there is nobody."""
        contact = await self._desk.leads.find(order.lead) or Contact(order.lead)
        reps = await self._desk.tasks.reps()
        known = await self._desk.tasks.find(order.id)
        if known is not None and known.status is TaskStatus.OPEN and known.rep not in ("", *tried):
            return self._offer(Choice(known.rep, "already reassigned"), reps)
        choice = self._choose(order, contact, reps, now, tried)
        offer = self._offer(choice, reps)
        if choice.rep:
            due = offer.hours.calendar.add(now, order.plan.accept_within)
            try:
                await self._desk.tasks.assign(order.id, choice.rep, now, due)
            except Conflict:
                activity.logger.info("hand-off %s was answered before it could be reassigned", order.id)
                return replace(offer, rep="")
        return offer

    @activity.defn(name="tell_about_handoff")
    async def tell(self, news: HandoffNews) -> None:
        """Remind the rep, tell the manager, note a broken promise, or give the hand-off to the pool."""
        if news.kind == "pool":
            try:
                await self._desk.tasks.assign(news.id, "", news.at)
            except Conflict:
                activity.logger.info("hand-off %s was answered before it went to the pool", news.id)
            return
        rep = await self._whom(news)
        note = Task(
            id=f"note-{news.id}:{news.kind}:{news.at:%Y%m%d%H%M%S}",
            lead=news.lead,
            kind=TaskKind.NOTE,
            title=f"{_TITLES[news.kind]}: {news.why}",
            body=f"[Open the hand-off](/inbox/task/{news.id})",
            rep=rep,
            created_at=news.at,
            details={"handoff": news.id, "news": news.kind},
        )
        await self._desk.tasks.open(note)

    @activity.defn(name="report_handoff")
    async def report(self, event: Event) -> bool:
        """Store how the hand-off ended and tell the lead; return False when it cannot expire: a rep just answered."""
        if event.details["outcome"] == "expired" and not await self._withdrawn(event):
            return False
        stored = await self._desk.inbox.record(event)
        await self._desk.tell(stored or event, "")
        await self._desk.inbox.told([event.id], self._desk.clock.now())
        return True

    async def _withdrawn(self, event: Event) -> bool:
        """Take the task out of the inbox; whoever answered first wins, and the answer is told to the hand-off."""
        try:
            await self._desk.tasks.close(event.name, TaskStatus.CANCELLED, event.at, outcome="expired")
        except Conflict:
            activity.logger.info("hand-off %s was answered at the last moment", event.name)
            answers = (EventKind.HANDOFF_ACCEPTED, EventKind.HANDOFF_REJECTED)
            facts = await self._desk.inbox.of_lead(event.lead)
            return not any(fact.kind in answers and fact.name == event.name for fact in facts)
        return True

    async def _whom(self, news: HandoffNews) -> str:
        if news.kind != "manager":
            return news.rep
        reps = {rep.id: rep for rep in await self._desk.tasks.reps()}
        return reps[news.rep].manager if news.rep in reps else next((r.manager for r in reps.values() if r.manager), "")

    def _choose(
        self, order: HandoffOrder, contact: Contact, reps: Sequence[Rep], now: datetime, tried: Sequence[str]
    ) -> Choice:
        return route(self._desk.policies().routing, order.plan.route, reps, lead_of(contact, {}), now, tried)

    def _offer(self, choice: Choice, reps: Sequence[Rep]) -> HandoffOffer:
        policies = self._desk.policies()
        rep = next((each for each in reps if each.id == choice.rep), None)
        calendar: Calendar = policies.for_rep(rep) if rep else policies.calendar()
        closed = tuple(sorted(calendar.closed))
        clock = clock_of(calendar.timezone, self._desk.clock.now().year)
        hours = WorkingHours(calendar.window.name, calendar.window.hours, calendar.timezone, closed, clock)
        return HandoffOffer(choice.rep, choice.why, hours, full=choice.full and not choice.rep)

    async def _task(self, order: HandoffOrder, contact: Contact, rep: str, due: datetime) -> Task:
        extra = {"score": order.score, "stage": contact.stage, "why": order.why, "handoff": order.name}
        rows, facts = await self._desk.ledger.rows(lead=order.lead), await self._desk.inbox.of_lead(order.lead)
        extra |= briefing(order.plan.include, rows, facts, order.reasons)
        title = self._desk.composer.words(f"text:{order.plan.title or order.name}", contact, extra)[0]
        _, body = self._desk.composer.words(f"handoff/{order.name}", contact, extra)
        return Task(
            id=order.id,
            lead=order.lead,
            kind=TaskKind.HANDOFF,
            title=title,
            body=body,
            rep=rep,
            due_at=due,
            outcomes=tuple(order.plan.rejected),
            sequence=order.sequence,
            created_at=self._desk.clock.now(),
            details={"why": order.why, "score": order.score, "handoff": order.name},
        )


_TITLES = {"remind": "Reminder", "manager": "A hand-off needs you", "late": "Late"}
