"""Places in the senders' calendars: caps, spacing, warm-up, the same mailbox for the same person."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from nurture.domain.calendar import Calendar, Window
from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.wallclock import zone_of


async def book(store, make, number, at, pool="lone", lead="", channel=Channel.EMAIL, **more):
    lead = lead or f"lead-{number}"
    touch = make.touch(lead, f"step-{number}", channel).id
    return await store.senders.book(pool, channel, lead, touch, at, **more)


async def test_a_place_is_now_when_the_sender_has_room(store, make, clock):
    assert await book(store, make, 1, clock.now()) == ("cara@mail", clock.now())


async def test_repeating_returns_the_same_place(store, make, clock):
    first = await book(store, make, 1, clock.now())

    assert await book(store, make, 1, clock.pass_by(hours=1)) == first


async def test_a_place_that_passed_unused_is_given_up_and_booked_anew(store, make, clock):
    for number in range(2):
        await book(store, make, number, clock.now())
    later = clock.pass_by(hours=2)

    assert (await book(store, make, 1, later))[1] == later
    assert (await book(store, make, 2, later))[1].day == 3  # two of two are taken today: the first and the new one


async def test_a_place_lies_inside_the_persons_window(store, make, clock):
    afternoon = Window("afternoon", (((14 * 60, 15 * 60),),) * 5 + ((),) * 2)
    calendar = Calendar(afternoon, zone_of("UTC"), frozenset({clock.now().date()}))

    places = [await book(store, make, number, clock.now(), calendar=calendar) for number in range(2)]

    opens = clock.now().replace(hour=14) + timedelta(days=1)
    assert [at for _, at in places] == [opens, opens + timedelta(seconds=60)]


async def test_places_keep_their_distance_and_a_full_day_moves_to_the_next(store, make, clock):
    places = [(await book(store, make, number, clock.now()))[1] for number in range(5)]

    next_day = clock.now().replace(hour=0) + timedelta(days=1)
    assert places[:3] == [clock.now(), clock.now() + timedelta(seconds=60), next_day]
    assert [place.date().day for place in places] == [2, 2, 3, 3, 4]


async def test_a_place_is_kept_for_its_day_and_not_for_the_next(store, make, clock):
    evening = clock.now().replace(hour=23, minute=50)
    place = await book(store, make, 1, evening)

    assert await book(store, make, 1, evening + timedelta(minutes=9)) == place
    assert (await book(store, make, 1, evening + timedelta(minutes=11)))[1] == evening + timedelta(minutes=11)


async def test_a_released_place_is_free_again_and_releasing_twice_is_harmless(store, make, clock):
    for number in range(2):
        await book(store, make, number, clock.now())
    touch = make.touch("lead-1", "step-1").id
    for _ in range(2):
        await store.senders.release(touch)

    assert (await book(store, make, 9, clock.now()))[1] == clock.now() + timedelta(seconds=60)
    assert (await book(store, make, 10, clock.now()))[1].day == 3


async def test_one_booking_far_ahead_does_not_push_the_others_behind_it(store, make, clock):
    ahead = clock.now() + timedelta(days=3)
    await book(store, make, 1, ahead)

    assert (await book(store, make, 2, clock.now()))[1] == clock.now()
    assert (await book(store, make, 3, ahead))[1] == ahead + timedelta(seconds=60)


async def test_a_person_always_hears_from_the_same_mailbox(store, make, clock):
    senders = [
        {(await book(store, make, number, clock.now(), "outbound", lead=f"lead-{person}"))[0] for number in range(3)}
        for person in range(6)
    ]

    assert all(len(each) == 1 for each in senders)
    assert len(set().union(*senders)) == 2


async def test_without_stickiness_the_first_free_mailbox_takes_it(store, make, clock):
    places = [await book(store, make, number, clock.now(), "outbound", sticky=False) for number in range(6)]

    assert Counter(sender for sender, _ in places) == {"ada@mail": 3, "ben@mail": 3}
    assert max(at for _, at in places) == clock.now() + timedelta(seconds=120)


async def test_a_new_mailbox_warms_up(store, make, clock):
    days = [(await book(store, make, number, clock.now(), "new"))[1].day for number in range(8)]

    assert Counter(days) == {2: 1, 3: 2, 4: 4, 5: 1}


async def test_each_channel_has_its_own_senders(store, make, clock):
    assert (await book(store, make, 1, clock.now(), channel=Channel.SMS))[0] == "cara-sms"
    assert (await book(store, make, 2, clock.now(), pool=""))[0] in ("ada@mail", "ben@mail")


async def test_a_pool_nobody_configured_is_named(store, make, clock):
    with pytest.raises(Misconfigured, match="vip"):
        await book(store, make, 1, clock.now(), pool="vip")
    with pytest.raises(Misconfigured, match="whatsapp"):
        await book(store, make, 1, clock.now(), channel=Channel.WHATSAPP)


async def test_caps_and_spacing_hold_when_all_book_at_once(store, make, clock):
    booking = (book(store, make, number, clock.now(), "outbound", sticky=number % 2 == 0) for number in range(30))

    places = await asyncio.gather(*booking)

    assert max(Counter((sender, at.date()) for sender, at in places).values()) <= 3
    for name in ("ada@mail", "ben@mail"):
        ats = sorted(at for sender, at in places if sender == name)
        assert all(later - earlier >= timedelta(seconds=60) for earlier, later in pairwise(ats))


async def test_the_same_touch_booked_many_times_at_once_has_one_place(store, make, clock):
    places = await asyncio.gather(*(book(store, make, 1, clock.now(), "outbound") for _ in range(12)))

    assert len(set(places)) == 1
    assert (await book(store, make, 2, clock.now(), "outbound", lead="lead-1"))[1] == places[0][1] + timedelta(
        seconds=60
    )
