"""The whole house around real workflows, on a clock we turn: real activities and store; only the wires are boxes."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from activities.calls import Calls
from activities.changes import Changes
from activities.endings import Endings
from activities.enrolments import Enrolments
from activities.handoffs import Handoffs, SalesDesk
from activities.leads import Leads
from activities.messaging import Desk, Messaging
from activities.reconcile import Enquiry, Reconcile
from activities.replies import Replies
from activities.resending import Resending
from activities.sweeps import Sweeps
from nurture.authoring.library import Bookshelf
from nurture.channels.memory import Outbox
from nurture.domain.clock import TimeScale
from nurture.domain.consent import Basis, Consent
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.orders import SequenceFile
from nurture.domain.policies import Policies
from nurture.domain.ports import Composer
from nurture.domain.resending import ordered
from nurture.domain.tasks import Task, TaskStatus
from nurture.domain.touch import TouchState
from nurture.inbound.telling import Teller
from nurture.inbound.textroom import TextRoom
from nurture.store import Store
from workflows.client import QUEUE, LeadClient, workflow_id
from workflows.handoff import HandoffWorkflow
from workflows.lead import LeadWorkflow

MOST_LOOKS = 2_000
"""How often a story looks whether its lead has settled before it gives up."""
A_MOMENT = timedelta(seconds=1)
"""Who is due so soon does not wait: on a busy machine their touch is on its way."""
LEASE = 2.0
"""Seconds of the wall clock: whoever waits for a lease to run out is not to be waited for long."""
LONGEST_TURN = 20.0
"""Seconds of the wall clock after which a clock that does not turn fails its story."""


class TurnedClock:
    """Our time in a story: in an activity the workflow's own turned time, outside what the story last turned it to."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the present moment of the story (UTC)."""
        if activity.in_activity():
            return activity.info().started_time
        return datetime.now(UTC) + self.ahead


_numbers = itertools.count()


def _a_number_of_their_own() -> str:
    """Return a reserved number that nobody else in these stories has: people who share one are merged."""
    area, line = divmod(next(_numbers), 100)
    return f"+1{202 + area}55501{line:02d}"  # 201 is the area of those whom single stories name


def is_idle(found: DescribeWorkflowExecutionResponse) -> bool:
    """Whether a workflow has nothing under way: no activity, and no thought either."""
    return not found.pending_activities and not found.HasField("pending_workflow_task")


