"""How a decision is carried out: one activity a deed, answered by the fact that tells the planner how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.calls import Calls
    from activities.handoffs import Handoffs
    from activities.leads import Leads
    from activities.messaging import Messaging
    from activities.replies import Replies
    from nurture.domain.clock import TimeScale
    from nurture.domain.decisions import AskRep, HandOver, Move, PassOn, Speak
    from nurture.domain.events import Event, EventKind
    from nurture.domain.orders import HandoffOrder, ReplyOrder, SequenceFile, Standing, TaskOrder
    from nurture.domain.reports import explain
    from nurture.domain.resending import goes_again
    from nurture.domain.state import MOVES_AS_IT_RESTS, LeadState
    from nurture.domain.touch import Answer, Touch, TouchAnswer
    from workflows import patience
    from workflows.handoff import HandoffWorkflow
    from workflows.mind import Mind
    from workflows.signs import in_words, score_of
    from workflows.silence import cause_of, ended
    from workflows.starts import HandoffStart


RESTS = "rests"
"""Why a lead that did not move is written down when it rests."""


async def speak(mind: Mind, decision: Speak, scale: TimeScale) -> Event:
    """Send one touch: one activity, on the queue of its channel.

    An activity that fails for good says nothing of whether the message left: the ledger does.
    """
    touch = replace(decision.touch, score=score_of(mind, our_now(scale)))
    try:
        answer = await workflow.execute_activity_method(
            Messaging.send,
            touch,
            **patience.at(
                str(touch.channel), patience.fair_to(touch.sequence, patience.ON_THE_WIRE), in_words(decision)
            ),
        )
    except ActivityError as failure:
        answer = await ended(touch, failure, our_now(scale))
    event = touched(touch, answer, our_now(scale))
    if goes_again(mind.book.sequences[touch.version], touch, answer) and workflow.patched("uncertain-resend"):
        return replace(event, details={**event.details, "again": True})
    return event


async def ask_rep(mind: Mind, decision: AskRep, scale: TimeScale) -> Event:
    """Open a task for a rep. One that fails for good may lie in the inbox or not: the ledger knows."""
    touch = replace(decision.touch, score=score_of(mind, our_now(scale)))
    owner = mind.state.lead.owner
    order = TaskOrder(touch, decision.kind, decision.title, decision.due_at, decision.outcomes, owner)
    try:
        answer = await workflow.execute_activity_method(
            Calls.ask, order, **patience.at(patience.BACK_OFFICE, patience.FOR_PEOPLE, in_words(decision))
        )
    except ActivityError as failure:
        answer = await ended(touch, failure, our_now(scale))
    event = touched(touch, answer, our_now(scale))
    return replace(event, kind=EventKind.TASK_OPENED) if answer.answer is Answer.SENT else event


async def hand_over(mind: Mind, decision: HandOver, scale: TimeScale) -> Event:
    """Offer the lead to sales; with somebody to take it, the hand-off lives on in a workflow of its own.

    An offer that fails for good is one that nobody had room for: it is repeated later, under the same id.
    """
    order = handoff_order(mind, decision, our_now(scale))
    told = {"handoff": decision.name}
    try:
        offer = await workflow.execute_activity_method(
            Handoffs.offer, order, **patience.at(patience.BACK_OFFICE, patience.FOR_PEOPLE, in_words(decision))
        )
    except ActivityError as failure:
        why = {"why": cause_of(failure)}
        return fact(EventKind.HANDOFF_FULL, order.lead, our_now(scale), name=order.id, details=told | why)
    if not offer.full:
        await accompany(HandoffStart(order, offer, scale, our_now(scale)))
    kind = EventKind.HANDOFF_FULL if offer.full else EventKind.HANDOFF_OPENED
    facts = told | {"rep": offer.rep, "why": offer.why}
    return fact(kind, order.lead, our_now(scale), name=order.id, details=facts)


async def pass_on(mind: Mind, decision: PassOn, scale: TimeScale) -> Event:
    """Put a reply that no sequence takes into a person's inbox."""
    now = our_now(scale)
    order = ReplyOrder(
        lead=mind.state.lead.id,
        reply=decision.reply,
        why=decision.why,
        score=score_of(mind, now),
        owner=mind.state.lead.owner,
        reasons=tuple(explain(mind.book, mind.state, now)["score_reasons"]),
    )
    rep = await workflow.execute_activity_method(
        Replies.pass_on, order, **patience.at(patience.BACK_OFFICE, patience.UNTIL_READ, in_words(decision))
    )
    return fact(EventKind.REPLY_PASSED_ON, order.lead, our_now(scale), name=order.reply, details={"rep": rep})


