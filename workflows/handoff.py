"""One hand-off: wait for the answer, remind, reassign, tell the manager, give to the pool, and report the outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.handoffs import Handoffs
    from nurture.domain.events import Event, EventKind
    from nurture.domain.handoff import (
        Closed,
        Expired,
        HandoffState,
        Late,
        Next,
        Reassign,
        Remind,
        TellManager,
        ToPool,
        Wait,
        decide,
        done,
    )
    from nurture.domain.orders import HandoffNews
    from workflows import patience
    from workflows.starts import HandoffStart


@workflow.defn(name="Handoff")
class HandoffWorkflow:
    """Workflow id: `handoff-<lead>-<n>`, the same as its task's."""

    @workflow.init
    def __init__(self, start: HandoffStart) -> None:
        self.order, self.offer, self.scale = start.order, start.offer, start.scale
        tried = (start.offer.rep,) if start.offer.rep else ()
        self.progress = HandoffState(start.opened_at, start.offer.rep, start.opened_at, tried)
        self.answer: Event | None = None
        self.reported = False
        self.seen: set[str] = set()

    @workflow.run
    async def run(self, start: HandoffStart) -> str:
        """Climb the ladder until somebody answers or the time is up; return `accepted`, `rejected` or `expired`."""
        while not isinstance(next_thing := self.next_thing(), Closed):
            if self.answer is not None and not self.reported:
                await self.report(self.answer)
                if self.answer.kind is EventKind.HANDOFF_REJECTED:
                    return "rejected"
            elif not isinstance(next_thing, Expired):
                await self.carry_out(next_thing)
            elif await self.withdraw(next_thing.why):
                return "expired"
            else:
                await workflow.wait_condition(lambda: self.answer is not None)
        if self.answer is not None and not self.reported:
            await self.report(self.answer)
        return "accepted"

    @workflow.signal
    def happened(self, event: Event) -> None:
        """A rep accepted or rejected, or spoke to the lead for the first time. Safe to repeat."""
        if event.id in self.seen:
            return
        self.seen.add(event.id)
        if event.kind is EventKind.TASK_DONE:
            self.progress = replace(self.progress, first_touch_at=event.at)
        elif self.answer is None and event.kind in (EventKind.HANDOFF_ACCEPTED, EventKind.HANDOFF_REJECTED):
            self.answer = event
            if event.kind is EventKind.HANDOFF_ACCEPTED:
                rep = str(event.details.get("rep") or self.progress.rep)
                self.progress = replace(self.progress, accepted_at=event.at, rep=rep)

    @workflow.query
    def state(self) -> dict[str, Any]:
        """Return who has it, since when, what is late, and what comes next and when."""
        next_thing = self.next_thing()
        return {
            "handoff": self.order.id,
            "rep": self.progress.rep or "pool",
            "opened_at": self.progress.opened_at.isoformat(),
            "late": list(self.progress.late),
            "answer": str(self.answer.kind) if self.answer else "",
            "next": next_thing.why,
            "until": next_thing.until.isoformat() if isinstance(next_thing, Wait) else None,
        }

    def next_thing(self) -> Next:
        """Ask the planner of hand-offs."""
        return decide(self.progress, self.order.plan, self.offer.hours.calendar, self.now())

    async def carry_out(self, thing: Next) -> None:
        """Wait, or do what the ladder says and remember that it was done."""
        if isinstance(thing, Wait):
            await self.wait(thing)
            return
        rep = ""
        if isinstance(thing, Reassign):
            rep = await self.reassign(thing)
        else:
            await self.tell_people(thing)
        self.progress = done(self.progress, thing, self.now(), rep)

    async def wait(self, wait: Wait) -> None:
        """Sleep until the next rung, or until the rep answers."""
        workflow.set_current_details(f"**{self.progress.rep or 'The pool'}** has it. {wait.why}")
        answered, touched = self.answer, self.progress.first_touch_at
        try:
            await workflow.wait_condition(
                lambda: (self.answer, self.progress.first_touch_at) != (answered, touched),
                timeout=self.scale.real_wait(self.now(), wait.until) + patience.BREATH,
                timeout_summary=wait.why,
            )
        except TimeoutError:
            return

    async def reassign(self, thing: Reassign) -> str:
        """Give the lead to the next rep; return "" when there is nobody else."""
        offer = await workflow.execute_activity_method(
            Handoffs.reassign,
            args=[self.order, list(self.progress.tried), self.now()],
            **patience.at(patience.BACK_OFFICE, patience.FOR_PEOPLE, f"reassigns: {thing.why}"),
        )
        if offer.rep:
            self.offer = offer
        return offer.rep

    async def tell_people(self, thing: Next) -> None:
        """Remind the rep, tell the manager, give to the pool, or note a broken promise."""
        kinds = {Remind: "remind", TellManager: "manager", ToPool: "pool", Late: "late"}
        news = HandoffNews(self.order.id, self.order.lead, kinds[type(thing)], self.progress.rep, thing.why, self.now())
        await workflow.execute_activity_method(
            Handoffs.tell, news, **patience.at(patience.BACK_OFFICE, patience.FOR_PEOPLE, f"{news.kind}: {thing.why}")
        )

    async def report(self, answer: Event) -> None:
        """Tell the lead how it ended; stored first, so it cannot get lost."""
        self.reported = True
        outcome = "accepted" if answer.kind is EventKind.HANDOFF_ACCEPTED else "rejected"
        reason, rep = str(answer.details.get("reason") or ""), str(answer.details.get("rep") or "")
        await self._close(outcome, reason, rep or self.progress.rep)

    async def withdraw(self, why: str) -> bool:
        """Nobody took it: the task goes away and the lead goes on. Return False when a rep's answer is on its way."""
        return await self._close("expired", why, "")

    async def _close(self, outcome: str, reason: str, rep: str) -> bool:
        details = {"outcome": outcome, "reason": reason, "rep": rep, "handoff": self.order.name}
        event = Event(
            f"{self.order.id}:closed",
            EventKind.HANDOFF_CLOSED,
            self.order.lead,
            self.now(),
            self.order.id,
            details=details,
        )
        return await workflow.execute_activity_method(
            Handoffs.report,
            event,
            **patience.at(patience.BACK_OFFICE, patience.FOR_PEOPLE, f"{outcome} {reason}".strip()),
        )

    def now(self) -> datetime:
        """Return the present in our time (UTC)."""
        return self.scale.at(workflow.now())
