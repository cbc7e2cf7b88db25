"""Texts and WhatsApp messages against a stand-in for Twilio that its own API description checks."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from openapi_core.exceptions import OpenAPIError
from twilio.base.exceptions import TwilioException, TwilioRestException

from nurture.channels.sms import SmsCarrier
from nurture.channels.twilio_account import TwilioAccount
from nurture.channels.twilio_answers import answer_error, too_many
from nurture.channels.whatsapp import WhatsAppCarrier
from nurture.domain.blame_twilio import MEANINGS, Action
from nurture.domain.errors import Blame, Invalid, Misconfigured, Refused, Unavailable, Uncertain
from nurture.domain.messages import WhatsApp
from tests.channels.people import CHAT, MAIL, TEXT, Wire
from tests.channels.twilio_stub import SID, TOKEN, Stub, _Request, spec, spec_file


@pytest.fixture
async def stub():
    async with Stub() as stub:
        yield stub


@pytest.fixture
async def account(stub):
    account = TwilioAccount(SID, TOKEN, base_url=stub.url, timeout=5)
    yield account
    await account.close()


async def test_a_text_carries_its_callback_and_dies_before_quiet_hours(stub, account):
    receipt = await SmsCarrier(account).send(replace(TEXT, validity=90_000), Wire())

    assert stub.posts == [
        {
            "To": TEXT.to,
            "From": TEXT.sender,
            "Body": TEXT.body,
            "StatusCallback": TEXT.status_callback,
            "ValidityPeriod": "36000",
        }
    ]
    assert (receipt.id, receipt.answer) == (stub.taken[0]["sid"], "queued")


async def test_a_messaging_service_sends_by_its_sid(stub, account):
    await SmsCarrier(account).send(replace(TEXT, sender="MG" + "0f" * 16), Wire())

    assert stub.posts[0]["MessagingServiceSid"] == "MG" + "0f" * 16
    assert "From" not in stub.posts[0]


async def test_a_whatsapp_template_goes_without_a_body(stub, account):
    await WhatsAppCarrier(account).send(CHAT, Wire())

    [post] = stub.posts
    assert (post["To"], post["From"]) == ("whatsapp:+12015550123", "whatsapp:+12015550100")
    assert json.loads(post["ContentVariables"]) == {"1": "Ada", "2": "Grüße"}
    assert (post["ContentSid"], "Body" in post) == (CHAT.content_sid, False)


async def test_plain_words_go_to_an_open_whatsapp_session(stub, account):
    words = WhatsApp(to=TEXT.to, sender=TEXT.sender, body="Thursday at ten?", session=True)
    await WhatsAppCarrier(account).send(words, Wire())

    assert stub.posts[0]["Body"] == "Thursday at ten?"


async def test_words_go_to_an_open_session_and_the_template_to_a_closed_one(stub, account):
    both = replace(CHAT, body="Hi Ada, how is it going?")
    await WhatsAppCarrier(account).send(replace(both, session=True), Wire())
    await WhatsAppCarrier(account).send(both, Wire())

    assert [("Body" in post, "ContentSid" in post) for post in stub.posts] == [(True, False), (False, True)]


async def test_a_session_that_closed_on_the_way_is_answered_with_the_template_once(stub, account):
    wire = Wire()
    stub.will((400, 63016))
    receipt = await WhatsAppCarrier(account).send(replace(CHAT, body="Hi Ada", session=True), wire)

    assert ["Body" in post for post in stub.posts] == [True, False]
    assert receipt.id == stub.taken[-1]["sid"]
    assert len(stub.taken) == 1


async def test_words_without_a_template_are_refused_when_the_session_is_closed(stub, account):
    wire = Wire()
    with pytest.raises(Refused) as refusal:
        await WhatsAppCarrier(account).send(WhatsApp(to=TEXT.to, sender=TEXT.sender, body="Thursday?"), wire)

    assert (refusal.value.code, refusal.value.blame, stub.posts) == ("63016", Blame.CONTENT, [])


async def test_a_whatsapp_message_without_anything_to_say_is_refused(stub, account):
    with pytest.raises(Refused):
        await WhatsAppCarrier(account).send(WhatsApp(to=TEXT.to, sender=TEXT.sender), Wire())

    assert stub.posts == []


async def test_every_request_and_answer_fits_twilios_own_description(stub, account):
    await SmsCarrier(account).send(TEXT, Wire())
    await WhatsAppCarrier(account).send(CHAT, Wire())
    await SmsCarrier(account).look_up(TEXT, datetime.now(UTC) - timedelta(hours=1))

    if spec() is None:
        # Nothing to check against: say so, and at least hold the two facts that matter most.
        logging.getLogger(__name__).warning("not checked: Twilio's API description is not at %s", spec_file())
        assert [post["To"] for post in stub.posts] == [TEXT.to, f"whatsapp:{CHAT.to}"]
    else:
        assert stub.checked_by_spec == 3


def test_the_description_would_catch_a_wrong_request():
    if (described := spec()) is None:
        assert not spec_file().exists()
    else:
        with pytest.raises(OpenAPIError):
            described.validate_request(_Request("post", {"To": TEXT.to, "ContentSid": "not-a-sid", "Body": ""}))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param((500, 20500), Uncertain, id="500"),
        pytest.param((503, None), Uncertain, id="503"),
        pytest.param("reset", Uncertain, id="taken, then reset"),
        pytest.param("nonsense", Uncertain, id="taken, then nonsense"),
        pytest.param((429, 20429), Unavailable, id="429"),
        pytest.param((400, 30008), Unavailable, id="a carrier's bad moment"),
        pytest.param((400, 21610), Refused, id="they said stop"),
        pytest.param((404, 20404), Refused, id="an unknown code"),
    ],
)
async def test_each_failure_is_told_for_what_it_is(stub, account, answer, error):
    stub.will(answer)

    with pytest.raises(error):
        await SmsCarrier(account).send(TEXT, Wire())


async def test_too_many_requests_name_the_wait(stub, account):
    stub.will((429, 20429))

    with pytest.raises(Unavailable) as failure:
        await SmsCarrier(account).send(TEXT, Wire())

    assert failure.value.retry_after == 7


async def test_a_time_out_after_the_post_is_uncertain(stub):
    account = TwilioAccount(SID, TOKEN, base_url=stub.url, timeout=0.3)
    stub.will("hang")

    with pytest.raises(Uncertain):
        await SmsCarrier(account).send(TEXT, Wire())
    await account.close()

    assert len(stub.taken) == 1


async def test_a_twilio_that_is_not_there_is_unavailable():
    account = TwilioAccount(SID, TOKEN, base_url="http://127.0.0.1:1", timeout=2)

    with pytest.raises(Unavailable):
        await SmsCarrier(account).send(TEXT, Wire())
    await account.close()


async def test_an_uncertain_text_can_be_found_again(stub, account):
    carrier, since = SmsCarrier(account), datetime.now(UTC) - timedelta(minutes=5)
    stub.will("reset")
    with pytest.raises(Uncertain):
        await carrier.send(TEXT, Wire())

    found = await carrier.look_up(TEXT, since)

    assert found is not None
    assert found.id == stub.taken[0]["sid"]
    assert await carrier.look_up(replace(TEXT, body="Other words"), since) is None
    assert await carrier.look_up(TEXT, datetime.now(UTC) + timedelta(hours=1)) is None


async def test_what_people_sent_us_is_fetched_as_a_webhook_would_have_brought_it(stub, account):
    await SmsCarrier(account).send(TEXT, Wire())
    inbound = {**stub.taken[0], "sid": "SM" + "9" * 32, "direction": "inbound", "from": TEXT.to, "to": "+12015550190"}
    stub.taken.append(inbound | {"body": "stop please"})

    [form] = await SmsCarrier(account).received(datetime.now(UTC) - timedelta(hours=1))

    assert (form["MessageSid"], form["From"], form["Body"]) == (inbound["sid"], TEXT.to, "stop please")
    assert datetime.fromisoformat(form["DateSent"]).tzinfo is not None
    assert await SmsCarrier(account).received(datetime.now(UTC) + timedelta(hours=1)) == []


async def test_the_token_is_nowhere_to_be_read(stub, account, caplog):
    caplog.set_level(logging.DEBUG)
    stub.will((400, 21211))
    with pytest.raises(Refused) as refusal:
        await SmsCarrier(account).send(TEXT, Wire())
    await SmsCarrier(account).send(TEXT, Wire())

    assert TOKEN not in caplog.text + repr(account) + repr(vars(refusal.value)) + str(refusal.value)
    assert TEXT.to not in str(refusal.value)


async def test_a_wrong_token_is_our_own_fault(stub):
    account = TwilioAccount(SID, "wrong", base_url=stub.url)
    with pytest.raises(Refused) as refusal:
        await SmsCarrier(account).send(TEXT, Wire())
    await account.close()

    assert (refusal.value.blame, refusal.value.code) == (Blame.SENDER, "20003")


async def test_a_message_of_another_channel_is_a_mistake(account):
    for carrier in (SmsCarrier(account), WhatsAppCarrier(account)):
        with pytest.raises(Invalid):
            await carrier.send(MAIL, Wire())
        with pytest.raises(Invalid):
            await carrier.look_up(MAIL, datetime.now(UTC))


def test_an_account_without_a_token_is_misconfigured():
    with pytest.raises(Misconfigured):
        TwilioAccount(SID, "")


@pytest.mark.parametrize(
    ("codes", "kind", "blame"),
    [
        ([21610], Refused, Blame.OPT_OUT),
        ([21211, 21214, 21217, 30005, 30004], Refused, Blame.RECIPIENT),
        ([21614, 21612, 30006], Refused, Blame.RECIPIENT),
        ([30007, 30034, 30023, 21611, 20003], Refused, Blame.SENDER),
        ([63016], Refused, Blame.CONTENT),
        ([30001, 30003, 30008, 63017, 20429], Unavailable, None),
    ],
)
def test_table_t6_is_translated_code_by_code(codes, kind, blame):
    for code in codes:
        error = answer_error(TwilioRestException(400, "/Messages.json", "no", code))

        assert isinstance(error, kind), code
        assert getattr(error, "blame", None) is blame, code


T6 = {
    Action.SUPPRESS: [21610],
    Action.STOP_CHANNEL: [21211, 21214, 21217, 30004, 30005],
    Action.SWITCH_CHANNEL: [21612, 21614, 30006],
    Action.RETRY: [30001, 30003, 30008],
    Action.DROP_AND_PAUSE: [30007],
    Action.PAUSE_SENDER: [21611, 30034],
    Action.WAIT_FOR_MIDNIGHT: [30023],
    Action.STOP_ALL: [20003],
    Action.USE_TEMPLATE: [63016],
    Action.BACK_OFF: [20429, 63017],
}
"""The action table of the rules of the road, as it is written there."""


def test_each_code_of_table_t6_has_its_action_and_no_other_code_has_one():
    assert {code: action for action, codes in T6.items() for code in codes} == {
        code: meaning.action for code, meaning in MEANINGS.items()
    }


@pytest.mark.parametrize(
    ("code", "halts", "drops"),
    [
        (30007, "sender", True),
        (30034, "sender", False),
        (21611, "sender", False),
        (20003, "account", False),
        (30023, "", False),
        (21610, "", False),
        (63016, "", False),
    ],
)
def test_what_must_hold_still_is_said(code, halts, drops):
    error = answer_error(TwilioRestException(400, "/Messages.json", "no", code))

    assert isinstance(error, Refused)
    assert (error.halts, error.drops) == (halts, drops)


@pytest.mark.parametrize(("code", "limit"), [(30003, 3_600), (30008, 3_600), (30001, 3_600), (63017, None)])
def test_a_carriers_bad_moment_is_tried_three_times_and_too_many_requests_are_no_try(code, limit):
    error = answer_error(TwilioRestException(400, "/Messages.json", "no", code))

    assert isinstance(error, Unavailable)
    assert error.give_up_after == limit


def test_transient_carrier_failures_wait_half_an_hour():
    error = answer_error(TwilioRestException(400, "/", "no", 30003))

    assert isinstance(error, Unavailable)
    assert error.retry_after == 1_800


def test_an_unreadable_answer_and_a_missing_retry_after_have_safe_readings():
    assert isinstance(answer_error(TwilioException("?")), Uncertain)
    assert too_many({"Retry-After": "soon"}).retry_after == 10
