"""More facts than one workflow task may hear: each is heard once, in order, over several tasks."""

from __future__ import annotations

from math import ceil

from temporalio.api.enums.v1 import EventType

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


async def test_facts_that_piled_up_are_heard_in_order_a_task_at_a_time_and_the_last_one_stops(
    server, tmp_path, monkeypatch
):
    client, heard, hear = client_of(server, SEALED), [], Mind.hear
    async with open_house(client, tmp_path) as house:
        ada = await house.enrols("ada", TWO_MAILS)
        await ada.settles()
        now = house.clock.now()
    told = [Event(f"f{n}", EventKind.HAPPENED, ada.lead, now, "pricing_viewed") for n in range(FACTS)]
    told.append(Event("no", EventKind.REPLIED, ada.lead, now, details={"intent": "not_now"}))
    for fact in told:  # nobody works: they pile up behind one workflow task
        await ada.handle.signal(LeadWorkflow.happened, fact)
    monkeypatch.setattr(Mind, "hear", lambda self, event, at: heard.append(event.id) or hear(self, event, at))

    async with open_house(client, tmp_path) as ada.house:
        assert await ada.ends() == "lead"
        assert await ada.sent() == ["first"]

    assert [each for each in dict.fromkeys(heard) if each in {fact.id for fact in told}] == [fact.id for fact in told]
    breaks = await summaries(ada.handle, EventType.EVENT_TYPE_TIMER_STARTED)
    assert sum("to be heard" in words for words in breaks) == ceil((len(told) - AT_ONCE) / AT_ONCE) - 1
    await replays(await ada.handle.fetch_history(), WORKFLOWS)