class RoomyPost:
    """Senders that are always free: with diaries, no story could send before the hours another one turned to."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies

    async def book(
        self, pool: str, channel: Channel, lead: str, touch: str, at: datetime, **_more: Any
    ) -> tuple[str, datetime]:
        """Return the first sender of the pool, at once. Raises Misconfigured."""
        return self.policies.senders.senders_for(pool, channel)[0].id, at

    async def release(self, touch: str) -> None:
        """Nothing was kept."""

    async def trouble(self, sender: str, touch: str, code: str, now: datetime) -> bool:
        """No sender is paused here, and whatever was refused may be tried again."""
        return True


@dataclass
class House:
    """Everything a lead's story needs."""

    client: Client
    skipper: TimeSkipper
    store: Store
    shelf: Bookshelf
    policies: Policies
    composer: Composer
    clock: TurnedClock
    outboxes: Mapping[Channel, Outbox] = field(default_factory=dict)
    senders: RoomyPost = field(init=False)
    enquirers: dict[Channel, Any] = field(default_factory=dict)
    texts: list[dict[str, str]] = field(default_factory=list)
    asked_since: list[datetime] = field(default_factory=list)
    at_the_door: Callable[[str], Awaitable[str]] | None = None
    """Answers for a lead that is asked to enter in bulk, instead of its workflow."""

    def __post_init__(self) -> None:
        self.senders = RoomyPost(self.policies)

    @property
    def leads(self) -> LeadClient:
        """The way to the workflows."""
        return LeadClient(self.client, TimeScale())

    async def turns(self, handle: WorkflowHandle[Any, Any], step: timedelta) -> None:
        """Turn one workflow's clock; where the server cannot (a child is open), the story fails instead of hanging."""
        async with asyncio.timeout(LONGEST_TURN):
            await self.skipper.fast_forward(handle, step)

    async def tell(self, event: Event, target: str = "") -> None:
        """Tell a stored fact and remember that it was heard, as every door does."""
        row = await self.store.ledger.find(event.touch) if event.kind is EventKind.RESEND_ORDERED else None
        if row is not None:
            await self.leads.resend(ordered(row.touch, event), str(event.details["by"]))
        else:
            await self.leads.tell(event, target)
        await self.store.inbox.told([event.id], self.clock.now())

    async def enrol(self, lead: str, sequence: str, reason: str) -> str:
        """Enrol into a shipped sequence."""
        if self.at_the_door is not None:
            return await self.at_the_door(lead)
        file = self.shelf.sequences[sequence]
        return await self.leads.enrol(lead, SequenceFile(file.id, file.version, file.document), reason)

    def activities(self) -> dict[str, list[Any]]:
        """Return the real activities by queue."""
        store = self.store
        desk = Desk(
            clock=self.clock,
            ledger=store.ledger,
            inbox=store.inbox,
            leads=store.leads,
            senders=self.senders,
            composer=self.composer,
            carriers=self.outboxes,
            policies=lambda: self.policies,
            tell=self.tell,
            lease=LEASE,
        )
        leads = Leads(
            store.leads, store.ledger, store.library, self.clock, lambda: self.shelf.policies, lambda: self.policies
        )
        messaging, handoffs = Messaging(desk), self.handoffs()
        sweeps, changes = self.sweeps(), Changes(lambda: self.leads, store.library)
        back = [
            changes.find,
            changes.change,
            sweeps.find,
            sweeps.note,
            Calls(desk, store.tasks).ask,
        ]
        back += [handoffs.offer, handoffs.reassign, handoffs.tell, handoffs.report, Enrolments(self.enrol).enrol]
        back += [Replies(self.sales_desk()).pass_on]
        back += [Resending(store.ledger, self.clock).stay_uncertain, self.reconcile().sweep]
        end_of = Endings(self.clock, store.ledger, self.senders, LEASE).end_of
        at_hand = [leads.recall, leads.place, leads.rest, leads.write_down, leads.sequence, end_of]
        send = [messaging.send]
        return {"email": send, "sms": send, "whatsapp": send, "back-office": back, QUEUE: at_hand}

    def sweeps(self) -> Sweeps:
        """Return what finds the people of a segment."""
        store = self.store
        return Sweeps(store.leads, store.inbox, store.library, store.sweeps, self.clock, lambda: self.policies)

    def handoffs(self) -> Handoffs:
        """Return the real hand-offs."""
        return Handoffs(self.sales_desk())

    def sales_desk(self) -> SalesDesk:
        """Return what hand-offs and replies to people need."""
        store = self.store
        return SalesDesk(
            self.clock,
            store.inbox,
            store.leads,
            store.ledger,
            store.tasks,
            self.composer,
            lambda: self.policies,
            self.tell,
        )

    def reconcile(self) -> Reconcile:
        """Return the real reconciler; its providers are what the story put into `enquirers` and `texts`."""
        store = self.store
        room = TextRoom(store.ledger, store.inbox, store.leads, self.clock, Teller(store.inbox, self.clock, self.tell))

        async def received(since: datetime) -> list[dict[str, str]]:
            self.asked_since.append(since)
            return list(self.texts)

        asking = (self.leads.ask, room.recover, received)
        return Reconcile(
            Enquiry(self.clock, lambda at: at, store.ledger, store.leads, self.composer, self.enquirers, *asking)
        )

    async def knows(self, name: str, **changes: Any) -> str:
        """Save a person who agreed to everything, and return the id."""
        lead = f"{name}-{uuid.uuid4().hex[:8]}"
        person = Contact(
            id=lead,
            email=f"{lead}@example.com",
            phone=_a_number_of_their_own(),
            first_name=name.title(),
            country="GB",
            timezones=("Europe/London",),
            source="website",
            created_at=self.clock.now(),
        )
        person = replace(person, **changes)
        given = self.clock.now() - timedelta(days=1)
        consents = [
            Consent(lead, channel, Purpose.MARKETING, Basis.EXPRESS_WRITTEN, given, "test form", "I agree")
            for channel in (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)
        ]
        await self.store.leads.save([person], consents)
        return lead

    async def enrols(self, name: str, document: Mapping[str, Any], **changes: Any) -> Story:
        """Let a new person enter a sequence and return their story."""
        self.clock.ahead = timedelta()
        lead = await self.knows(name, **changes)
        story = Story(self, lead, "", self.client.get_workflow_handle_for(LeadWorkflow.run, workflow_id(lead)))
        story.answer = await self.enters(story, document)
        return story

    async def enters(self, story: Story, document: Mapping[str, Any]) -> str:
        """Let a person enter a further sequence; return "" or the reason code why not."""
        version = uuid.uuid4().hex[:12]
        await self.store.library.keep(document["sequence"], version, document)
        await self.store.enrolments.asked(story.lead, document["sequence"], version, "story", self.clock.now())
        return await self.leads.enrol(story.lead, SequenceFile(document["sequence"], version, document), "story")