async def accompany(start: HandoffStart) -> None:
    """Start the workflow that climbs the ladder; one that an earlier life of this lead started goes on as it is."""
    order = start.order
    try:
        await workflow.start_child_workflow(
            HandoffWorkflow.run,
            start,
            id=order.id,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=f"{order.name} for {order.lead}: {order.why}",
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.warning("hand-off %s runs already", order.id)


async def move(mind: Mind, decision: Move, scale: TimeScale) -> Event:
    """Move to another stage. A lead that rests right after it writes both down at once: nothing comes in between."""
    now = our_now(scale)
    if mind.state.habits >= MOVES_AS_IT_RESTS and mind.rests_at(decision.stage, now):
        mind.moved_because = decision.why
        return moved(mind, decision.stage, decision.why, now)
    return await place(mind, decision.stage, decision.why, scale)


async def place(mind: Mind, stage: str, reason: str, scale: TimeScale) -> Event:
    """Write the new stage down."""
    await workflow.execute_activity_method(
        Leads.place,
        standing(mind, stage, reason, our_now(scale)),
        **patience.at(patience.AT_HAND, patience.AT_THE_DESK, f"moves to stage {stage}: {reason}"),
    )
    return moved(mind, stage, reason, our_now(scale))


def moved(mind: Mind, stage: str, reason: str, now: datetime) -> Event:
    """Return the fact that the lead stands at another stage."""
    return fact(EventKind.MOVED, mind.state.lead.id, now, details={"stage": stage, "reason": reason})


async def fetch(sequence: str, summary: str) -> SequenceFile:
    """Return the latest version of a sequence."""
    return await workflow.execute_activity_method(
        Leads.sequence, sequence, **patience.at(patience.AT_HAND, patience.AT_THE_DESK, summary)
    )


def not_enrolled(mind: Mind, sequence: str, scale: TimeScale) -> Event:
    """Return the fact that a sequence could not be entered because it is not there."""
    facts = {"refused": "unknown_sequence"}
    return fact(EventKind.ENROLLED, mind.state.lead.id, our_now(scale), name=sequence, details=facts)


async def rest(mind: Mind, scale: TimeScale) -> None:
    """Keep the lead's state for the day it wakes again."""
    kept = workflow.payload_converter().to_payload(mind.state).data.decode()
    rulings = tuple(mind.notebook.rulings)
    why = mind.moved_because or RESTS
    where = replace(standing(mind, mind.state.stage, why, our_now(scale)), rulings=rulings)
    await workflow.execute_activity_method(
        Leads.rest, args=[where, kept], **patience.at(patience.AT_HAND, patience.AT_THE_DESK, "rests")
    )
    mind.notebook.let_go(rulings)
    mind.moved_because = ""


async def write_down(mind: Mind) -> None:
    """Give the lead's decisions so far to the store: a fresh history begins without them."""
    rulings = tuple(mind.notebook.rulings)
    await workflow.execute_activity_method(
        Leads.write_down,
        args=[mind.state.lead.id, rulings],
        **patience.at(patience.AT_HAND, patience.AT_THE_DESK, "writes its decisions down"),
    )
    mind.notebook.let_go(rulings)


def standing(mind: Mind, stage: str, reason: str, now: datetime) -> Standing:
    """Return where the lead stands, for the store."""
    return Standing(mind.state.lead.id, stage, reason, score_of(mind, now), mind.state.lead.owner)


def handoff_order(mind: Mind, decision: HandOver, now: datetime) -> HandoffOrder:
    """Return the offer with the reasons a rep wants to see."""
    plan = mind.book.sequences[decision.version].handoffs[decision.name]
    return HandoffOrder(
        id=decision.id,
        lead=mind.state.lead.id,
        sequence=decision.sequence,
        version=decision.version,
        name=decision.name,
        plan=plan,
        why=decision.why,
        score=score_of(mind, now),
        owner=mind.state.lead.owner,
        reasons=tuple(explain(mind.book, mind.state, now)["score_reasons"]),
    )


def touched(touch: Touch, answer: TouchAnswer, now: datetime) -> Event:
    """Return the fact that a touch came to this end."""
    facts = {
        "outcome": str(answer.answer),
        "channel": str(touch.channel),
        "code": answer.code,
        "why": answer.why,
        "until": answer.until.isoformat() if answer.until else "",
        "sender": answer.sender,
    }
    told = {name: value for name, value in facts.items() if value}
    event = fact(EventKind.TOUCHED, touch.lead, now, details=told)
    return replace(event, touch=touch.id, sequence=touch.sequence, step=touch.step)


def fact(kind: EventKind, lead: str, now: datetime, *, name: str = "", details: Mapping[str, Any]) -> Event:
    """Return a fact of our own making, with an id that replays to the same value."""
    return Event(workflow.uuid4().hex[:16], kind, lead, now, name, details=details)


def our_now(scale: TimeScale) -> datetime:
    """Return the present in our time (UTC)."""
    return scale.at(workflow.now())


def thaw(snapshot: str) -> LeadState:
    """Return the state that a lead rested with, from the store's text."""
    payload = Payload(metadata={"encoding": b"json/plain"}, data=snapshot.encode())
    state: LeadState = workflow.payload_converter().from_payload(payload, LeadState)
    return state
