"""One short story for each branch of the workflows: told once, recorded, and replayed by every later version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from temporalio.client import WorkflowHandle

from nurture.domain.errors import Blame, Refused, Unavailable, Uncertain
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.store_mark import StoreMark
from nurture.domain.touch import touch_ref
from tests.workflows.house import House, Offer, Story
from tests.workflows.ladder import LADDER, SECOND, WELCOME
from workflows import patience
from workflows.client import QUEUE, workflow_id
from workflows.enrolment import EnrolmentWorkflow
from workflows.keeping import ID, KeptMark
from workflows.reconcile import ReconcileWorkflow
from workflows.resend import ResendWorkflow
from workflows.sweep import SweepWorkflow

Histories = Mapping[str, WorkflowHandle[Any, Any]]
"""The workflows of a branch, by the name of their part in it."""

LAST = {"id": "last", "after": "1 day", "email": "trial-ending"}
HANDOFF = LADDER | {"first_touch_within": "1 hours"}


def sequence(*steps: Mapping[str, Any], name: str = "recorded", **rest: Any) -> dict[str, Any]:
    """Return a small sequence that may speak at any time."""
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


async def plain(house: House) -> Histories:
    """Two mails, three days apart, and rest."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(4)
    await ada.ends()
    return {"lead": ada.handle}


async def reply(house: House) -> Histories:
    """A reply stops everything."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="unclear", channel="email")
    await ada.ends()
    return {"lead": ada.handle}


async def opt_out(house: House) -> Histories:
    """An opt-out stops everything for good."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    await ada.hears(EventKind.OPTED_OUT, channel="", how="page")
    await ada.ends()
    return {"lead": ada.handle}


async def uncertain(house: House) -> Histories:
    """Nobody knows whether the first mail left; the second does."""
    house.outboxes[Channel.EMAIL].will_answer(Uncertain("no answer after the dot"))
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(4)
    await ada.ends()
    return {"lead": ada.handle}


async def not_yet(house: House) -> Histories:
    """The sender is in trouble: the same touch leaves an hour later."""
    house.outboxes[Channel.EMAIL].will_answer(Refused("554 not today", blame=Blame.SENDER, code="554"))
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.days_pass(0.1)
    await ada.ends()
    return {"lead": ada.handle}


async def first_possible(house: House) -> Histories:
    """A number that is none: the next channel is tried."""
    house.outboxes[Channel.WHATSAPP].will_answer(Refused("63024 invalid", blame=Blame.RECIPIENT, code="63024"))
    step = {"id": "nudge", "first_possible": [{"whatsapp": "trial-nudge"}, {"email": "trial-nudge"}]}
    ada = await house.enrols("ada", sequence(step))
    await ada.days_pass(4)
    await ada.ends()
    return {"lead": ada.handle}


async def call(house: House) -> Histories:
    """Nobody picks up, the rep tries again and reaches the lead."""
    again = {"no_answer": {"retry": "2 times", "every": "2 hours", "else": "continue"}}
    step = {"id": "call", "call": "pricing", "due": "4 hours", "wait": "up to 20 days", "outcomes": again}
    ada = await house.enrols("ada", sequence(step))
    await ada.days_pass(4)
    await ada.hears(EventKind.TASK_DONE, step="call", outcome="no_answer")
    await ada.days_pass(4)
    await ada.hears(EventKind.TASK_DONE, step="call", outcome="connected")
    await ada.ends()
    return {"lead": ada.handle}


async def pause(house: House) -> Histories:
    """Paused and resumed by hand, then away from the office."""
    away = [{"when": "out_of_office", "until": "return date, else 2 days", "at_most": "1 times"}]
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, pause=away))
    until = (house.clock.now() + timedelta(days=30)).isoformat()
    await ada.days_pass(1)
    await ada.hears(EventKind.PAUSED, until=until, why="on leave", by="grace")
    await ada.hears(EventKind.RESUMED, by="grace")
    await ada.hears(EventKind.AUTO_REPLIED)
    await ada.days_pass(12)
    await ada.ends()
    return {"lead": ada.handle}


async def branches(house: House) -> Histories:
    """A wait for a click, a fork, a move by the engine and one by hand."""
    steps = [
        WELCOME,
        {"id": "curious", "wait_for": "clicked(welcome)", "up_to": "5 days", "then": "continue", "else": "continue"},
        {
            "id": "warm",
            "branch": [
                {"if": "clicked(any)", "steps": [{"id": "promote", "move": "mql", "reason": "clicked"}]},
                {"otherwise": [{"id": "later", "move": "nurture", "reason": "silent"}]},
            ],
        },
        SECOND,
    ]
    ada = await house.enrols("ada", sequence(*steps))
    await ada.days_pass(1)
    await ada.hears(EventKind.CLICKED, step="welcome", link="pricing", human=True)
    await house.leads.move(ada.lead, "sql", "met at a fair", "rep")
    await ada.days_pass(4)
    await ada.ends()
    return {"lead": ada.handle}


