"""Facts are stored once, with what follows from them, and stay untold until somebody heard them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.errors import NotFound
from nurture.domain.events import Event, EventKind


async def test_a_fact_is_stored_once_and_numbered(store, ada, make):
    event = make.event(EventKind.CLICKED, ada.id, details={"link": "pricing", "human": True})

    first = await store.inbox.record(event)
    again = await store.inbox.record(event)
    second = await store.inbox.record(make.event(EventKind.OPENED, ada.id))

    assert first == replace(event, seq=first.seq)
    assert again is None
    assert second.seq > first.seq > 0
    assert await store.inbox.of_lead(ada.id) == [first, second]


async def test_untold_facts_keep_their_order_and_target_until_told(store, ada, ken, make, clock):
    first = await store.inbox.record(make.event(EventKind.REPLIED, ada.id))
    second = await store.inbox.record(make.event(EventKind.TASK_DONE, ken.id), target="handoff-lead-ken-1")
    third = await store.inbox.record(make.event(EventKind.CLICKED, ada.id))

    assert await store.inbox.untold() == [(first, ""), (second, "handoff-lead-ken-1"), (third, "")]
    assert await store.inbox.untold(limit=1) == [(first, "")]
    for _ in range(2):
        await store.inbox.told([first.id, third.id], clock.now())
    assert await store.inbox.untold() == [(second, "handoff-lead-ken-1")]
    assert await store.reports.untold() == 1


async def test_thousands_of_facts_can_be_told_at_once(store, ada, make, clock):
    events = [await store.inbox.record(make.event(EventKind.OPENED, ada.id)) for _ in range(3)]
    unknown = [f"no-such-fact-{number}" for number in range(2_500)]

    await store.inbox.told([*unknown, *(event.id for event in events)], clock.now())

    assert await store.inbox.untold() == []


async def test_the_step_is_read_from_the_touch(store, ada, make, send):
    row = await send(make.touch(ada.id))

    event = await store.inbox.record(make.event(EventKind.CLICKED, ada.id, touch=row.touch.id))

    assert (event.sequence, event.step) == ("trial", "welcome")
    assert await store.inbox.of_lead(ada.id) == [event]


async def test_a_fact_about_a_stranger_is_not_lost(store, make):
    event = await store.inbox.record(make.event(EventKind.OPTED_OUT, "lead-unknown", details={"channel": ""}))

    assert await store.inbox.of_lead("lead-unknown") == [event]
    assert [each.channel for each in await store.leads.suppressions("lead-unknown")] == [None]


async def test_changed_facts_are_merged_and_identity_is_left_alone(store, ada, make):
    details = {"title": "CEO", "employees": None, "plan": "team", "country": "DE", "timezone": "Europe/Berlin"}
    details |= {"email": "someone.else@example.com", "company": "Other", "stage": "customer", "owner": "anna"}

    await store.inbox.record(make.event(EventKind.LEAD_CHANGED, ada.id, details=details))

    fields = {"title": "CEO", "plan": "team", "stage": "customer"}
    zones = ("Europe/Berlin", "Europe/London")
    changed = replace(ada, fields=fields, country="DE", timezones=zones, owner="anna")
    assert await store.leads.find(ada.id) == changed


async def test_a_change_told_twice_is_applied_once(store, ada, make):
    first = make.event(EventKind.LEAD_CHANGED, ada.id, details={"plan": "solo"})
    await store.inbox.record(first)
    await store.inbox.record(make.event(EventKind.LEAD_CHANGED, ada.id, details={"plan": "team"}))
    await store.inbox.record(first)

    assert (await store.leads.find(ada.id)).fields["plan"] == "team"


async def test_a_fact_and_its_effects_are_stored_together_or_not_at_all(store, ada, make):
    broken = Event("broken", EventKind.OPTED_OUT, ada.id, make.monday.replace(tzinfo=None), details={"channel": ""})

    with pytest.raises(Exception, match="no time zone"):
        await store.inbox.record(broken)

    assert await store.inbox.of_lead(ada.id) == []
    assert await store.leads.suppressions(ada.id) == ()


async def test_a_place_of_nobody_is_refused(store, clock):
    with pytest.raises(NotFound):
        await store.leads.place("lead-nobody", stage="mql", reason="score", score=50, now=clock.now())
