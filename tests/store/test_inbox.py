"""Facts are stored once, with what follows from them, and stay untold until somebody heard them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from nurture.domain.errors import NotFound
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Contact
from nurture.domain.touch import TouchState


async def test_a_fact_is_stored_once_and_numbered(store, ada, make):
    event = make.event(EventKind.CLICKED, ada.id, details={"link": "pricing", "human": True})

    first = await store.inbox.record(event)
    again = await store.inbox.record(event)
    second = await store.inbox.record(make.event(EventKind.OPENED, ada.id))

    assert first == replace(event, seq=first.seq)
    assert again is None
    assert second.seq > first.seq > 0
    assert await store.inbox.of_lead(ada.id) == [first, second]


async def test_many_facts_are_stored_like_one_by_one(store, ada, ken, make, send):
    row = await send(make.touch(ken.id))
    known = await store.inbox.record(make.event(EventKind.OPENED, ada.id))
    no = make.event(EventKind.OPTED_OUT, ada.id, details={"channel": "email"})
    changed = make.event(EventKind.LEAD_CHANGED, ada.id, details={"title": "CEO"})
    bounce = make.event(EventKind.BOUNCED, ken.id, touch=row.touch.id, details={"hard": True})
    stranger = make.event(EventKind.COMPLAINED, "lead-unknown")

    new = await store.inbox.record_many([no, known, changed, bounce, no, stranger])

    seqs = [event.seq for event in new]
    placed = replace(bounce, sequence="trial", step="welcome")
    assert [replace(event, seq=0) for event in new] == [no, changed, placed, stranger]
    assert seqs == sorted(set(seqs))
    assert seqs[0] > known.seq
    assert await store.inbox.of_lead(ada.id) == [known, *new[:2]]
    assert await store.inbox.untold() == [(event, "") for event in (known, *new)]
    assert (await store.leads.find(ada.id)).fields["title"] == "CEO"
    assert [each.channel for each in await store.leads.suppressions(ada.id)] == [Channel.EMAIL]
    assert [(each.channel, each.scope) for each in await store.leads.suppressions(ken.id)] == [(Channel.EMAIL, "all")]
    assert [each.why for each in await store.leads.suppressions("lead-unknown")] == ["complained"]
    assert (await store.ledger.find(row.touch.id)).state is TouchState.REFUSED
    assert await store.inbox.record_many([no, changed]) == []
    assert await store.inbox.record_many([]) == ()


async def test_a_no_and_a_yes_among_many_take_their_order(store, ada, make):
    def said(kind: EventKind) -> Event:
        return make.event(kind, ada.id, details={"channel": "sms", "how": "keyword"})

    await store.inbox.record_many([said(EventKind.OPTED_OUT), said(EventKind.OPTED_IN)])
    assert await store.leads.suppressions(ada.id) == ()

    await store.inbox.record_many([said(EventKind.OPTED_IN), said(EventKind.OPTED_OUT)])
    assert [each.channel for each in await store.leads.suppressions(ada.id)] == [Channel.SMS]


async def test_many_facts_are_stored_together_or_not_at_all(store, ada, make):
    no = make.event(EventKind.OPTED_OUT, ada.id)
    broken = Event("broken", EventKind.OPTED_OUT, ada.id, make.monday.replace(tzinfo=None))

    with pytest.raises(Exception, match="no time zone"):
        await store.inbox.record_many([no, broken])

    assert await store.inbox.of_lead(ada.id) == []
    assert await store.leads.suppressions(ada.id) == ()


async def test_one_opt_out_told_by_many_sides_at_once_is_stored_once(store, make):
    people = [Contact(f"p{number}", email=f"p{number}@example.com") for number in range(100)]
    await store.leads.save(people)
    noes = [make.event(EventKind.OPTED_OUT, person.id, details={"channel": "email"}) for person in people]

    told = await asyncio.gather(*(store.inbox.record_many(part) for part in (noes, noes[::-1], noes[50:])))

    assert sorted(event.id for part in told for event in part) == sorted(event.id for event in noes)
    assert len(await store.inbox.untold()) == 100


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