@dataclass
class Story:
    """What happens to one lead."""

    house: House
    lead: str
    answer: str
    handle: WorkflowHandle[Any, str]
    told: int = 0

    async def days_pass(self, days: float) -> None:
        """Turn the clock of this lead's workflow; one that rests has none."""
        step = timedelta(days=days)
        await self.settles()
        self.house.clock.ahead += step
        if await self.is_alive():
            await self.house.turns(self.handle, step)
            await self.settles()

    async def its_time_comes(self) -> None:
        """Turn the clock of this lead's workflow right to the time it waits for."""
        await self.settles()
        until = datetime.fromisoformat((await self.state())["until"])
        await self.days_pass((until - self.house.clock.now()) / timedelta(days=1))

    async def hears(
        self, kind: EventKind, *, name: str = "", step: str = "", tell: bool = True, settle: bool = True, **details: Any
    ) -> Event:
        """Store a fact about the lead, then tell it, as every door does."""
        self.told += 1
        sequence = (await self.journeys())[0]["sequence"] if step else ""
        now = self.house.clock.now()
        event = Event(f"{self.lead}:{self.told}", kind, self.lead, now, name, "", sequence, step, details)
        stored = await self.house.store.inbox.record(event)
        assert stored is not None
        if tell:
            await self.house.tell(stored)
        if tell and settle:
            await self.settles()
        return stored

    def offer(self, number: int = 1) -> Offer:
        """Return the lead's hand-off of that number."""
        name = f"handoff-{self.lead}-{number}"
        return Offer(self, name, self.house.client.get_workflow_handle_for(HandoffWorkflow.run, name))

    async def tasks(self, kind: str = "") -> list[Task]:
        """Return the lead's tasks of a kind, or all of them, in the order of their opening."""
        found = await self.house.store.tasks.of(lead=self.lead)
        return sorted((t for t in found if kind in ("", t.kind)), key=lambda task: task.created_at)

    async def journeys(self) -> list[dict[str, Any]]:
        """Return the open journeys."""
        found = await self.handle.query(LeadWorkflow.state)
        return list(found["journeys"])

    async def state(self) -> Mapping[str, Any]:
        """Return where the lead stands."""
        return await self.handle.query(LeadWorkflow.state)

    async def signs(self) -> dict[str, Any]:
        """Return what the server shows and finds the lead by, by name."""
        return {pair.key.name: pair.value for pair in (await self.handle.describe()).typed_search_attributes}

    async def settles(self) -> None:
        """Return when everything due has been done: the lead waits for a later time, or rests."""
        for _ in range(MOST_LOOKS):
            description = await self.handle.describe()
            if description.status is not WorkflowExecutionStatus.RUNNING:
                return
            if is_idle(description.raw_description) and await self.is_waiting():
                return
        raise AssertionError(f"{self.lead} never settles: {await self.state()}")

    async def is_alive(self) -> bool:
        """Whether the lead's workflow runs."""
        return (await self.handle.describe()).status is WorkflowExecutionStatus.RUNNING

    async def is_waiting(self) -> bool:
        """Whether the lead waits for a time that has not come yet."""
        try:
            state = await self.state()
        except RPCError as busy:
            if busy.status is not RPCStatusCode.FAILED_PRECONDITION:
                raise
            return False  # it continued as new this moment, and its new run has not begun
        until = state.get("until")  # there is none while the lead's file is being read
        return until is not None and datetime.fromisoformat(until) > self.house.clock.now() + A_MOMENT

    async def ends(self) -> str:
        """Return the stage the lead comes to rest at; a lead that goes on fails its story with where it stands."""
        try:
            async with asyncio.timeout(LONGEST_TURN):
                return await self.handle.result()
        except TimeoutError:
            raise AssertionError(f"{self.lead} does not rest: {await self.state()}") from None

    async def sent(self) -> list[str]:
        """Return the steps whose touches left, in order."""
        states = (TouchState.SENT, TouchState.DELIVERED)
        rows = await self.house.store.ledger.rows(lead=self.lead, states=states)
        return [row.touch.step for row in rows]


