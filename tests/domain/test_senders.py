"""Mailboxes and numbers: caps, ramps, spacing, and who takes which lead."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.domain.breakers import Breakers, Limit
from nurture.domain.calendar import Calendar, Window
from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.senders import (
    Sender,
    SenderPolicy,
    WarmUp,
    cap_on,
    day_of,
    in_order_for,
    next_slot,
    unregistered,
)
from nurture.domain.wallclock import zone_of

NOW = datetime(2026, 3, 24, 9, tzinfo=UTC)
ANNA = Sender("anna", Channel.EMAIL, "anna@hello.example.com", "Anna Keller", daily_cap=120, timezone="Europe/Berlin")
NEW = Sender("farid", Channel.EMAIL, "farid@hello.example.com", daily_cap=50, warm_up=WarmUp(date(2026, 3, 20)))
OFFICE = Window.parse("office-hours", "mon-fri: 09:00-17:00")


@pytest.mark.parametrize(
    ("day", "cap"),
    [(19, 20), (20, 20), (21, 24), (22, 28), (23, 34), (24, 41), (25, 49), (26, 50), (31, 50)],
)
def test_a_new_mailbox_grows_by_a_fifth_each_day_up_to_its_cap(day, cap):
    assert cap_on(NEW, date(2026, 3, day)) == cap


def test_an_old_ramp_does_not_overflow():
    assert cap_on(NEW, date(2126, 3, 20)) == 50
    assert cap_on(ANNA, date(2026, 3, 20)) == 120


def test_the_first_message_goes_at_once():
    assert next_slot(ANNA, {}, None, NOW) == NOW


def test_two_messages_of_one_mailbox_keep_their_distance():
    gap = next_slot(ANNA, {date(2026, 3, 24): 1}, NOW, NOW) - NOW

    assert timedelta(seconds=60) <= gap < timedelta(seconds=90)
    assert next_slot(ANNA, {}, NOW - timedelta(hours=1), NOW) == NOW


def test_a_full_day_moves_to_the_mailbox_own_next_day():
    full = {date(2026, 3, 24): 120, date(2026, 3, 25): 120}

    assert next_slot(ANNA, full, NOW, NOW) == datetime(2026, 3, 26, tzinfo=ZoneInfo("Europe/Berlin"))


def test_the_next_day_still_starts_inside_the_window_of_the_lead():
    slot = next_slot(ANNA, {date(2026, 3, 24): 120}, NOW, NOW, Calendar(OFFICE, zone_of("America/New_York")))

    assert slot == datetime(2026, 3, 25, 9, tzinfo=ZoneInfo("America/New_York"))


def test_a_mailbox_with_hours_of_its_own_rests_outside_them():
    resting = Sender("ben", Channel.EMAIL, "ben@hello.example.com", timezone="America/New_York", hours=OFFICE)

    assert next_slot(resting, {}, None, NOW) == datetime(2026, 3, 24, 9, tzinfo=ZoneInfo("America/New_York"))


def test_a_sender_that_never_has_room_says_so():
    full = {date(2026, 3, 24) + timedelta(days=n): 120 for n in range(500)}

    with pytest.raises(Misconfigured, match='"anna" has no free place'):
        next_slot(ANNA, full, None, NOW)
    early = Sender("x", Channel.EMAIL, "x@example.com", hours=Window.parse("dawn", "mon: 04:00-05:00"))
    with pytest.raises(Misconfigured, match="has no free place"):
        next_slot(early, {}, None, NOW, Calendar(OFFICE, zone_of("UTC")))


@settings(deadline=None)
@given(
    st.integers(1, 8),
    st.integers(0, 200),
    st.integers(0, 60),
    st.lists(st.integers(0, 30_000), min_size=1, max_size=60),
)
def test_bookings_never_exceed_a_cap_nor_come_too_close(cap, spacing, jitter, waits):
    """Book place after place as a store would; count them by day and measure the gaps."""
    sender = Sender(
        "s", Channel.EMAIL, "s@example.com", daily_cap=cap, spacing=spacing, jitter=jitter, timezone="Asia/Kathmandu"
    )
    booked: dict[date, int] = {}
    at, last = NOW, None
    for wait in waits:
        at += timedelta(seconds=wait)
        slot = next_slot(sender, booked, last, at)
        assert slot >= at
        assert last is None or slot >= last + timedelta(seconds=spacing)
        booked[day_of(sender, slot)] = booked.get(day_of(sender, slot), 0) + 1
        last = slot

    assert max(booked.values()) <= cap


POOL = [Sender(name, Channel.EMAIL, f"{name}@hello.example.com") for name in ("anna", "ben", "chiara", "dev", "elena")]


def test_a_lead_keeps_its_mailbox_when_another_leaves():
    leads = [f"lead-{n}" for n in range(500)]
    before = {lead: in_order_for(POOL, lead)[0].id for lead in leads}
    after = {lead: in_order_for(POOL[1:], lead)[0].id for lead in leads}

    assert all(after[lead] == before[lead] for lead in leads if before[lead] != "anna")
    assert all(60 <= sum(name == sender.id for name in before.values()) <= 140 for sender in POOL)


def test_the_order_of_the_file_does_not_matter():
    assert in_order_for(POOL, "lead-7") == in_order_for(POOL[::-1], "lead-7")


DOCUMENT = {
    "brand": "Acme",
    "postal_address": "Beispielstraße 12\n10115 Berlin\n",
    "default_pools": {"email": "sdr", "sms": "numbers"},
    "pools": {
        "sdr": {
            "senders": [
                {
                    "id": "anna",
                    "channel": "email",
                    "address": "anna@hello.example.com",
                    "daily_cap": 120,
                    "hours": "office",
                },
                {
                    "id": "farid",
                    "channel": "email",
                    "address": "farid@hello.example.com",
                    "warm_up": {"since": date(2026, 3, 20), "growth": "25%"},
                },
            ]
        },
        "numbers": {
            "senders": [
                {"id": "us", "channel": "sms", "number": "+12015550190", "campaign": "CM1", "spacing_seconds": 2},
            ]
        },
    },
}


def with_sender(**changes: object) -> dict[str, object]:
    """Return the document with a third sender in the pool of numbers."""
    sender = {"id": "new", "channel": "sms", "number": "+447700900123"} | changes
    numbers = {"senders": [*DOCUMENT["pools"]["numbers"]["senders"], sender]}
    return DOCUMENT | {"pools": DOCUMENT["pools"] | {"numbers": numbers}}


def test_reading_senders():
    policy = SenderPolicy.from_document(DOCUMENT, {"office": OFFICE})

    anna, farid = policy.senders_for("sdr", Channel.EMAIL)
    assert (anna.daily_cap, anna.hours, anna.spacing) == (120, OFFICE, 60)
    assert farid.warm_up == WarmUp(date(2026, 3, 20), start=20, growth=0.25)
    assert policy.find("us").address == "+12015550190"
    assert policy.find("nobody") is None
    assert policy.postal_address.endswith("Berlin")


def test_a_text_of_a_mail_sequence_goes_by_the_default_pool_of_texts():
    policy = SenderPolicy.from_document(DOCUMENT, {"office": OFFICE})

    assert [sender.id for sender in policy.senders_for("sdr", Channel.SMS)] == ["us"]
    assert [sender.id for sender in policy.senders_for("", Channel.EMAIL)] == ["anna", "farid"]


@pytest.mark.parametrize(
    ("pool", "channel", "fact"),
    [("sdrs", Channel.EMAIL, 'no sender pool "sdrs"'), ("sdr", Channel.WHATSAPP, "No sender can send whatsapp")],
)
def test_a_pool_that_cannot_speak_is_named(pool, channel, fact):
    with pytest.raises(Misconfigured, match=fact):
        SenderPolicy.from_document(DOCUMENT, {"office": OFFICE}).senders_for(pool, channel)


@pytest.mark.parametrize(
    ("document", "fact"),
    [
        pytest.param(with_sender(number="12345"), "no number", id="not E.164"),
        pytest.param(
            DOCUMENT | {"breakers": {"bounces": {"warn": "9%", "stop": "5%"}}}, "must warn before", id="limits turned"
        ),
        pytest.param(with_sender(id="us"), "used twice", id="same id"),
        pytest.param(with_sender(daily_cap=0), "daily_cap", id="no capacity"),
        pytest.param(with_sender(channel="email", address="nobody"), "no e-mail address", id="no address"),
        pytest.param(with_sender(hours="moonlight"), "calendars.yaml does not know", id="unknown hours"),
        pytest.param(DOCUMENT | {"postal_address": ""}, "postal_address", id="no postal address"),
        pytest.param(DOCUMENT | {"default_pools": {"whatsapp": "sdr"}}, "no sender for whatsapp", id="wrong default"),
        pytest.param(DOCUMENT | {"pools": {"sdr": {"senders": []}}}, "is empty", id="empty pool"),
    ],
)
def test_senders_that_cannot_work_are_refused(document, fact):
    with pytest.raises(Misconfigured, match=fact):
        SenderPolicy.from_document(document, {"office": OFFICE})


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        pytest.param({"address": "+12015550191"}, '"x" is a US number without an A2P campaign', id="long code"),
        pytest.param({"address": "+12015550191", "campaign": "CM1"}, "", id="registered long code"),
        pytest.param(
            {"address": "+18885550191", "toll_free": True, "campaign": "CM1"},
            '"x" is a toll-free number without toll_free_verification',
            id="toll-free, registered as what it is not",
        ),
        pytest.param({"address": "+18885550191", "toll_free": True, "verification": "HH1"}, "", id="verified"),
        pytest.param({"address": "+447700900123"}, "", id="British"),
        pytest.param({"address": "+12015550191", "channel": Channel.WHATSAPP}, "", id="WhatsApp asks for none"),
    ],
)
def test_a_us_number_needs_its_registration_to_text(changes, lacks):
    assert unregistered(replace(Sender("x", Channel.SMS, ""), **changes)) == lacks


def test_what_senders_are_held_to_is_read():
    limits = {"days": 3, "bounces": {"warn": "1%", "stop": "4%", "enough": 50, "few": 4, "reviewed": "2026-11-22"}}
    document = DOCUMENT | {"breakers": limits, "recipient_domains": {"Gmail.com": 5, "default": 9}}
    document["pools"] = DOCUMENT["pools"] | {"sdr": DOCUMENT["pools"]["sdr"] | {"when_paused": "move"}}

    policy = SenderPolicy.from_document(document, {"office": OFFICE})

    assert policy.breakers.bounces == Limit(0.01, 0.04, 50, 4)
    assert (policy.breakers.days, policy.breakers.complaints) == (3, Breakers().complaints)
    assert policy.breakers.reviewed == {"bounces": date(2026, 11, 22)}
    assert [policy.domain_cap(name) for name in ("gmail.com", "example.com", "")] == [5, 9, None]
    assert policy.moving == {"sdr"}
    assert [sender.id for sender in policy.family(policy.find("anna"))] == ["anna", "farid"]


def test_all_problems_come_at_once():
    broken = with_sender(number="12345") | {"postal_address": ""}

    with pytest.raises(Misconfigured) as refused:
        SenderPolicy.from_document(broken, {"office": OFFICE})

    assert "no number" in refused.value.reason
    assert "postal_address" in refused.value.reason
