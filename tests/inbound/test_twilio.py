"""What Twilio posts to us: a person's words, and the fate of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.blame_twilio import MEANINGS
from nurture.domain.errors import Invalid
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import TouchState
from nurture.inbound.twilio import fate_facts, read_fate, read_text, text_facts
from tests.inbound.letters import NOW, ROW, TOUCH

SMS_ROW = replace(ROW, touch=replace(TOUCH, channel=Channel.SMS), to="+12015550123")


def said(body: str, **form: str):
    return read_text({"MessageSid": "SM1", "From": "+12015550123", "To": "+12015550100", "Body": body, **form})


def kinds(body: str, *, opted_out: bool = False, **form: str):
    return [event.kind for event in text_facts(said(body, **form), "ada", SMS_ROW, NOW, opted_out=opted_out)]


@pytest.mark.parametrize(
    "word", ["STOP", "stop.", " Stop All ", "UNSUBSCRIBE", "cancel", "END", "quit", "OPTOUT", "revoke"]
)
def test_a_stop_word_opts_out_of_every_channel_and_is_no_reply(word):
    [event] = text_facts(said(word), "ada", SMS_ROW, NOW)

    assert (event.kind, event.details["channel"], event.silences) == (EventKind.OPTED_OUT, "", True)


def test_what_twilio_already_took_for_a_stop_is_one():
    assert kinds("ARRET", OptOutType="STOP") == [EventKind.OPTED_OUT]


def test_a_no_in_plain_words_opts_out_and_is_told_as_a_reply():
    assert kinds("please stop texting me, I never asked for this") == [EventKind.OPTED_OUT, EventKind.REPLIED]


@pytest.mark.parametrize("word", ["START", "unstop"])
def test_start_opts_in_on_its_own_channel(word):
    [event] = text_facts(said(word), "ada", None, NOW)

    assert event.kind is EventKind.OPTED_IN
    assert event.details == {"channel": "sms", "how": "sms", "word": word.lower()}


def test_yes_opts_in_only_somebody_who_is_out():
    assert kinds("YES", opted_out=True) == [EventKind.OPTED_IN]
    assert kinds("YES") == [EventKind.REPLIED]


def test_help_is_neither_a_yes_nor_a_reply():
    assert kinds("HELP") == []
    assert kinds("AIDE", OptOutType="HELP") == []


def test_anything_else_is_a_reply_with_its_intent_and_no_words():
    [event] = text_facts(said("Yes please, call me tomorrow"), "ada", SMS_ROW, NOW)

    assert event.kind is EventKind.REPLIED
    assert set(event.details) == {"intent", "channel"}
    assert event.touch == SMS_ROW.touch.id


def test_whatsapp_addresses_lose_their_prefix_and_keep_their_channel():
    text = said("", From="whatsapp:+12015550123", To="whatsapp:+12015550100", ButtonPayload="Stop")

    assert (text.channel, text.sender, text.recipient) == (Channel.WHATSAPP, "+12015550123", "+12015550100")
    assert [event.kind for event in text_facts(text, "ada", None, NOW)] == [EventKind.OPTED_OUT]


def test_the_same_message_twice_is_one_fact():
    assert text_facts(said("STOP"), "ada", None, NOW) == text_facts(said("STOP"), "ada", None, NOW)


@pytest.mark.parametrize("form", [{}, {"MessageSid": "SM1"}, {"From": "+12015550123"}])
def test_a_form_without_sid_or_sender_is_refused(form):
    with pytest.raises(Invalid):
        read_text(form)


def fate(status: str, code: str = ""):
    return read_fate({"MessageSid": "SM1", "MessageStatus": status, "To": "+12015550123", "ErrorCode": code})


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", None),
        ("scheduled", None),
        ("queued", TouchState.SENT),
        ("sending", TouchState.SENT),
        ("sent", TouchState.SENT),
        ("partially_delivered", TouchState.SENT),
        ("delivered", TouchState.DELIVERED),
        ("read", TouchState.DELIVERED),
        ("failed", TouchState.REFUSED),
        ("undelivered", TouchState.REFUSED),
        ("canceled", TouchState.REFUSED),
        ("receiving", None),
        ("received", None),
    ],
)
def test_every_status_twilio_knows_proves_what_it_proves(status, state):
    assert fate(status).state is state


def test_later_statuses_outrank_earlier_ones():
    ranks = [fate(status).rank for status in ("queued", "sending", "sent", "delivered", "read", "failed")]

    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


@pytest.mark.parametrize(
    ("code", "kind", "hard", "blame"),
    [
        ("30005", EventKind.BOUNCED, True, "recipient"),
        ("30006", EventKind.BOUNCED, True, "recipient"),
        ("30003", EventKind.BOUNCED, False, "temporary"),
        ("30008", EventKind.BOUNCED, False, "temporary"),
        ("30007", EventKind.BOUNCED, False, "sender"),
        ("30034", EventKind.BOUNCED, False, "sender"),
        ("63016", EventKind.BOUNCED, False, "content"),
        ("99999", EventKind.BOUNCED, False, "temporary"),
        ("", EventKind.BOUNCED, False, "temporary"),
    ],
)
def test_a_failure_is_read_by_its_code(code, kind, hard, blame):
    [event] = fate_facts(fate("undelivered", code), SMS_ROW, NOW)

    assert (event.kind, event.details["hard"], event.details["blame"]) == (kind, hard, blame)


def test_a_block_because_they_said_stop_is_an_opt_out():
    [event] = fate_facts(fate("failed", "21610"), SMS_ROW, NOW)

    assert (event.kind, event.details["how"]) == (EventKind.OPTED_OUT, "twilio:21610")


def test_a_delivery_is_a_fact_with_an_id_of_sid_and_status():
    [event] = fate_facts(fate("delivered"), SMS_ROW, NOW)

    assert (event.kind, event.id, event.lead) == (EventKind.DELIVERED, "twilio-SM1-delivered", "ada")


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "canceled", "received"])
def test_the_steps_between_are_no_facts_about_the_lead(status):
    assert fate_facts(fate(status), SMS_ROW, NOW) == []


def test_the_fate_of_a_message_that_is_not_ours_is_nothing():
    assert fate_facts(fate("failed", "30005"), None, NOW) == []


def test_an_unknown_status_is_refused():
    with pytest.raises(Invalid):
        fate("teleported")


CALLBACKS = {
    (EventKind.OPTED_OUT, None): [21610],
    (EventKind.BOUNCED, True): [21211, 21214, 21217, 21612, 21614, 30004, 30005, 30006],
    (EventKind.BOUNCED, False): [20003, 20429, 21611, 30001, 30003, 30007, 30008, 30023, 30034, 63016, 63017],
}
"""Table T6 as callbacks: only a fact about the number is hard, only 21610 is the person's word."""


def test_each_code_of_table_t6_as_a_callback_closes_what_it_may_and_nothing_else():
    assert {code for codes in CALLBACKS.values() for code in codes} == set(MEANINGS)
    for (kind, hard), codes in CALLBACKS.items():
        for code in codes:
            [event] = fate_facts(fate("undelivered", str(code)), SMS_ROW, NOW)
            assert (event.kind, event.details.get("hard"), event.details["channel"]) == (kind, hard, "sms"), code
