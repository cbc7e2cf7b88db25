"""Calls and manual tasks: a touch that a rep makes, on the same ledger and through the same gates as a message."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.answers import answer_of
from activities.budget import within_budget
from activities.messaging import Desk
from nurture.domain.errors import Invalid, LeaseLost
from nurture.domain.gates import Refusal, Verdict, gate
from nurture.domain.lead import Contact, Scalar
from nurture.domain.orders import TaskOrder
from nurture.domain.ports import Tasks
from nurture.domain.tasks import Task
from nurture.domain.touch import Answer, Intent, TouchAnswer, TouchState, touch_ref


class Calls:
    """Opens tasks; the ledger's wire mark is the moment the task appears in the inbox."""

    def __init__(self, desk: Desk, tasks: Tasks) -> None:
        self._desk, self._tasks = desk, tasks

    @activity.defn(name="ask")
    async def ask(self, order: TaskOrder) -> TouchAnswer:
        """Open the task at most once per touch id: sent when it is in the inbox, not yet or never with the reason."""
        return await within_budget(lambda: self._ask(order), lambda why: self._withhold(order, Refusal.BROKEN, why))

    async def _ask(self, order: TaskOrder) -> TouchAnswer:
        row = await self._desk.ledger.find(order.touch.id)
        if row is not None and row.state is not TouchState.UNCERTAIN and (known := answer_of(row)) is not None:
            return known
        contact = await self._desk.leads.find(order.touch.lead)
        if contact is None:
            return await self._withhold(order, Refusal.NO_ADDRESS, "this lead is not in the store")
        try:
            task = self._task(order, contact)
        except Invalid as flaw:
            return await self._withhold(order, Refusal.BROKEN, str(flaw))
        return await self._open(order, task)

    async def _open(self, order: TaskOrder, task: Task) -> TouchAnswer:
        """Reserve, mark, open, settle. Opening is idempotent and our own, so a repeat is never uncertain."""
        clock, ledger, touch = self._desk.clock, self._desk.ledger, order.touch
        # The body is not part of the identity: a script that was edited between two tries changes nothing for anybody.
        body = touch_ref(task.id)
        intent = Intent(touch, touch_ref(touch.id), body, task.rep, "rep", task.title, self._desk.lease)
        try:
            row = await ledger.reserve(intent, clock.now())
            if row.state is TouchState.INTENT:
                now = clock.now()
                verdict = await ledger.mark_wire(
                    touch.id, row.fence, now, lambda facts: gate(touch, facts, self._desk.policies(), now)
                )
                if verdict is not None:
                    return await self._refuse(order, verdict)
        except LeaseLost as held:
            raise ApplicationError(str(held), type="LeaseLost") from held
        await self._tasks.open(task)
        if row.state is not TouchState.SENT:
            await ledger.settle(touch.id, row.fence, TouchState.SENT, clock.now(), receipt=task.id)
        return TouchAnswer(Answer.SENT, clock.now(), sender=task.rep)

    async def _refuse(self, order: TaskOrder, verdict: Verdict) -> TouchAnswer:
        if verdict.until is not None:
            return TouchAnswer(Answer.NOT_YET, self._desk.clock.now(), verdict.code, verdict.why, verdict.until)
        return await self._withhold(order, verdict.code, verdict.why)

    async def _withhold(self, order: TaskOrder, code: Refusal, why: str) -> TouchAnswer:
        now = self._desk.clock.now()
        await self._desk.ledger.withhold(order.touch, TouchState.SUPPRESSED, now, code=code, reason=why)
        return TouchAnswer(Answer.NEVER, now, code, why)

    def _task(self, order: TaskOrder, contact: Contact) -> Task:
        touch = order.touch
        extra: dict[str, Scalar] = {"score": touch.score, "stage": touch.stage}
        words = self._desk.composer.words
        title = words(f"text:{order.title}", contact, extra)[0] if order.title else ""
        named, body = words(f"call/{touch.template}", contact, extra) if touch.template else ("", "")
        return Task(
            id=touch.id,
            lead=touch.lead,
            kind=order.kind,
            title=title or named or f"{order.kind} for {touch.step}",
            body=body,
            rep=order.owner,
            due_at=order.due_at,
            outcomes=order.outcomes,
            sequence=touch.sequence,
            step=touch.step,
            created_at=self._desk.clock.now(),
            details={"why": touch.why, **extra},
        )
