"""One made-up person lives the same weeks twice: in the simulator, and in a LeadWorkflow on a clock that is turned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from activities.leads import planners_share
from nurture.domain.clock import TimeScale
from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Wait
from nurture.domain.events import Event, EventKind
from nurture.domain.orders import (
    HandoffOffer,
    HandoffOrder,
    LeadFile,
    ReplyOrder,
    SequenceFile,
    Standing,
    TaskOrder,
    WorkingHours,
)
from nurture.domain.simulator import Person, Simulator, World
from nurture.domain.touch import Answer, Touch, TouchAnswer
from nurture.trying.people import persona_as
from nurture.trying.workshop import Workshop
from tests.workflows.building import turner
from workflows.client import QUEUE, LeadClient, workflow_id
from workflows.deeds import RESTS
from workflows.lead import LeadWorkflow
from workflows.runner import RUNNER
from workflows.starts import HandoffStart

ORIGIN = datetime(2026, 3, 2, 8, 30, 0, 500_000, tzinfo=UTC)
"""A Monday morning on which everybody's story begins. Half a second keeps a server's latency away from whole seconds:
the spread in a window counts those that are left, and one more or less gives another offset altogether."""
SLOWLY = 0.01
"""Our seconds in one of the server's: its latency weighs a hundredth, and skipping time costs nothing."""
MOST_TURNS, MOST_LOOKS = 400, 5_000


@dataclass(frozen=True, slots=True)
class Noted:
    """One deed: what was decided at `at` (UTC), and why."""

    at: datetime
    deed: str
    what: str
    why: str


def noted(decision: Decision, at: datetime) -> Noted:
    """Return a decision of the planner as a note."""
    match decision:
        case Speak() | AskRep():
            touch = decision.touch
            return Noted(at, type(decision).__name__, f"{touch.step} {touch.channel} {touch.template}", decision.why)
        case HandOver():
            return Noted(at, "HandOver", decision.name, decision.why)
        case PassOn():
            return Noted(at, "PassOn", "", decision.why)
        case Move():
            return Noted(at, "Move", decision.stage, decision.why)
        case Enroll():
            return Noted(at, "Enroll", decision.target, "")
    raise AssertionError(f"nobody carries out {decision}")


@dataclass(frozen=True, slots=True)
class Case:
    """Who enters what, with which dice."""

    sequence: str
    persona: str
    seed: int

    @property
    def lead(self) -> str:
        """The id of the made-up person, which its chances hang on."""
        return f"{self.persona}-{self.seed}-{self.sequence}"

    def simulator(self, workshop: Workshop, days: float, kind: type[Simulator] = Simulator) -> Any:
        """Return a simulator with this one person in it."""
        persona = workshop.personas[self.persona]
        someone = persona_as(persona, self.lead, ORIGIN)
        facts = someone.facts(workshop.policies, workshop.purpose_of(self.sequence), ORIGIN)
        world = World(workshop.book, workshop.current, workshop.links, self.seed)
        return kind(world, [Person(facts, persona, self.sequence, ORIGIN)], ORIGIN, days)


class Watched(Simulator):
    """A simulator that writes down what its person's planner decided, until it rests for the first time."""

    def __init__(self, *args: Any) -> None:
        self.notes: list[Noted] = []
        self.rests = False
        super().__init__(*args)

    def _carry_out(self, who: int, decision: Decision, now: datetime) -> Event:
        if not self.rests:
            self.notes.append(noted(decision, now))
        return super()._carry_out(who, decision, now)

    def _sleep(self, who: int, decision: Wait | Done) -> None:
        self.rests = self.rests or (isinstance(decision, Done) and bool(self.states[who].past))
        super()._sleep(who, decision)


def simulated(case: Case, workshop: Workshop, days: float) -> list[Noted]:
    """Return what the simulator's person does."""
    simulator = case.simulator(workshop, days, Watched)
    simulator.run()
    return list(simulator.notes)


