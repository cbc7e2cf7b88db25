"""Replies that no sequence waits for: each becomes one task of one person, with what was said before."""

from __future__ import annotations

from dataclasses import replace

from temporalio import activity

from activities.handoffs import SalesDesk
from nurture.domain.briefing import briefing
from nurture.domain.duration import Duration
from nurture.domain.lead import Contact, lead_of
from nurture.domain.orders import ReplyOrder
from nurture.domain.routing import route
from nurture.domain.tasks import Task, TaskKind

ROUTE = "owner else inbox"
"""Who gets them: the lead's owner, whoever covers, else everybody's inbox."""
ANSWER_WITHIN = Duration(1, "day", business=True)
NOTE = "handoff/after-the-end"
"""The template of the task."""
OUTCOMES = ("answered", "meeting_booked", "no_answer_needed")


class Replies:
    """Keyed by the reply's id: a repetition finds the task that is there."""

    def __init__(self, desk: SalesDesk) -> None:
        self._desk = desk

    @activity.defn(name="pass_on_reply")
    async def pass_on(self, order: ReplyOrder) -> str:
        """Put a reply into somebody's inbox, at most once; return their rep id, "" for the pool."""
        known = await self._desk.tasks.find(order.task)
        if known is not None:
            return known.rep
        now, policies, reps = self._desk.clock.now(), self._desk.policies(), await self._desk.tasks.reps()
        contact = await self._desk.leads.find(order.lead) or Contact(order.lead)
        facts = replace(lead_of(contact, {}), owner=order.owner or contact.owner)
        rep = route(policies.routing, ROUTE, reps, facts, now).rep
        hours = next((policies.for_rep(each) for each in reps if each.id == rep), policies.calendar())
        title, body = await self._words(order, contact)
        task = Task(
            id=order.task,
            lead=order.lead,
            kind=TaskKind.REPLY,
            title=title,
            body=body,
            rep=rep,
            due_at=hours.add(now, ANSWER_WITHIN),
            outcomes=OUTCOMES,
            created_at=now,
            details={"why": order.why, "score": order.score},
        )
        return (await self._desk.tasks.open(task)).rep

    async def _words(self, order: ReplyOrder, contact: Contact) -> tuple[str, str]:
        rows, facts = await self._desk.ledger.rows(lead=order.lead), await self._desk.inbox.of_lead(order.lead)
        extra = {"score": order.score, "stage": contact.stage, "why": order.why, "handoff": "reply"}
        return self._desk.composer.words(NOTE, contact, extra | briefing((), rows, facts, order.reasons))
