"""Webhooks: only what Twilio signed is heard, once; mail comes in with the key."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import Touch, TouchState, touch_ref
from tests.web.conftest import MIRA
from tests.web.fakes import API_KEY, PUBLIC_URL, TWILIO_TOKEN, row_of

INBOUND, STATUS = "/webhooks/twilio/inbound", "/webhooks/twilio/status"
NUDGE = Touch(f"{MIRA.id}/t.1/nudge.1/sms", MIRA.id, "t", "v1", "nudge", Channel.SMS, "nudge")
SID = "SM" + "a" * 32


def call(web, path, form, *, url="", signature=None, algorithm="", **headers):
    """Post a form as Twilio would, signed for `url` (the public one unless said otherwise)."""
    signed = RequestValidator(TWILIO_TOKEN).compute_signature(url or PUBLIC_URL + path, form, algorithm or None)
    headers = {"x-twilio-signature": signed if signature is None else signature} | headers
    if algorithm:
        headers["x-twilio-webhooks-signature-settings"] = f"key=main,algorithm={algorithm}"
    return web.post(path, data=form, headers=headers)


def text(body="STOP", **more):
    return {"MessageSid": SID, "From": MIRA.phone, "To": "+12015550100", "Body": body} | more


def fate(status, **more):
    return {"MessageSid": SID, "MessageStatus": status, "To": MIRA.phone, "From": "+12015550100"} | more


@pytest.fixture
def nudged(world):
    """The lead got a text message at noon."""
    world.ledger.known.append(row_of(NUDGE, receipt=SID))
    return world


@pytest.mark.parametrize(
    ("form", "more"),
    [
        pytest.param(text(), {}, id="plain"),
        pytest.param(text("Höre ich Donnerstag von Ihnen? 👍"), {}, id="umlauts and emoji"),
        pytest.param(text(""), {}, id="an empty body"),
        pytest.param(text(), {"algorithm": "HMAC_SHA256"}, id="SHA-256"),
        pytest.param(text(), {"url": f"https://nurture.example.com:443{INBOUND}"}, id="signed with the default port"),
    ],
)
def test_a_signed_call_is_answered_with_nothing_to_say(web, world, form, more):
    answer = call(web, INBOUND, form, **more)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    assert answer.text.endswith("<Response></Response>")
    assert world.inbox.facts


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"signature": ""}, id="no signature"),
        pytest.param({"signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}, id="a made-up signature"),
        pytest.param({"signature": "x"}, id="a short signature"),
        pytest.param({"url": f"https://evil.example.net{INBOUND}"}, id="signed for another host"),
        pytest.param({"url": f"{PUBLIC_URL}{STATUS}"}, id="signed for another door"),
        pytest.param({"url": f"http://nurture.example.com{INBOUND}"}, id="signed for http"),
    ],
)
@pytest.mark.parametrize("host", ["nurture.example.com", "evil.example.net"])
def test_a_call_without_a_genuine_signature_is_refused_and_stores_nothing(web, world, more, host):
    answer = call(web, INBOUND, text(), host=host, **more)

    assert answer.status_code == 403
    assert not world.inbox.facts


def test_a_changed_body_is_refused(web, world):
    signature = RequestValidator(TWILIO_TOKEN).compute_signature(PUBLIC_URL + INBOUND, text("Yes"))

    assert call(web, INBOUND, text("STOP"), signature=signature).status_code == 403
    assert not world.inbox.facts


def test_the_query_is_part_of_what_was_signed(web):
    path = f"{INBOUND}?touch=abc"

    assert call(web, path, text()).status_code == 200
    assert call(web, path, text(), url=PUBLIC_URL + INBOUND).status_code == 403


def test_without_a_token_nobody_is_heard(world):
    from starlette.testclient import TestClient

    from nurture.web.app import create_app

    with TestClient(create_app(world.doors(twilio_token="")), base_url=PUBLIC_URL) as web:
        signed = RequestValidator("").compute_signature(PUBLIC_URL + INBOUND, text())
        assert call(web, INBOUND, text(), signature=signed).status_code == 403


def test_a_stop_by_text_silences_every_channel_once(web, nudged):
    for _ in range(5):
        assert call(web, INBOUND, text("Stop")).status_code == 200

    [no] = nudged.inbox.of_kind(EventKind.OPTED_OUT)
    assert (no.lead, no.touch) == (MIRA.id, NUDGE.id)
    assert nudged.told == [(no, "")]
    assert [silence.channel for silence in nudged.leads.silences] == [None]


def test_an_answer_is_a_reply_to_the_last_touch_of_that_channel(web, nudged):
    call(web, INBOUND, text("Sounds good, can you call me tomorrow?"))

    [reply] = nudged.inbox.of_kind(EventKind.REPLIED)
    assert (reply.touch, reply.step) == (NUDGE.id, "nudge")
    assert "call me" not in str(reply)


def test_a_strangers_number_is_a_polite_nothing(web, world):
    assert call(web, INBOUND, text(From="+12015550199")).status_code == 200
    assert not world.inbox.facts


def test_a_signed_call_that_cannot_be_read_is_not_asked_for_again(web, world):
    assert call(web, INBOUND, {"Body": "hello"}).status_code == 200
    assert call(web, STATUS, fate("teleported")).status_code == 200
    assert not world.inbox.facts


def test_a_text_is_not_acknowledged_when_it_could_not_be_stored(web, world):
    world.inbox.down = True

    assert call(web, INBOUND, text()).status_code == 503


def test_delivery_reaches_ledger_and_lead_once(web, nudged):
    for _ in range(3):
        assert call(web, STATUS, fate("delivered")).status_code == 200

    assert nudged.ledger.known[-1].state is TouchState.DELIVERED
    [delivered] = nudged.inbox.of_kind(EventKind.DELIVERED)
    assert delivered.touch == NUDGE.id


def test_an_unknown_number_is_a_hard_bounce(web, nudged):
    call(web, STATUS, fate("undelivered", ErrorCode="30005"))

    [bounced] = nudged.inbox.of_kind(EventKind.BOUNCED)
    assert bounced.details["hard"] is True
    assert nudged.ledger.known[-1].code == "30005"


def test_a_callback_that_overtakes_the_answer_is_linked_by_its_ref(web, nudged):
    nudged.ledger.known[-1] = row_of(NUDGE, TouchState.WIRE)

    call(web, f"{STATUS}?touch={touch_ref(NUDGE.id)}", fate("delivered"))

    [delivered] = nudged.inbox.of_kind(EventKind.DELIVERED)
    assert delivered.touch == NUDGE.id


def test_the_fate_of_a_strangers_message_is_a_polite_nothing(web, world):
    assert call(web, STATUS, fate("failed", ErrorCode="30005")).status_code == 200
    assert not world.inbox.facts


def test_raw_mail_is_handed_over_with_its_envelope(web, world):
    raw = b"From: mira.okafor@example.com\r\nSubject: Re: Welcome\r\n\r\nTell me more\r\n"
    path = "/webhooks/email/inbound?from=mira.okafor@example.com&to=r%2Babc@mail.example.com"

    answer = web.post(path, content=raw, headers={"authorization": f"Bearer {API_KEY}"})

    assert answer.status_code == 204
    assert world.mails == [("mira.okafor@example.com", ["r+abc@mail.example.com"], raw)]


@pytest.mark.parametrize(("key", "body", "status"), [("wrong", b"x", 401), ("", b"x", 401), (API_KEY, b" \r\n", 422)])
def test_mail_without_key_or_body_is_refused(web, world, key, body, status):
    answer = web.post("/webhooks/email/inbound", content=body, headers={"authorization": f"Bearer {key}"})

    assert answer.status_code == status
    assert not world.mails


@pytest.mark.parametrize(
    ("code", "halted"),
    [
        ("30007", ["sender:mia@mail.example.com"]),
        ("30034", ["sender:mia@mail.example.com"]),
        ("30003", []),
        ("30005", []),
        ("99999", []),
    ],
)
def test_a_callback_halts_its_sender_as_the_answer_would_have(web, nudged, code, halted):
    assert call(web, STATUS, fate("undelivered", ErrorCode=code)).status_code == 200

    assert [key for key, _ in nudged.halted] == halted
    assert all(why.startswith(f"{code}: ") for _, why in nudged.halted)