async def chain(house: House) -> Histories:
    """One sequence leads into another, and on to one that is gone."""
    later = sequence(
        {"id": "letter", "after": "1 day", "email": "quarterly-one"},
        {"id": "onward", "enroll": "retired-last-year"},
        name="recorded-later",
    )
    await house.store.library.keep("recorded-later", "later-1", later)
    ada = await house.enrols("ada", sequence(WELCOME, {"id": "next", "enroll": "recorded-later", "reason": "on"}))
    await ada.days_pass(2)
    await ada.ends()
    return {"lead": ada.handle}


async def stranger(house: House) -> Histories:
    """A fact about somebody who is not in the store."""
    who = "nobody-in-the-store"
    await house.tell(Event("stranger:1", EventKind.CLICKED, who, house.clock.now()))
    handle = house.client.get_workflow_handle(workflow_id(who))
    await Story(house, who, "", handle).settles()
    return {"lead": handle}


async def rested(house: House) -> Histories:
    """A lead at rest wakes for an event, and rests again."""
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.ends()
    await ada.hears(EventKind.HAPPENED, name="pricing_viewed")
    await ada.ends()
    return {"lead": ada.handle}


async def reply_after_the_end(house: House) -> Histories:
    """A lead at rest writes back: the reply goes to a person, and the lead rests again."""
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.ends()
    await ada.hears(EventKind.REPLIED, intent="question", channel="email")
    await ada.ends()
    return {"lead": ada.handle}


async def moved_at_rest(house: House) -> Histories:
    """A no moves the lead to another stage, where it rests: both are written down at once."""
    rule = [{"when": "replied(not_now)", "then": {"move": "nurture"}}]
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=rule))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="not_now", channel="email")
    await ada.ends()
    return {"lead": ada.handle}


async def fell_silent(house: House) -> Histories:
    """The first mail's activity has no answer for good; the ledger says that nothing left, and it is planned anew."""
    house.outboxes[Channel.EMAIL].will_answer(*[Unavailable("nobody at home")] * 2)
    with patch.dict(patience.ON_THE_WIRE, schedule_to_close_timeout=timedelta(seconds=2)):
        ada = await house.enrols("ada", sequence(WELCOME, SECOND))
        await ada.days_pass(4)
        await ada.ends()
    return {"lead": ada.handle}


async def continued(house: House) -> Histories:
    """So much is heard that the history starts afresh; needs a server that asks for it early."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    first = (await ada.handle.describe()).run_id
    for _ in range(12):
        await ada.hears(EventKind.HAPPENED, name="pricing_viewed")
    await ada.days_pass(3)
    await ada.ends()
    return {"first": house.client.get_workflow_handle(ada.handle.id, run_id=first), "last": ada.handle}


async def offered(house: House, **changes: Any) -> Offer:
    """Let a lead answer with interest, and return the hand-off."""
    rule = [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot"}}]
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=rule, handoffs={"hot": {**HANDOFF, **changes}}))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    await ada.offer().settles()
    return ada.offer()


async def accepted(house: House) -> Histories:
    """Accepted late, out of the pool, and spoken to in time."""
    offer = await offered(house)
    for hours in (1.5, 2.0, 3.0, 2.0):
        await offer.hours_pass(hours)
    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep="dev")
    await offer.story.ends()
    await offer.hears(EventKind.TASK_DONE, outcome="connected")
    await offer.ends()
    return {"lead": offer.story.handle, "handoff": offer.handle}


async def neglected(house: House) -> Histories:
    """Accepted at once, and never spoken to."""
    offer = await offered(house)
    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep=(await offer.task()).rep)
    await offer.story.ends()
    await offer.hours_pass(2)
    await offer.ends()
    return {"handoff": offer.handle}


async def rejected(house: House) -> Histories:
    """Rejected with a reason that ends it."""
    offer = await offered(house)
    await offer.hears(EventKind.HANDOFF_REJECTED, rep=(await offer.task()).rep, reason="bad_fit")
    await offer.ends()
    await offer.story.ends()
    return {"lead": offer.story.handle, "handoff": offer.handle}


async def expired(house: House) -> Histories:
    """Nobody ever answers, and the sequence goes on."""
    offer = await offered(house)
    await offer.hours_pass(24)
    await offer.ends()
    await offer.story.days_pass(3)
    await offer.story.ends()
    return {"lead": offer.story.handle, "handoff": offer.handle}


async def bulk(house: House) -> Histories:
    """A list in two bites, held in between."""

    async def answers(lead: str) -> str:
        return "already_in" if lead.endswith("7") else ""

    house.at_the_door = answers
    crowd = [f"lead-{number}" for number in range(30)]
    name = await house.leads.enrol_many("recorded", "quarterly-nurture", crowd, "recorded")
    handle = house.client.get_workflow_handle_for(EnrolmentWorkflow.run, name)
    await handle.signal(EnrolmentWorkflow.pause)
    await handle.signal(EnrolmentWorkflow.resume)
    await handle.result()
    house.at_the_door = None
    return {"enrolment": handle}


async def edited(house: House) -> Histories:
    """A new version without the step somebody waits for: everybody inside moves on."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, LAST, name="edited"))
    await ada.days_pass(1)
    while ada.lead not in await house.leads.awake():  # the server lists it a moment later
        pass
    await house.store.library.keep("edited", "without-second", sequence(WELCOME, LAST, name="edited"))
    handle = house.client.get_workflow_handle(await house.leads.change_everybody("edited", "without-second"))
    await handle.result()
    await ada.days_pass(2)
    await ada.ends()
    return {"lead": ada.handle, "change": handle}