ANSWERED = {
    EventKind.HANDOFF_ACCEPTED: TaskStatus.ACCEPTED,
    EventKind.HANDOFF_REJECTED: TaskStatus.REJECTED,
}


@dataclass
class Offer:
    """One hand-off of a lead: a workflow with a clock of its own. Its lead's clock stands still while it runs."""

    story: Story
    id: str
    handle: WorkflowHandle[Any, str]
    passed: timedelta = timedelta()

    async def hours_pass(self, hours: float, *, settle: bool = True) -> None:
        """Turn the clock of the hand-off; its lead's follows when it has ended."""
        house, step = self.story.house, timedelta(hours=hours)
        await self.settles()
        house.clock.ahead += step
        self.passed += step
        await house.turns(self.handle, step)
        if settle:
            await self.settles()

    async def hears(self, kind: EventKind, *, tell: bool = True, **details: Any) -> Event:
        """Store a rep's answer as the inbox page does, close the task with it, and tell the hand-off."""
        house, now = self.story.house, self.story.house.clock.now()
        what = "answer" if kind in ANSWERED else "first_touch"
        event = Event(f"{self.id}:{what}", kind, self.story.lead, now, self.id, details=details)
        stored = await house.store.inbox.record(event, target=self.id)
        assert stored is not None
        if kind in ANSWERED:
            rep, why = str(details.get("rep") or ""), str(details.get("reason") or "")
            await house.store.tasks.close(self.id, ANSWERED[kind], now, outcome=why, rep=rep)
        if tell:
            await house.tell(stored, self.id)
        return stored

    async def task(self) -> Task:
        """Return the hand-off's task."""
        found = await self.story.house.store.tasks.find(self.id)
        assert found is not None
        return found

    async def notes(self) -> list[tuple[str, str]]:
        """Return what people were told about this hand-off, as (news, to whom), in order."""
        return [(str(note.details["news"]), note.rep) for note in await self.story.tasks("note")]

    async def state(self) -> Mapping[str, Any]:
        """Return how far the hand-off is."""
        return await self.handle.query(HandoffWorkflow.state)

    async def settles(self) -> None:
        """Return when the hand-off waits for a later time, or is over."""
        for _ in range(MOST_LOOKS):
            description = await self.handle.describe()
            if description.status is not WorkflowExecutionStatus.RUNNING:
                return
            until = (await self.state())["until"]
            idle = is_idle(description.raw_description)
            if idle and until is not None and datetime.fromisoformat(until) > self.story.house.clock.now():
                return
        raise AssertionError(f"{self.id} never settles: {await self.state()}")

    async def ends(self) -> str:
        """Return how the hand-off ended, when its lead has heard of it."""
        outcome = await self.handle.result()
        await self.story.settles()
        if self.passed and await self.story.is_alive():
            await self.story.house.turns(self.story.handle, self.passed)
            await self.story.settles()
        return outcome