@dataclass
class Double:
    """The world around one LeadWorkflow: it answers each deed as the simulator would, and knows what follows."""

    case: Case
    workshop: Workshop
    world: Simulator
    scale: TimeScale = field(default_factory=lambda: TimeScale(SLOWLY, datetime.now(UTC), ORIGIN))
    notes: list[Noted] = field(default_factory=list)
    snapshot: str = ""
    numbers: Iterator[int] = field(default_factory=count)
    """Ids for facts: a simulator's have none, because it tells each only once."""

    def follows(self) -> datetime | None:
        """Return when (UTC) the next fact comes that a person or a rep makes."""
        return self.world._agenda.begins()

    def next_fact(self) -> Event:
        """Take the next fact out of the simulator's hands. Its alarms are never set: the workflow has its own."""
        event = next(iter(self.world._agenda))[3]
        assert event is not None
        return event


class Stage:
    """The activities of all doubles, by lead."""

    def __init__(self) -> None:
        self.doubles: dict[str, Double] = {}

    def on(self) -> tuple[Double, datetime]:
        """Return whose activity is under way, and when (UTC, our time) it was asked for."""
        info = activity.info()
        double = self.doubles[str(info.workflow_id).removeprefix("lead-")]
        return double, double.scale.at(info.scheduled_time)

    @activity.defn(name="recall")
    async def recall(self, lead: str) -> LeadFile:
        """Return the person the simulator has, with the planner's share of the policies, as the real one does."""
        double, _ = self.on()
        facts, policies = double.world.people[0].lead, double.workshop.shelf.policies
        return LeadFile(facts, "lead", planners_share(policies, facts, ORIGIN.year), double.snapshot)

    @activity.defn(name="send")
    async def send(self, touch: Touch) -> TouchAnswer:
        """Send, as the simulator does."""
        double, now = self.on()
        double.notes.append(noted(Speak(why=touch.why, touch=touch), now))
        return answer_in(double.world._speak(0, touch, now))

    @activity.defn(name="ask")
    async def ask(self, order: TaskOrder) -> TouchAnswer:
        """Open a task, as the simulator does."""
        double, now = self.on()
        asked = AskRep(why=order.touch.why, touch=order.touch, kind=order.kind, title=order.title, due_at=order.due_at)
        double.notes.append(noted(asked, now))
        return answer_in(double.world._ask(0, asked, now))

    @activity.defn(name="offer_handoff")
    async def offer(self, order: HandoffOrder) -> HandoffOffer:
        """Offer the lead, as the simulator does."""
        double, now = self.on()
        offered = HandOver(why=order.why, id=order.id, name=order.name, version=order.version)
        double.notes.append(noted(offered, now))
        full = double.world._hand_over(0, offered, now).kind is EventKind.HANDOFF_FULL
        return HandoffOffer("", "as simulated", WorkingHours("always", (((0, 1_440),),) * 7, "UTC"), full=full)

    @activity.defn(name="pass_on_reply")
    async def pass_on(self, order: ReplyOrder) -> str:
        """Note that a person gets the reply."""
        double, now = self.on()
        double.notes.append(noted(PassOn(why=order.why, reply=order.reply), now))
        return ""

    @activity.defn(name="place")
    async def place(self, standing: Standing) -> None:
        """Note the move."""
        double, now = self.on()
        double.notes.append(Noted(now, "Move", standing.stage, standing.reason))

    @activity.defn(name="sequence")
    async def sequence(self, sequence: str) -> SequenceFile:
        """Return the version on the shelf, and note that it is entered."""
        double, now = self.on()
        double.notes.append(Noted(now, "Enroll", sequence, ""))
        file = double.workshop.shelf.sequences[sequence]
        return SequenceFile(file.id, file.version, file.document)

    @activity.defn(name="rest")
    async def rest(self, standing: Standing, snapshot: str) -> None:
        """Keep the state, and note the move that is written down with it."""
        double, now = self.on()
        if standing.reason != RESTS:
            double.notes.append(Noted(now, "Move", standing.stage, standing.reason))
        double.snapshot = snapshot


def answer_in(event: Event) -> TouchAnswer:
    """Return the answer of the real activity that the simulator's fact stands for."""
    told = event.details
    until = datetime.fromisoformat(str(told["until"])) if told.get("until") else None
    outcome = Answer(str(told.get("outcome") or Answer.SENT))
    return TouchAnswer(outcome, event.at, str(told.get("code") or ""), str(told.get("why") or ""), until)


