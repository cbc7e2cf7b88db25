"""The branches of our workflows worth keeping for ever: each a short life, told on a turned clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from temporalio.client import WorkflowHandle

from nurture.domain.errors import Uncertain
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from tests.workflows.house import House

Branch = Callable[[House], Awaitable[WorkflowHandle[Any, Any]]]

WELCOME = {"id": "welcome", "email": "welcome"}
SECOND = {"id": "second", "after": "3 days", "email": "case-study"}
PLAN = {
    "hot-reply": {
        "route": "sdr",
        "accept_within": "2 business hours",
        "if_late": [{"after": "3 business hours", "reassign": "next"}, {"after": "5 business hours", "to": "pool"}],
        "accepted": {"move": "sal"},
        "rejected": {"bad_fit": {"move": "unqualified"}},
    }
}
INTERESTED = [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot-reply"}}]


def sequence(*steps: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
    """Return a small sequence that may speak at any hour."""
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": "story", "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


async def two_mails(house: House) -> WorkflowHandle[Any, Any]:
    """Two mails three days apart, then rest."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(4)
    await ada.ends()
    return ada.handle


async def a_reply(house: House) -> WorkflowHandle[Any, Any]:
    """A reply stops everything."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="unclear", channel="email")
    await ada.ends()
    return ada.handle


async def a_stop(house: House) -> WorkflowHandle[Any, Any]:
    """A STOP silences for good."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    await ada.hears(EventKind.OPTED_OUT, channel="", how="sms")
    await ada.ends()
    return ada.handle


async def an_uncertain_touch(house: House) -> WorkflowHandle[Any, Any]:
    """Nobody knows whether the first mail left; the second goes all the same."""
    house.outboxes[Channel.EMAIL].will_answer(Uncertain("the line went dead after the dot"))
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(4)
    await ada.ends()
    return ada.handle


async def clicks_while_waiting(house: House) -> WorkflowHandle[Any, Any]:
    """Engagement that changes the score and not the plan: the timer stays."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    for name in ("pricing_viewed", "content_downloaded", "webinar_attended"):
        await ada.hears(EventKind.HAPPENED, name=name)
    await ada.days_pass(3)
    await ada.ends()
    return ada.handle


async def a_hot_reply(house: House) -> WorkflowHandle[Any, Any]:
    """A reply that interests sales: moved, handed over, and still with them."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=INTERESTED, handoffs=PLAN))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    return ada.handle


async def a_pause_by_hand(house: House) -> WorkflowHandle[Any, Any]:
    """Paused by an operator, resumed, finished."""
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.days_pass(1)
    until = (house.clock.now().replace(microsecond=0)).isoformat()
    await ada.hears(EventKind.PAUSED, until=until, why="legal asked")
    await ada.hears(EventKind.RESUMED)
    await ada.days_pass(3)
    await ada.ends()
    return ada.handle


async def a_call(house: House) -> WorkflowHandle[Any, Any]:
    """A rep is asked, nobody answers, a mail follows."""
    call = {
        "id": "call",
        "call": "pricing",
        "wait": "up to 20 days",
        "outcomes": {"no_answer": {"retry": "1 times", "every": "1 day", "else": "continue"}},
    }
    ada = await house.enrols("ada", sequence(call, WELCOME))
    await ada.days_pass(4)
    await ada.hears(EventKind.TASK_DONE, step="call", outcome="no_answer")
    await ada.days_pass(4)
    await ada.hears(EventKind.TASK_DONE, step="call", outcome="connected")
    await ada.ends()
    return ada.handle


async def another_sequence(house: House) -> WorkflowHandle[Any, Any]:
    """Moved to nurture and enrolled in the quarterly letter."""
    rule = [{"when": "replied(not_now)", "then": {"move": "nurture", "enroll": "quarterly-nurture"}}]
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=rule))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="not_now", channel="email")
    await ada.days_pass(1)
    return ada.handle


async def a_rested_lead_wakes(house: House) -> WorkflowHandle[Any, Any]:
    """A fact about a lead at rest: read its file, hear, rest again."""
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.ends()
    stored = await ada.hears(EventKind.HAPPENED, name="pricing_viewed", tell=False)
    await house.tell(stored)
    await ada.ends()
    return ada.handle


async def _handoff(house: House) -> Any:
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=INTERESTED, handoffs=PLAN))
    await ada.days_pass(1)
    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    return ada.offer()


async def handoff_accepted(house: House) -> WorkflowHandle[Any, Any]:
    """The hand-off's own life: accepted by its rep."""
    offer = await _handoff(house)
    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep=(await offer.task()).rep)
    await offer.handle.result()
    return offer.handle


async def handoff_rejected(house: House) -> WorkflowHandle[Any, Any]:
    """The hand-off's own life: rejected with a reason."""
    offer = await _handoff(house)
    await offer.hears(EventKind.HANDOFF_REJECTED, rep=(await offer.task()).rep, reason="bad_fit")
    await offer.handle.result()
    return offer.handle


async def handoff_expired(house: House) -> WorkflowHandle[Any, Any]:
    """The hand-off's own life: late, reassigned, in the pool, expired."""
    offer = await _handoff(house)
    for _ in range(30):
        if (await offer.handle.describe()).close_time is not None:
            break
        await offer.hours_pass(24)
    await offer.handle.result()
    return offer.handle


async def a_list(house: House) -> WorkflowHandle[Any, Any]:
    """A bulk enrolment of three, one of them twice."""
    leads = [await house.knows(name) for name in ("ada", "ben", "cleo")]
    key = await house.leads.enrol_many(f"record-{leads[0]}", "content-to-mql", [*leads, leads[0]], "recorded")
    handle = house.client.get_workflow_handle(key)
    await handle.result()
    return handle


BRANCHES: Mapping[str, Branch] = {
    branch.__name__: branch
    for branch in (
        two_mails,
        a_reply,
        a_stop,
        an_uncertain_touch,
        clicks_while_waiting,
        a_hot_reply,
        a_pause_by_hand,
        a_call,
        another_sequence,
        a_rested_lead_wakes,
        handoff_accepted,
        handoff_rejected,
        handoff_expired,
        a_list,
    )
}
"""By the name of their file. A new branch is added here and recorded once with `make histories`."""