async def swept(house: House) -> Histories:
    """Two belong to the segment; one of them may not enter."""

    async def answers(lead: str) -> str:
        return "already_in" if lead.startswith("bob") else ""

    house.at_the_door = answers
    for name in ("ada", "bob", "cyd"):
        await house.knows(name, fields={"plan": "" if name == "cyd" else "trial"})
    document = sequence(WELCOME, name="swept") | {"enter": {"segment": 'lead.plan == "trial"'}}
    await house.store.library.keep("swept", "recorded-sweep", document)
    handle = await house.client.start_workflow(SweepWorkflow.run, "swept", id="sweep-swept", task_queue=QUEUE)
    assert await handle.result() == {"enrolled": 1, "already_in": 1}
    house.at_the_door = None
    return {"sweep": handle}


async def sent_once_more(house: House) -> Histories:
    """Nobody knows whether the mail left, and the sequence says: send it once more."""
    house.outboxes[Channel.EMAIL].will_answer(Uncertain("no answer after the dot"))
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, uncertain="resend"))
    await ada.days_pass(1)
    await ada.days_pass(3)
    await ada.ends()
    return {"lead": ada.handle}


async def resend_ordered(house: House) -> Histories:
    """A person has an uncertain mail sent once more; another one meets a no, and stays uncertain."""
    histories = {}
    for name, answer in (("sent", None), ("given_up", Uncertain("dead again"))):
        house.outboxes[Channel.EMAIL].will_answer(Uncertain("no answer after the dot"), answer)
        ada = await house.enrols("ada", sequence(WELCOME))
        await ada.ends()
        [row] = await house.store.ledger.rows(lead=ada.lead)
        details = {"by": "grace", "why": "the relay lost its queue", "again": 1}
        order = Event(f"order-{ada.lead}", EventKind.RESEND_ORDERED, ada.lead, house.clock.now(), touch=row.touch.id)
        stored = await house.store.inbox.record(replace(order, details=details))
        assert stored is not None
        await house.tell(stored)
        handle = house.client.get_workflow_handle_for(ResendWorkflow.run, f"resend-{touch_ref(row.touch.id)}-1")
        await handle.result()
        histories[name] = handle
    return histories


async def reconciled(house: House) -> Histories:
    """A sweep in which nothing was in doubt."""
    handle = await house.client.start_workflow(ReconcileWorkflow.run, id="sweep-recorded", task_queue=QUEUE)
    await handle.result()
    return {"sweep": handle}


async def store_marked(house: House) -> Histories:
    """The store is seen at one mark, and at a later one."""
    kept = KeptMark(house.client)
    for beat in (1, 2):
        mark = StoreMark(beat, beat * 10, beat, datetime(2026, 3, 2, 12, tzinfo=UTC))
        await (kept.tell if await kept.read() else kept.begin)(mark)
        while await kept.read() != mark:
            pass  # each look is a call to the server
    return {"mark": house.client.get_workflow_handle(ID)}


Branch = Callable[[House], Awaitable[Histories]]
EASILY_TIRED: Mapping[str, Branch] = {"continued": continued, "written_down": continued}
"""Branches for a server that asks for a fresh history after a few dozen events; the second gives its decisions to the
store before it does."""
BRANCHES: Mapping[str, Branch] = {
    story.__name__: story
    for story in (
        plain,
        reply,
        moved_at_rest,
        fell_silent,
        opt_out,
        uncertain,
        not_yet,
        first_possible,
        call,
        pause,
        branches,
        chain,
        stranger,
        rested,
        reply_after_the_end,
        accepted,
        neglected,
        rejected,
        expired,
        bulk,
        edited,
        swept,
        sent_once_more,
        resend_ordered,
        reconciled,
        store_marked,
    )
}
