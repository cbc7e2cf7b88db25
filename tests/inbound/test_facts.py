"""What a mail says about a lead, and what it must not say."""

from __future__ import annotations

import pytest

from nurture.domain.events import EventKind
from nurture.domain.tokens import sign_address
from nurture.inbound.addresses import is_ours, touch_ref_of
from nurture.inbound.facts import facts_of, message_ids_in, touch_ref_in
from tests.inbound.letters import (
    BOUNCE_TO,
    NOW,
    OUR_ID,
    REF,
    REPLY_TO,
    ROW,
    SECRET,
    TOUCH,
    bounced,
    dsn,
    failed,
    feedback,
    mail,
    read,
)


@pytest.mark.parametrize("address", [REPLY_TO, BOUNCE_TO, BOUNCE_TO.upper(), f"<{REPLY_TO}>"])
def test_our_addresses_stand_for_their_touch_whatever_their_case(address):
    assert touch_ref_of(address, SECRET) == REF
    assert is_ours(address, SECRET)


@pytest.mark.parametrize(
    "address",
    [
        "ada.keller@example.com",
        "r+@mail.example.com",
        "r+abc-def@mail.example.com",
        f"b+{sign_address(SECRET, 'reply', REF)}@mail.example.com",
        f"r+{sign_address(b'another secret', 'reply', REF)}@mail.example.com",
        REPLY_TO.partition("@")[0],
        "",
    ],
)
def test_addresses_that_we_did_not_sign_stand_for_nothing(address):
    assert touch_ref_of(address, SECRET) is None


@pytest.mark.parametrize(
    "raw", [mail("Yes"), bounced("User unknown: ada.keller@example.com"), dsn(failed()), feedback()]
)
def test_every_kind_of_mail_leads_back_to_its_touch(raw):
    assert touch_ref_in(read(raw), SECRET) == REF


def test_without_a_token_the_message_id_leads_back():
    assert message_ids_in(read(dsn(failed()))) == (OUR_ID,)
    assert message_ids_in(read(mail("Yes", References="<older@mail.example.com> " + OUR_ID))) == (
        OUR_ID,
        "<older@mail.example.com>",
    )


def test_a_reply_is_one_fact_with_its_touch_and_intent():
    [event] = facts_of(read(mail("Yes, I am very interested, please call me!")), ROW, NOW)

    assert (event.kind, event.lead, event.at, event.touch) == (EventKind.REPLIED, "ada", NOW, TOUCH.id)
    assert (event.sequence, event.step) == ("trial", "welcome")
    assert event.details == {"intent": "interested", "channel": "email"}


def test_a_no_in_a_reply_opts_out_of_everything_first():
    events = facts_of(read(mail("Please unsubscribe me from this list.")), ROW, NOW)

    assert [event.kind for event in events] == [EventKind.OPTED_OUT, EventKind.REPLIED]
    assert events[0].details["channel"] == ""
    assert all(event.silences for event in events)


def test_the_same_mail_gives_the_same_ids_and_different_facts_different_ones():
    raw = mail("Please unsubscribe me.")
    first, second = facts_of(read(raw), ROW, NOW), facts_of(read(raw), ROW, NOW)

    assert [event.id for event in first] == [event.id for event in second]
    assert len({event.id for event in first}) == 2


def test_an_absence_is_no_reply_and_brings_its_day():
    [event] = facts_of(read(mail("Back on 16 March 2026.", Auto_Submitted="auto-replied")), ROW, NOW)

    assert event.kind is EventKind.AUTO_REPLIED
    assert event.details["returns_on"] == "2026-03-16"
    assert not event.silences


def test_a_hard_bounce_silences_and_a_soft_one_does_not():
    [hard] = facts_of(read(dsn(failed())), ROW, NOW)
    [soft] = facts_of(read(dsn(failed(status="5.2.2", said="mailbox full"))), ROW, NOW)

    assert hard.details == {"hard": True, "channel": "email", "code": "5.1.1", "blame": "recipient"}
    assert (hard.kind, hard.silences, soft.silences) == (EventKind.BOUNCED, True, False)
    assert soft.details["blame"] == "temporary"


def test_our_own_trouble_is_told_without_touching_the_person():
    [event] = facts_of(read(dsn(failed(status="5.7.1", said="550 5.7.1 listed at a blocklist"))), ROW, NOW)

    assert (event.details["hard"], event.details["blame"]) == (False, "sender")


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_a_delay_or_a_success_is_no_bounce(action):
    assert facts_of(read(dsn(failed(action=action, status="4.0.0"))), ROW, NOW) == []


def test_only_the_block_about_our_recipient_counts():
    [event] = facts_of(
        read(dsn(failed("other@example.com"), failed("ada.keller@example.com", "5.2.2", "quota exceeded"))), ROW, NOW
    )

    assert event.details["hard"] is False


@pytest.mark.parametrize("raw", [dsn(failed()), feedback(), bounced("<ada.keller@example.com>: user unknown")])
def test_bounces_and_complaints_about_mail_that_was_never_ours_count_for_nothing(raw):
    assert facts_of(read(raw), None, NOW, lead="ada") == []


def test_a_reply_without_a_token_counts_for_the_lead_its_sender_is():
    [event] = facts_of(read(mail("Yes, call me")), None, NOW, lead="ada")

    assert (event.lead, event.touch) == ("ada", "")
    assert facts_of(read(mail("Yes, call me")), None, NOW) == []


@pytest.mark.parametrize(
    ("kind", "counts"), [("abuse", 1), ("fraud", 1), ("opt-out", 1), ("not-spam", 0), ("auth-failure", 0)]
)
def test_feedback_silences_only_when_a_person_complained(kind, counts):
    events = facts_of(read(feedback(kind)), ROW, NOW)

    assert [event.kind for event in events] == [EventKind.COMPLAINED] * counts


def test_what_cannot_be_read_says_nothing_about_anybody():
    assert facts_of(read(b""), ROW, NOW) == []
