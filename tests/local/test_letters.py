"""What made-up people write back is read by the product as what they meant."""

from __future__ import annotations

import pytest

from nurture.domain.errors import Blame
from nurture.domain.replies import intent_of
from nurture.inbound.addresses import first_touch_ref
from nurture.inbound.mail import AutoReply, Bounce, Complaint, Reply, parse_mail
from nurture.local import letters
from tests.local.conftest import NOW, REF, SECRET

MEANINGS = [(language, intent) for language, said in letters.WORDS.items() for intent in said]


@pytest.mark.parametrize(("language", "intent"), MEANINGS)
def test_words_mean_what_they_should(language, intent):
    assert intent_of(letters.words_for(intent, language)) == intent


def test_a_language_without_words_of_its_own_speaks_english():
    assert letters.words_for("question", "nb") == letters.WORDS["en"]["question"]


@pytest.mark.parametrize(("language", "intent"), MEANINGS)
def test_a_reply_is_read_with_its_intent_and_finds_its_touch(mail, language, intent):
    raw = letters.reply(mail, letters.words_for(intent, language), NOW)
    to = letters.answer_address(mail)
    read = parse_mail(raw, today=NOW.date(), envelope_from=mail.to, recipients=[to])
    assert isinstance(read, Reply)
    assert read.intent == intent
    assert first_touch_ref([to], SECRET) == REF
    assert mail.message_id in read.letter.answers


def test_an_absence_note_is_no_reply_and_says_when(mail):
    raw = letters.absence_note(mail, "2026-12-03", NOW)
    read = parse_mail(raw, today=NOW.date(), envelope_from="<>", recipients=[mail.envelope_from])
    assert isinstance(read, AutoReply)
    assert read.returns_on is not None
    assert read.returns_on.isoformat() == "2026-12-03"


def test_a_bounce_blames_the_recipient_for_good(mail):
    read = parse_mail(letters.bounce(mail, NOW), today=NOW.date(), envelope_from="<>", recipients=[mail.envelope_from])
    assert isinstance(read, Bounce)
    assert [(failure.recipient, failure.is_hard, failure.blame) for failure in read.failures] == [
        (mail.to, True, Blame.RECIPIENT)
    ]
    assert read.original_id == mail.message_id


def test_a_complaint_is_one(mail):
    raw = letters.complaint(mail, NOW)
    read = parse_mail(
        raw, today=NOW.date(), envelope_from="feedback@provider.example.com", recipients=[mail.envelope_from]
    )
    assert isinstance(read, Complaint)
    assert read.kind == "abuse"
    assert read.original_id == mail.message_id


def test_two_answers_of_a_kind_to_one_mail_are_one_mail(mail):
    first = letters.reply(mail, "Yes", NOW)
    again = letters.reply(mail, "Yes", NOW)
    assert first == again
