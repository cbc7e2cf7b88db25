"""The life of one lead: ask the planner, carry out what it says or wait, hear what happens, for as long as it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.leads import Leads
    from nurture.domain.decisions import AskRep, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Wait
    from nurture.domain.enrolling import why_not_enter
    from nurture.domain.events import Event, EventKind
    from nurture.domain.orders import SequenceFile
    from nurture.domain.outlook import outlook
    from nurture.domain.reports import explain, standing_of
    from nurture.domain.stage import why_not_move
    from nurture.domain.state import HABITS, LeadState
    from workflows import deeds, patience
    from workflows.board import Board
    from workflows.hearing import Ear
    from workflows.mind import Mind
    from workflows.signs import in_words
    from workflows.silence import cause_of
    from workflows.starts import Carried, LeadStart


@workflow.defn(name="Lead")
class LeadWorkflow:
    """One person, one workflow, one state. Workflow id: `lead-<uuid>`."""

    @workflow.init
    def __init__(self, start: LeadStart) -> None:
        self.lead, self.scale, self.habits = start.lead, start.scale, start.habits
        self.ear, self.board = Ear(start.unheard), Board(self.now)
        self.unknown = ""
        self.mind: Mind | None = Mind(self.used_to(start.carried), self.now()) if start.carried else None

    @workflow.run
    async def run(self, start: LeadStart) -> str:
        """Live until nothing is open any more; return how it stands then. Fails for a lead that is not in the store."""
        mind = self.mind or await self.remember()
        await self.hear_out(mind)
        await workflow.wait_condition(workflow.all_handlers_finished)  # an enrolment that woke us comes before any rest
        while not (isinstance(mind.decision, Done) and await self.comes_to_rest(mind)):
            await self.carry_out(mind, mind.decision)
            await self.hear_out(mind)
            if self.history_is_long():
                await self.continue_as_new(mind)
            mind.think(self.now())
        return mind.state.stage

    # --- what the world says -----------------------------------------------------------------------------------------

    @workflow.signal
    def happened(self, event: Event) -> None:
        """A fact arrived. Safe to repeat: every event has an id."""
        if self.mind is None or not self.ear.is_free():
            self.ear.keep(event)
        else:
            self.mind.hear(event, self.now())
            self.board.show_soon(self.mind)

    @workflow.update
    async def enrol(self, file: SequenceFile, reason: str) -> str:
        """Enter a sequence; return "" or the code of the reason why not."""
        return self.enter(await self.awake(), file, reason)

    @workflow.update
    async def enrol_once(self, file: SequenceFile, reason: str, cause: str) -> str:
        """Enter a sequence by an event; return "" or the code of the reason why not. One event's id enters once."""
        mind, entry = await self.awake(), f"{cause}>{file.sequence}"
        return "already_in" if entry in mind.state.seen else self.enter(mind, file, reason, entry)

    @workflow.update
    async def move(self, stage: str, reason: str, by: str) -> str:
        """Move the lead to another stage by hand; return the stage it stands at then."""
        mind = await self.awake()
        refusal = why_not_move(mind.book.policies.stages, mind.state.stage, stage, by)
        if refusal is not None:
            raise ApplicationError(refusal, type="Conflict", non_retryable=True)
        mind.hear(await deeds.place(mind, stage, reason, self.scale), self.now())
        return mind.state.stage

    @workflow.update
    async def change(self, file: SequenceFile) -> str:
        """Move to a new version of a sequence at the next decision; return the version it is in then, "" for none."""
        mind = await self.awake()
        mind.learn(file.version, file.document)
        facts = {"version": file.version}
        told = deeds.fact(EventKind.SEQUENCE_CHANGED, self.lead, self.now(), name=file.sequence, details=facts)
        mind.hear(told, self.now())
        return mind.version_of(file.sequence)

    @workflow.query
    def state(self) -> Mapping[str, Any]:
        """Return where the lead stands: stage, score, journeys, what comes next and why."""
        if self.mind is None:
            return {"lead": self.lead, "stage": "", "next": "is being read", "journeys": []}
        return standing_of(self.mind.book, self.mind.state, self.mind.decision, self.now()) | {
            "next": in_words(self.mind.decision, self.mind.state.lead.timezone)
        }

    @workflow.query
    def plan(self) -> list[str]:
        """Return the next ten decisions, if nobody says anything in the meantime."""
        if self.mind is None:
            return []
        coming = outlook(self.mind.book, self.mind.state, self.now(), 10)
        return [in_words(decision, self.mind.state.lead.timezone) for _, decision in coming]

    @workflow.query
    def explanation(self) -> Mapping[str, Any]:
        """Return how it came to this: the rules that fired with their inputs, and every point of the score."""
        if self.mind is None:
            return {}
        trail = [f"{at:%Y-%m-%d %H:%M} {words}" for at, words in self.mind.trail]
        return explain(self.mind.book, self.mind.state, self.now()) | {
            "trail": trail,
            "rulings": list(self.mind.notebook.rulings),
        }

    # --- what the planner says ---------------------------------------------------------------------------------------

    async def carry_out(self, mind: Mind, decision: Decision) -> None:
        """Do what was decided; each deed tells the planner how it went."""
        match decision:
            case Wait():
                await self.wait(mind, decision)
            case Speak():
                mind.hear(await deeds.speak(mind, decision, self.scale), self.now())
            case AskRep():
                mind.hear(await deeds.ask_rep(mind, decision, self.scale), self.now())
            case HandOver():
                mind.hear(await deeds.hand_over(mind, decision, self.scale), self.now())
            case PassOn():
                mind.hear(await deeds.pass_on(mind, decision, self.scale), self.now())
            case Move():
                mind.hear(await deeds.move(mind, decision, self.scale), self.now())
            case Enroll():
                await self.enrol_in(mind, decision)

    async def wait(self, mind: Mind, wait: Wait) -> None:
        """Sleep until the planner's time, until what was heard changes the plan, or until there was too much of it."""
        self.board.show(mind, wait)
        left = self.scale.real_wait(self.now(), wait.until) + patience.BREATH
        try:
            await workflow.wait_condition(
                lambda: not _same(mind.decision, wait) or bool(self.ear.waiting) or self.history_is_long(),
                timeout=left,
                timeout_summary=in_words(wait, mind.state.lead.timezone),
            )
        except TimeoutError:
            return

    async def enrol_in(self, mind: Mind, decision: Enroll) -> None:
        """Enter the sequence that another one led to; one that cannot be had is refused, and the lead goes on."""
        try:
            file = await deeds.fetch(decision.target, in_words(decision))
        except ActivityError:
            mind.hear(deeds.not_enrolled(mind, decision.target, self.scale), self.now())
        else:
            self.enter(mind, file, decision.why)

    # --- how it is done ----------------------------------------------------------------------------------------------

    async def awake(self) -> Mind:
        """Return the mind once the lead's file is read. Raises ApplicationError when there is no such lead."""
        await workflow.wait_condition(lambda: self.mind is not None or bool(self.unknown))
        if self.mind is None:
            raise ApplicationError(self.unknown, type="NotFound", non_retryable=True)
        return self.mind

    async def remember(self) -> Mind:
        """Read the lead's file once; what was heard meanwhile is told right after. Nobody waits for a stranger's."""
        try:
            file = await workflow.execute_activity_method(
                Leads.recall,
                self.lead,
                **patience.at(patience.AT_HAND, patience.AT_THE_DESK, "reads the lead's file"),
            )
        except ActivityError as failure:
            self.unknown = cause_of(failure)
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise
        state = deeds.thaw(file.snapshot) if file.snapshot else LeadState(file.lead, file.stage)
        state = replace(state, lead=file.lead, fit=None)
        self.mind = Mind(self.used_to(Carried(state, file.policies, dict(file.documents))), self.now())
        return self.mind

    def used_to(self, carried: Carried) -> Carried:
        """Return what is carried with the planner's habits of this run: other ones would break its history."""
        return replace(carried, state=replace(carried.state, habits=self.habits))

    async def hear_out(self, mind: Mind) -> None:
        """Hear what arrived before the lead could think, or faster than it could: in a fresh history if need be."""
        while self.ear.waiting:
            for event in self.ear.next_few():
                mind.hear(event, self.now())
            if self.history_is_long() and self.ear.may_move():
                await self.continue_as_new(mind)
            await self.ear.needs_a_break()

    def enter(self, mind: Mind, file: SequenceFile, reason: str, entry: str = "") -> str:
        """Let the planner judge an enrolment and hear its outcome; return "" or the reason code."""
        mind.learn(file.version, file.document)
        refusal = why_not_enter(mind.book, mind.state, mind.book.sequences[file.version], self.now()) or ""
        facts = {"version": file.version, "reason": reason, "refused": refusal}
        entered = deeds.fact(EventKind.ENROLLED, self.lead, self.now(), name=file.sequence, details=facts)
        mind.hear(replace(entered, id=entry or entered.id), self.now())
        return refusal

    async def comes_to_rest(self, mind: Mind) -> bool:
        """Keep the state for the day the lead wakes again; return False when something was heard meanwhile."""
        self.board.show(mind, mind.decision)
        kept = mind.state
        await deeds.rest(mind, self.scale)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return isinstance(mind.think(self.now()), Done) and mind.state is kept and not self.ear.waiting

    async def continue_as_new(self, mind: Mind) -> None:
        """Start a fresh history with everything we know."""
        if mind.notebook.rulings and workflow.patched("writes-rulings-down"):
            await deeds.write_down(mind)
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(LeadStart(self.lead, self.scale, mind.carried(), self.ear.waiting, HABITS))

    def history_is_long(self) -> bool:
        """Whether this history has grown past the limit we set ourselves, or the server asks for a fresh one."""
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() > patience.TOO_LONG

    def now(self) -> datetime:
        """Return the present in our time (UTC)."""
        return self.scale.at(workflow.now())


def _same(decision: Decision, wait: Wait) -> bool:
    return isinstance(decision, Wait) and (decision.until, decision.step) == (wait.until, wait.step)
