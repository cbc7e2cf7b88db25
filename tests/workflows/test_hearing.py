"""More facts than one workflow task may hear: each is heard once, in order, over several tasks."""

from __future__ import annotations

from math import ceil

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from nurture.domain.events import Event, EventKind
from tests.replay.test_replay import replays
from tests.workflows.building import SEALED, client_of, open_house
from tests.workflows.histories import summaries
from workflows.hearing import AT_ONCE
from workflows.lead import LeadWorkflow
from workflows.mind import Mind
from workflows.runner import WORKFLOWS

FACTS = 3 * AT_ONCE + 7
TWO_MAILS = {
    "sequence": "heard",
    "enter": {"by_hand": True},
    "timing": {"timezone": "lead", "window": "any-time"},
    "steps": [{"id": "first", "email": "welcome"}, {"id": "second", "after": "3 days", "email": "case-study"}],
}


async def pile_up(handle, lead, now):
    """Tell FACTS facts and a no while nobody works, so that they wait behind one workflow task; return all."""
    told = [Event(f"f{n}", EventKind.HAPPENED, lead, now, "pricing_viewed") for n in range(FACTS)]
    told.append(Event("no", EventKind.REPLIED, lead, now, details={"intent": "not_now"}))
    for fact in told:
        await handle.signal(LeadWorkflow.happened, fact)
    return told


async def test_facts_that_piled_up_are_heard_in_order_a_task_at_a_time_and_the_last_one_stops(
    server, tmp_path, monkeypatch
):
    client, heard, hear = client_of(server, SEALED), [], Mind.hear
    async with open_house(client, tmp_path) as house:
        ada = await house.enrols("ada", TWO_MAILS)
        await ada.settles()
        now = house.clock.now()
    told = await pile_up(ada.handle, ada.lead, now)
    monkeypatch.setattr(Mind, "hear", lambda self, event, at: heard.append(event.id) or hear(self, event, at))

    async with open_house(client, tmp_path) as ada.house:
        assert await ada.ends() == "lead"
        assert await ada.sent() == ["first"]

    assert [each for each in dict.fromkeys(heard) if each in {fact.id for fact in told}] == [fact.id for fact in told]
    breaks = await summaries(ada.handle, EventType.EVENT_TYPE_TIMER_STARTED)
    assert sum("to be heard" in words for words in breaks) == ceil((len(told) - AT_ONCE) / AT_ONCE) - 1
    await replays(await ada.handle.fetch_history(), WORKFLOWS)


async def test_what_still_waits_in_a_long_history_is_heard_in_a_fresh_one(server, tmp_path, monkeypatch):
    client, heard, hear = client_of(server, SEALED), [], Mind.hear
    async with open_house(client, tmp_path) as house:
        ada = await house.enrols("ada", TWO_MAILS)
        await ada.settles()
        now, first = house.clock.now(), (await ada.handle.describe()).run_id
    told = await pile_up(ada.handle, ada.lead, now)
    monkeypatch.setattr(Mind, "hear", lambda self, event, at: heard.append(event.id) or hear(self, event, at))
    monkeypatch.setattr("workflows.patience.TOO_LONG", AT_ONCE)

    async with open_house(client, tmp_path) as ada.house:
        assert await ada.ends() == "lead"
        assert await ada.sent() == ["first"]

    assert [each for each in dict.fromkeys(heard) if each in {fact.id for fact in told}] == [fact.id for fact in told]
    before = client.get_workflow_handle(ada.handle.id, run_id=first)
    assert "to be heard" not in " ".join(await summaries(before, EventType.EVENT_TYPE_TIMER_STARTED))
    assert (await before.describe()).status is WorkflowExecutionStatus.CONTINUED_AS_NEW
    after = client.get_workflow_handle(ada.handle.id)
    assert sum("to be heard" in words for words in await summaries(after, EventType.EVENT_TYPE_TIMER_STARTED)) > 0
    for handle in (before, after):
        await replays(await handle.fetch_history(), WORKFLOWS)