@workflow.defn(name="Handoff", sandboxed=False)
class ElsewhereHandoff:
    """The simulated sales floor answers by itself."""

    @workflow.run
    async def run(self, start: HandoffStart) -> str:
        """End at once."""
        return "elsewhere"


@dataclass
class Theatre:
    """Where doubles live."""

    client: Client
    skipper: TimeSkipper
    stage: Stage

    async def lives(self, case: Case, workshop: Workshop, days: float) -> list[Noted]:
        """Let a LeadWorkflow live the person's life and return what it did, until it rests or the days are over."""
        double = self.stage.doubles[case.lead] = Double(case, workshop, case.simulator(workshop, days))
        await self.enters(double)
        for _ in range(MOST_TURNS):
            coming, fact_at = await self.waits(double), double.follows()
            if coming is None:
                return double.notes
            at = min(coming, fact_at or coming)
            if at > ORIGIN + timedelta(days=days):
                return double.notes
            await self.turns(double, at)
            if fact_at == at:
                await self.happens(double)
        raise AssertionError(f"{case} does not end: {double.notes[-5:]}")

    async def enters(self, double: Double) -> None:
        """Let the person in by the sequence's door, as the simulator does."""
        leads = LeadClient(self.client, double.scale)
        while double.follows() == ORIGIN:
            event = double.next_fact()
            if event.kind is not EventKind.ENROLLED:
                await leads.tell(event)
        file = double.workshop.shelf.sequences[double.case.sequence]
        assert await leads.enrol(double.case.lead, SequenceFile(file.id, file.version, file.document), "") == ""

    async def happens(self, double: Double) -> None:
        """Tell the next fact."""
        event = double.next_fact()
        if event.kind is EventKind.HANDOFF_CLOSED:
            double.world.floor.closes(str(event.details.get("rep") or ""))
        await LeadClient(self.client, double.scale).tell(replace(event, id=f"told-{next(double.numbers)}"))

    async def turns(self, double: Double, at: datetime) -> None:
        """Turn the lead's clock to `at` (UTC, our time)."""
        handle = self.client.get_workflow_handle(workflow_id(double.case.lead))
        now = double.scale.at(await self.skipper.get_current_time(handle))
        if at > now:
            await self.skipper.fast_forward(handle, double.scale.real_wait(now, at))

    async def waits(self, double: Double) -> datetime | None:
        """Return until when (UTC) the lead waits, once all that is due is done; None when it rests."""
        handle = self.client.get_workflow_handle_for(LeadWorkflow.run, workflow_id(double.case.lead))
        for _ in range(MOST_LOOKS):
            description = await handle.describe()
            if description.status is not WorkflowExecutionStatus.RUNNING:
                return None
            raw = description.raw_description
            if raw.pending_activities or raw.pending_children or raw.HasField("pending_workflow_task"):
                continue
            until = (await handle.query(LeadWorkflow.state)).get("until")
            now = double.scale.at(await self.skipper.get_current_time(handle))
            if until is not None and datetime.fromisoformat(until) > now:
                return datetime.fromisoformat(until)
        raise AssertionError(f"{double.case} never settles")


@asynccontextmanager
async def open_theatre(client: Client) -> AsyncIterator[Theatre]:
    """Open workers on which LeadWorkflow meets simulated people instead of mailboxes."""
    skipper, stage = turner(client), Stage()
    queues: Mapping[str, list[Any]] = {
        "email": [stage.send],
        "sms": [stage.send],
        "whatsapp": [stage.send],
        "back-office": [stage.ask, stage.offer, stage.pass_on],
    }
    async with AsyncExitStack() as open_:
        for queue, known in queues.items():
            await open_.enter_async_context(Worker(skipper.client, task_queue=queue, activities=known))
        lives = Worker(
            skipper.client,
            task_queue=QUEUE,
            workflows=[LeadWorkflow, ElsewhereHandoff],
            activities=[stage.recall, stage.place, stage.sequence, stage.rest],
            workflow_runner=RUNNER,
        )
        await open_.enter_async_context(lives)
        yield Theatre(skipper.client, skipper, stage)
