"""Histories know what a lead was told, how its touches ended, and which of them a lost worker may have sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.clock import TimeScale
from nurture.domain.errors import Unavailable, Uncertain
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.recovering import ends_of
from nurture.domain.touch import Answer, TouchState
from nurture.store.ledger import StoredLedger
from tests.workflows.ladder import LADDER, SECOND, WELCOME
from workflows.histories import Histories

HOT = [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot"}}]


def sequence(*steps, **rest):
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": "told", "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


async def told_of(house, lead):
    """What all histories say about one lead, as one."""
    found = [told async for told in Histories(house.client, TimeScale())]
    facts = [(fact, told.target) for told in found for fact in told.facts if fact.lead == lead]
    attempts = [attempt for told in found for attempt in told.attempts if attempt.touch.lead == lead]
    rested = [told.rested for told in found if told.rested and told.rested[1] == lead]
    return facts, attempts, rested


async def test_facts_come_back_as_they_were_stored_and_touches_with_their_answer(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND))
    await ada.settles()
    click = await ada.hears(EventKind.CLICKED, step=WELCOME["id"], link="pricing")
    stop = await ada.hears(EventKind.OPTED_OUT, channel="email", how="one_click")
    await ada.hears(EventKind.STOPPED, why="asked", by="olga")
    await ada.ends()

    facts, attempts, [(_, _, state)] = await told_of(house, ada.lead)

    stored = {fact.id: fact for fact in await house.store.inbox.of_lead(ada.lead)}
    assert facts[:2] == [(stored[click.id], ""), (stored[stop.id], "")]
    [welcome] = attempts
    [row] = await house.store.ledger.rows(lead=ada.lead, states=[TouchState.SENT])
    assert (welcome.touch.id, welcome.answer.answer, welcome.lost) == (row.touch.id, Answer.SENT, False)
    assert welcome.at <= row.wire_at
    assert state == await house.store.leads.snapshot(ada.lead)


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        pytest.param(Uncertain("no answer after the dot"), TouchState.UNCERTAIN, id="nobody knows"),
        pytest.param(Unavailable("451 later", code="451"), TouchState.SENT, id="a definite later"),
    ],
)
async def test_a_touch_that_was_tried_more_than_once(house, trouble, state):
    house.outboxes[Channel.EMAIL].will_answer(trouble)
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.ends()

    _, attempts, _ = await told_of(house, ada.lead)

    assert [known.state for known in ends_of(attempts, None).values()] == [state]


async def test_a_try_that_ended_without_a_word_leaves_a_doubt_behind_a_later_not_yet(house, monkeypatch):
    asks, calls = StoredLedger.outset, []

    async def fails_once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise OSError("the store was exchanged")
        return await asks(*args)

    monkeypatch.setattr(StoredLedger, "outset", fails_once)
    ada = await house.enrols("ada", sequence(WELCOME))
    await ada.ends()

    _, [attempt], _ = await told_of(house, ada.lead)

    assert (attempt.answer.answer, attempt.lost) == (Answer.SENT, True)
    held = replace(attempt, answer=replace(attempt.answer, answer=Answer.NOT_YET))
    assert [known.state for known in ends_of([held], None).values()] == [TouchState.UNCERTAIN]


async def test_what_a_rep_answered_is_a_fact_of_the_hand_off(house):
    ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=HOT, handoffs={"hot": LADDER}))
    await ada.settles()
    await ada.hears(EventKind.REPLIED, intent="interested")
    accepted = await ada.offer().hears(EventKind.HANDOFF_ACCEPTED, rep="grace")
    await ada.settles()

    facts, _, _ = await told_of(house, ada.lead)

    assert (accepted, ada.offer().id) in facts
    assert ada.offer().id in [offer async for told in Histories(house.client, TimeScale()) for offer in told.offered]
