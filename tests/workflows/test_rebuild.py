"""Temporal's database is gone: a new server, an old store, and every lead goes on: nothing twice, nothing lost."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta

from activities.admission import Admission
from nurture.cli._rebuilding import shelf_of
from nurture.cli.rebuild import Found, _one
from nurture.domain.build import sequence_of
from nurture.domain.clock import TimeScale
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import TouchState
from nurture.wiring import WallClock
from tests.workflows.building import dev_server, open_house
from workflows.client import workflow_id
from workflows.lead import LeadWorkflow

WELCOME = {"id": "welcome", "email": "welcome"}
SECOND = {"id": "second", "after": "3 days", "email": "case-study"}
RULE = [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot-reply"}}]
PLANS = {"hot-reply": {"route": "sdr", "accept_within": "2 business hours", "accepted": {"move": "sal"}}}


def sequence(*steps, name="rebuilt", **rest):
    timing = {"timezone": "lead", "window": "any-time", "when_late": "send"}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


@asynccontextmanager
async def a_server(folder, *asked_first):
    """A server of its own, with workers on the store in `folder`; its database is gone afterwards."""
    async with dev_server() as env, open_house(env.client, folder, *asked_first) as house:
        yield house


async def rebuilds(house, *, dry_run=False, is_new=False):
    """What the command does, on this house."""
    walked, found, shelf = {} if is_new else await house.leads.walkers(), Found(), await shelf_of(house)
    for lead in await house.store.enrolments.leads():
        if walked.get(lead):
            found.alive.append(lead)
        else:
            await _one(house, shelf, lead, found, dry_run)
    return found


def again(house, story):
    """The same lead's story on another server."""
    story.house = house
    story.handle = house.client.get_workflow_handle_for(LeadWorkflow.run, workflow_id(story.lead))
    return story


async def test_every_lead_goes_on_after_the_database_is_gone(tmp_path):
    document = sequence(WELCOME, SECOND, stop=RULE, handoffs=PLANS)
    async with a_server(tmp_path) as house:
        waits = await house.enrols("ada", document)
        replies = await house.enrols("eve", document)
        rested = await house.enrols("kim", sequence(WELCOME, name="short"))
        hot = await house.enrols("lin", document)
        for story in (waits, replies, hot):
            await story.settles()
        await rested.ends()
        await hot.hears(EventKind.REPLIED, intent="interested", channel="email", settle=False)
        while not await hot.tasks("handoff"):
            pass
        before = {story.lead: await story.state() for story in (waits, replies)}
        # The server is down already when this one comes: stored, and told to nobody.
        await replies.hears(EventKind.REPLIED, tell=False, intent="unclear", channel="email")
        mails = list(house.outboxes[Channel.EMAIL].sent)

    async with a_server(tmp_path) as house:
        dry = await rebuilds(house, dry_run=True)
        assert not await house.leads.walkers()
        found = await rebuilds(house)
        assert set(dry.restarted) == set(found.restarted)
        assert waits.lead in found.restarted
        assert rested.lead in found.at_rest
        assert found.astray == {}
        assert found.handoffs == [f"handoff-{hot.lead}-1"]

        await again(house, waits).settles()
        after = await waits.state()
        assert after["journeys"][0]["step"] == before[waits.lead]["journeys"][0]["step"] == "second"
        assert waits.lead in (await rebuilds(house)).alive  # once more changes nothing

        for event, target in await house.store.inbox.untold():
            await house.tell(event, target)
        assert replies.lead in found.at_rest  # what nobody told its workflow is in the store, and is believed
        await again(house, replies).ends()
        await waits.days_pass(4)
        await waits.ends()
        again(house, hot)
        task = (await hot.tasks("handoff"))[0]
        await hot.offer().hears(EventKind.HANDOFF_ACCEPTED, rep=task.rep)
        assert await hot.ends() == "sal"

        assert await waits.sent() == ["welcome", "second"]
        assert await replies.sent() == ["welcome"]
        rows = await house.store.ledger.rows()
        assert all(row.state is TouchState.SENT for row in rows)
        twice = Counter(mail.message_id for mail in [*mails, *house.outboxes[Channel.EMAIL].sent])
        assert max(twice.values()) == 1
        assert len(twice) == len(rows)


