"""What speaks against a sender pauses it in the transaction that stores the fact, and only it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.domain.errors import Blocked
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import TouchState

FAMILY = ["ada@mail", "ben@mail", "cara@mail", "dan@mail"]
"""Mailboxes of mail.example.com, the domain of the test senders."""


@pytest.fixture
def speak(store, make, clock):
    """Book a place, send from it and return the touch."""

    async def through(number, state=TouchState.SENT, channel=Channel.EMAIL, pool="outbound"):
        lead = f"lead-{number}"
        await store.leads.save([make.ada.__class__(lead, f"{lead}@example.com")])
        touch = make.touch(lead, channel=channel)
        sender, _ = await store.senders.book(pool, channel, lead, touch.id, clock.now())
        intent = make.intent(touch).__class__(touch, f"<{number}@mail>", "body", sender, f"{lead}@example.com")
        row = await store.ledger.reserve(intent, clock.now())
        await store.ledger.mark_wire(touch.id, row.fence, clock.now(), lambda facts: None)
        await store.ledger.settle(touch.id, row.fence, state, clock.now())
        return touch

    return through


async def paused(store, clock):
    return {halt.key.removeprefix("sender:"): halt for halt in await store.halts.current(clock.now())}


async def complains(store, make, touch, at):
    await store.inbox.record(make.event(EventKind.COMPLAINED, touch.lead, at, touch=touch.id))


async def test_the_third_complaint_pauses_every_mailbox_of_the_domain(store, make, clock, speak):
    touches = [await speak(number) for number in range(4)]
    for touch in touches[:2]:
        await complains(store, make, touch, clock.now())
    before = await paused(store, clock)
    await complains(store, make, touches[2], clock.now())
    after = await paused(store, clock)

    assert (before, sorted(after)) == ({}, FAMILY)
    assert after["ada@mail"].why == (
        "mail.example.com has 3 complaints on 4 messages in 7 days (75.00%; stop at 3 below 1000 sent)"
    )
    assert (after["ada@mail"].code, after["ada@mail"].until) == ("complaints", None)
    facts = (await store.ledger.outset(touches[3], clock.now())).facts
    assert facts.suppressions == ()  # the sender stops, not the people


async def test_complaints_of_last_week_and_repeated_ones_do_not_count(store, make, clock, speak):
    old = [await speak(number) for number in range(2)]
    for touch in old:
        await complains(store, make, touch, clock.now())
    clock.pass_by(days=7)
    fresh = [await speak(number) for number in range(2, 4)]
    event = make.event(EventKind.COMPLAINED, fresh[0].lead, clock.now(), touch=fresh[0].id)
    for _ in range(3):
        await store.inbox.record(event)
    await store.inbox.record_many([make.event(EventKind.COMPLAINED, fresh[1].lead, clock.now(), touch=fresh[1].id)])

    assert await paused(store, clock) == {}


async def test_a_batch_of_facts_counts_as_well_and_strangers_complaints_do_not(store, make, clock, speak):
    touches = [await speak(number) for number in range(3)]
    await store.inbox.record_many([make.event(EventKind.COMPLAINED, f"lead-{n}", clock.now()) for n in range(3)])
    none = await paused(store, clock)
    batch = [make.event(EventKind.COMPLAINED, each.lead, clock.now(), touch=each.id) for each in touches]
    await store.inbox.record_many(batch)

    assert (none, sorted(await paused(store, clock))) == ({}, FAMILY)


async def test_hard_bounces_pause_and_soft_ones_do_not(store, make, clock, speak):
    touches = [await speak(number) for number in range(6)]
    for number, touch in enumerate(touches):
        details = {"hard": number > 0, "channel": "email", "code": "5.1.1"}
        await store.inbox.record(
            make.event(EventKind.BOUNCED, touch.lead, clock.now(), touch=touch.id, details=details)
        )
        assert bool(await paused(store, clock)) is (number == 5)

    pause = (await paused(store, clock))["ada@mail"]
    assert pause.why == "mail.example.com has 5 hard bounces on 6 messages in 7 days (83.33%; stop at 5 below 100 sent)"


async def test_after_an_operator_lifted_it_counting_starts_anew(store, make, clock, speak):
    touches = [await speak(number) for number in range(6)]
    for touch in touches[:3]:
        await complains(store, make, touch, clock.now())
    for name in FAMILY:
        await store.halts.lift(f"sender:{name}", why="list cleaned", by="olga", now=clock.pass_by(minutes=1))
    for touch in touches[3:5]:
        await complains(store, make, touch, clock.pass_by(minutes=1))
    calm = await paused(store, clock)
    await complains(store, make, touches[5], clock.pass_by(minutes=1))

    assert (calm, sorted(await paused(store, clock))) == ({}, FAMILY)


async def test_a_carrier_that_filters_pauses_the_number_from_its_callback(store, make, clock, speak):
    touch = await speak(1, channel=Channel.SMS, pool="lone")
    details = {"hard": False, "channel": "sms", "code": "30007", "blame": "sender"}
    await store.inbox.record(make.event(EventKind.BOUNCED, touch.lead, clock.now(), touch=touch.id, details=details))

    assert {name: pause.code for name, pause in (await paused(store, clock)).items()} == {"cara-sms": "30007"}
    with pytest.raises(Blocked) as held:
        await store.senders.book("lone", Channel.SMS, "lead-9", "t9", clock.now())
    assert (held.value.code, held.value.until) == ("sender_paused", clock.now() + timedelta(hours=1))


async def test_refusals_pause_for_an_hour_and_by_three_people_until_lifted(store, clock):
    async def refused(touch, code="550 5.7.1"):
        return await store.senders.trouble("ada@mail", touch, code, clock.now())

    first, pause = await refused("t1"), (await paused(store, clock))["ada@mail"]
    clock.pass_by(hours=1)
    over, again, after = await paused(store, clock), await refused("t1"), await paused(store, clock)
    second = await refused("t2")
    third, stopped = await refused("t3"), (await paused(store, clock))["ada@mail"]

    assert (first, again, second, third) == (True, False, True, True)
    assert pause.until == clock.now()
    assert (over, after) == ({}, {})  # one odd server closes a mailbox for an hour, once
    assert (stopped.until, stopped.why) == (None, "3 people's servers refused it in 24 hours (last 550 5.7.1)")


async def test_a_wrong_password_never_stops_a_sender_for_good(store, clock):
    for number in range(5):
        assert await store.senders.trouble("ada@mail", f"t{number}", "535 5.7.8", clock.pass_by(hours=1))
    clock.pass_by(hours=1)
    assert await store.senders.trouble("ada@mail", "t0", "550 5.7.1", clock.now())

    assert (await paused(store, clock))["ada@mail"].until == clock.now() + timedelta(hours=1)


async def test_who_knows_a_paused_mailbox_waits_for_it_and_others_go_on(store, clock):
    own, _ = await store.senders.book("outbound", Channel.EMAIL, "lead-1", "t1", clock.now())
    other = ({"ada@mail", "ben@mail"} - {own}).pop()
    await store.senders.trouble(own, "t0", "550 5.7.515", clock.now())

    with pytest.raises(Blocked) as held:
        await store.senders.book("outbound", Channel.EMAIL, "lead-1", "t2", clock.now())
    new = {(await store.senders.book("outbound", Channel.EMAIL, f"new-{n}", f"n{n}", clock.now()))[0] for n in range(3)}
    anyone, _ = await store.senders.book("outbound", Channel.EMAIL, "lead-1", "t3", clock.now(), sticky=False)

    assert (held.value.code, held.value.until) == ("sender_paused", clock.now() + timedelta(hours=1))
    assert held.value.reason.startswith(f"sender:{own} is paused since ")
    assert (new, anyone) == ({other}, other)


async def test_a_pool_may_move_its_people_on(place, clock):
    from dataclasses import replace

    place.senders = replace(place.senders, moving=frozenset({"outbound"}))
    async with place.open() as store:
        own, _ = await store.senders.book("outbound", Channel.EMAIL, "lead-1", "t1", clock.now())
        await store.halts.halt(f"sender:{own}", why="on leave", by="olga", now=clock.now())
        moved, _ = await store.senders.book("outbound", Channel.EMAIL, "lead-1", "t2", clock.now())
        await store.halts.halt(f"sender:{moved}", why="on leave", by="olga", now=clock.now())
        with pytest.raises(Blocked) as held:
            await store.senders.book("outbound", Channel.EMAIL, "lead-1", "t3", clock.now())

    assert {own, moved} == {"ada@mail", "ben@mail"}
    assert held.value.code == "halted"


async def test_caps_by_recipient_domain_hold_across_restarts(place, clock):
    from dataclasses import replace

    place.senders = replace(place.senders, to_domain={"gmail.com": 1})
    days = []
    for number in range(3):
        async with place.open() as store:
            booking = store.senders.book(
                "new", Channel.EMAIL, f"lead-{number}", f"t{number}", clock.pass_by(minutes=5), domain="gmail.com"
            )
            days.append((await booking)[1].day)
    async with place.open() as store:
        await store.senders.release("t1")
        freed = await store.senders.book("new", Channel.EMAIL, "l", "t9", clock.now(), domain="gmail.com")
        elsewhere = await store.senders.book("new", Channel.EMAIL, "m", "t10", clock.now(), domain="example.com")

    assert days == [2, 3, 4]
    assert freed[1].day == 3
    assert elsewhere[1].day == 3  # the ramp has one place on its first day


async def test_a_place_before_midnight_keeps_its_distance_from_the_one_behind_it(store, clock):
    midnight = clock.now().replace(hour=0) + timedelta(days=1)
    behind = await store.senders.book("lone", Channel.EMAIL, "l1", "t1", midnight + timedelta(seconds=10))
    before = await store.senders.book("lone", Channel.EMAIL, "l2", "t2", midnight - timedelta(seconds=20))

    assert behind[1] == midnight + timedelta(seconds=10)
    assert before[1] == midnight + timedelta(seconds=70)
