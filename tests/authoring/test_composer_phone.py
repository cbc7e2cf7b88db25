"""Text messages and WhatsApp: brand, opt-out words, tracked links, limits."""

import re
from dataclasses import replace

import pytest

from nurture.domain.errors import Invalid
from nurture.domain.tokens import verify
from nurture.domain.touch import touch_ref
from tests.authoring.golden.people import ADA, PUBLIC, SECRET, composer, row, touch, written

NUDGE = touch("sms", "trial-nudge")


async def test_the_first_text_says_who_we_are_and_how_to_stop():
    made, _ = composer()

    text = await made.compose(NUDGE, ADA, "number", ())

    assert text.body.startswith("Acme Workspace: Hi Ada,")
    assert text.body.endswith("Reply STOP to opt out, HELP for help.")


async def test_a_later_text_of_the_program_does_not_repeat_it():
    made, _ = composer()

    text = await made.compose(NUDGE, ADA, "number", [row(touch("sms", "earlier"), "SM1")])

    assert text.body.startswith("Hi Ada,")
    assert "STOP" not in text.body


async def test_the_link_of_a_text_is_ours():
    made, book = composer()

    text = await made.compose(NUDGE, ADA, "number", ())

    token = text.body.split(f"{PUBLIC}/c/")[1].split()[0]
    ref, link = verify(SECRET, "click", token).split("|")
    assert ref == touch_ref(NUDGE.id)
    assert book.targets[link] == ("https://acme.example/meet", "demo")
    assert "{link" not in text.body


async def test_a_text_goes_to_a_number_and_reports_back():
    made, _ = composer()

    text = await made.compose(NUDGE, ADA, "number", (), validity=90_000)

    assert (text.to, text.sender, text.validity) == ("+12015550123", "+12015550190", 36_000)
    assert re.fullmatch(rf"{PUBLIC}/webhooks/twilio/status\?touch=[a-z2-7]{{16}}", text.status_callback)
    assert text.segments == 2
    assert (await made.compose(NUDGE, ADA, "number", ())).validity == 14_400


@pytest.mark.parametrize("phone", ["", "0151 2345", "+0123456789", "+1201555012\n"])
async def test_a_lead_without_a_number_gets_no_text(phone):
    made, _ = composer()

    with pytest.raises(Invalid, match="phone number"):
        await made.compose(NUDGE, replace(ADA, phone=phone), "number", ())


async def test_a_text_of_more_than_1600_characters_is_refused(tmp_path):
    made, _ = composer(written(tmp_path, {"sms/long.txt": "word " * 400}))

    with pytest.raises(Invalid, match="allowed are 1,600"):
        await made.compose(touch("sms", "long"), ADA, "number", ())


async def test_a_curly_quote_does_not_double_the_price(tmp_path):
    made, _ = composer(written(tmp_path, {"sms/hi.txt": "It’s “ready” – come…"}))

    text = await made.compose(touch("sms", "hi"), replace(ADA, first_name="x"), "number", [row(NUDGE, "SM1")])

    assert text.body == 'It\'s "ready" - come...'


async def test_a_comma_after_a_link_is_not_part_of_it(tmp_path):
    made, book = composer(written(tmp_path, {"sms/hi.txt": "See https://acme.example/a, or https://acme.example/b."}))

    text = await made.compose(touch("sms", "hi"), ADA, "number", [row(NUDGE, "SM1")])

    assert [url for url, _ in book.targets.values()] == ["https://acme.example/a", "https://acme.example/b"]
    assert ", or " in text.body
    assert text.body.endswith(".")


async def test_whatsapp_carries_the_template_and_its_variables():
    made, book = composer()

    message = await made.compose(touch("whatsapp", "trial-nudge"), ADA, "number", ())

    assert message.content_sid == "HX00000000000000000000000000000001"
    assert message.variables["1"] == "Ada"
    assert message.variables["2"].startswith(f"{PUBLIC}/c/")
    assert message.body.startswith("Hi Ada, how is the trial going?")  # the same words, for an open session
    assert message.variables["2"] in message.body
    assert not message.session
    assert list(book.targets.values()) == [("https://acme.example/meet", "demo")]


async def test_an_empty_whatsapp_variable_is_refused(tmp_path):
    source = "content_sid: HX1\nvariables: { '1': '{% if lead.nothing %}x{% endif %}' }\ntext: Hi {{1}}"
    made, _ = composer(written(tmp_path, {"whatsapp/hi.yaml": source}))

    with pytest.raises(Invalid, match='variable "1" is empty'):
        await made.compose(touch("whatsapp", "hi"), ADA, "number", ())


async def test_a_preview_stores_no_link_and_shows_the_real_length():
    made, book = composer()

    shown = await made.show(NUDGE, ADA, "number", ())
    mail = await made.show(touch("email", "welcome", variant="control"), ADA, "anna", ())
    assert book.targets == {}

    sent = await made.compose(NUDGE, ADA, "number", ())
    assert shown.message.segments == sent.segments
    assert len(shown.message.body) == len(sent.body)
    assert list(mail.subjects) == ["control", "question"]
    assert "/o/" not in mail.message.html


async def test_a_call_is_not_a_message():
    made, _ = composer()

    with pytest.raises(Invalid, match="done by a person"):
        await made.compose(touch("call", "pricing"), ADA, "anna", ())