async def test_a_touch_that_left_before_the_database_went_does_not_leave_again(tmp_path):
    async with a_server(tmp_path) as house:
        ada = await house.enrols("ada", sequence(WELCOME, SECOND))
        await ada.settles()
        await house.leads._client.get_workflow_handle(workflow_id(ada.lead)).terminate("the database is gone")
        # The store lost what the workflow knew, and asks for the touch once more.
        await house.leads.wake(ada.lead)
        version = (await house.store.enrolments.of(ada.lead)).own[0].details["version"]
        document = (await house.store.library.fetch("rebuilt", version))[1]
        assert await house.enters(ada, document) == ""
        await again(house, ada).settles()
        assert len([m for m in house.outboxes[Channel.EMAIL].sent if ada.lead in m.to]) == 1


async def test_a_lead_whose_way_cannot_be_told_is_named_and_left_alone(tmp_path):
    async with a_server(tmp_path) as house:
        ada = await house.enrols("ada", sequence(WELCOME, SECOND))
        await ada.settles()
        shelf, version = await shelf_of(house), (await ada.journeys())[0]["version"]
        other = sequence({**WELCOME, "id": "another"}, SECOND)
        shelf.book.sequences[version] = sequence_of("never ran", other)
        found = Found()
        await _one(house, shelf, ada.lead, found, False)
    assert list(found.astray) == [ada.lead]
    assert found.astray[ada.lead] == [f"{ada.lead}/rebuilt.1/welcome.1/email"]
    assert found.restarted == {}


async def test_a_fact_that_came_before_the_rebuild_does_not_make_the_journey_forgotten(tmp_path):
    """The workers run already when somebody clicks: a workflow begins that knows nothing, and rests with nothing."""
    async with a_server(tmp_path) as house:
        ada = await house.enrols("ada", sequence(WELCOME, SECOND))
        await ada.settles()

    async with a_server(tmp_path) as house:
        again(house, ada)
        await ada.hears(EventKind.CLICKED, name="pricing")
        assert not await ada.is_alive()
        found = await rebuilds(house)
        assert (list(found.restarted), found.at_rest, found.astray) == ([ada.lead], [], {})
        await again(house, ada).settles()
        await ada.days_pass(4)
        await ada.ends()
        assert await ada.sent() == ["welcome", "second"]


class Memory(Admission):
    """A Temporal that has forgotten the store until it is reminded."""

    def __init__(self):
        super().__init__(WallClock(TimeScale()), TimeScale(), self.is_reminded)

    reminded = False

    async def is_reminded(self):
        return Memory.reminded


async def test_who_wakes_on_an_empty_temporal_waits_for_its_state_and_its_reply_is_one_task(tmp_path, monkeypatch):
    monkeypatch.setattr("activities.admission.AGAIN_AFTER", timedelta(milliseconds=50))
    monkeypatch.setattr(Memory, "reminded", False)
    async with a_server(tmp_path) as house:
        ada = await house.enrols("ada", sequence(WELCOME, SECOND, stop=RULE, handoffs=PLANS))
        await ada.settles()

    async with a_server(tmp_path, Memory()) as house:
        again(house, ada)
        await ada.hears(EventKind.REPLIED, intent="interested", channel="email", settle=False)
        while not (waiting := await turned_away(ada)):
            pass
        assert "run nurture rebuild" in waiting
        assert list((await rebuilds(house, is_new=True)).restarted) == [ada.lead]

        Memory.reminded = True
        while not await ada.tasks("handoff"):
            pass
        assert [task.kind for task in await ada.tasks()] == ["handoff"]
        await ada.settles()
        await ada.offer().settles()
        await ada.offer().hears(EventKind.HANDOFF_ACCEPTED, rep=(await ada.tasks("handoff"))[0].rep)
        assert await ada.ends() == "sal"
        assert [task.kind for task in await ada.tasks()] == ["handoff"]
        assert await ada.sent() == ["welcome"]


async def turned_away(story):
    """Why the lead is not read yet, \"\" when nobody said."""
    pending = (await story.handle.describe()).raw_description.pending_activities
    return next((each.last_failure.message for each in pending if each.activity_type.name == "recall"), "")
