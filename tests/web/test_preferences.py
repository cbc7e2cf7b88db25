"""The preference page: looking changes nothing, saving stores facts, switching on is a consent with its wording."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from nurture.domain.consent import Basis, Consent
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel, Purpose
from nurture.domain.preferences import Preferences
from nurture.web.preferences import MEANS
from tests.web.conftest import MIRA, WELCOME, token
from tests.web.fakes import NOON

ALL = {"topic": ["guides", "news", "trial"], "channel": ["email"], "pace": "", "pause": "none"}


@pytest.fixture(autouse=True)
def agreed(world):
    world.leads.receipts.append(Consent(MIRA.id, Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS, NOON, "form"))


def saved(web, **form):
    return web.post(f"/u/{token('unsubscribe')}", data={"choice": "save"} | ALL | form)


def ticked(page):
    return re.findall(r'type="checkbox" name="\w+" value="(\w+)" checked', page)


def test_the_page_offers_topics_channels_pace_and_pause_as_they_stand(web, world):
    world.leads.chosen[MIRA.id] = Preferences(frozenset({"guides"}), "week", NOON + timedelta(days=3))

    page = web.get(f"/u/{token('unsubscribe')}").text

    assert ticked(page) == ["news", "trial", "email"]
    assert "Help with your trial" in page
    assert '<option value="week" selected>At most one message a week' in page
    assert "You hear nothing until" in page
    assert "<script" not in page
    assert not world.inbox.facts


def test_every_field_has_a_label_or_a_legend(web):
    page = web.get(f"/u/{token('unsubscribe')}").text

    for name in re.findall(r'<select id="(\w+)"', page):
        assert f'<label for="{name}">' in page
    assert page.count("<fieldset>") == page.count("<legend>")
    assert page.count('type="checkbox"') + page.count('type="radio"') == page.count('<label class="choice">')


def test_saving_what_is_so_already_changes_nothing(web, world):
    answer = saved(web)

    assert answer.status_code == 200
    assert "Your choices are saved" in answer.text
    assert not world.inbox.facts


def test_a_topic_switched_off_is_one_fact_however_often_it_is_sent(web, world):
    for _ in range(3):
        saved(web, topic=["news"])

    [fact] = world.inbox.of_kind(EventKind.PREFERRED)
    assert fact.details == {"topics_off": "guides,trial", "pace": "", "paused_until": ""}
    assert (fact.lead, fact.touch, fact.silences) == (MIRA.id, WELCOME.id, False)
    assert world.told == [(fact, "")]


def test_switching_to_and_fro_counts_each_time(web, world):
    for topics in (["news"], ALL["topic"], ["news"], ALL["topic"]):
        saved(web, topic=topics)

    assert len(world.inbox.of_kind(EventKind.PREFERRED)) == 4
    assert world.leads.chosen[MIRA.id] == Preferences()


def test_a_pause_counts_from_now_and_stays_when_it_is_not_touched(web, world):
    saved(web, pause="30")
    world.clock.passes(days=5)
    saved(web, pause="keep", pace="month")

    assert world.leads.chosen[MIRA.id] == Preferences(frozenset(), "month", NOON + timedelta(days=30))
    saved(web, pause="none", pace="month")
    assert world.leads.chosen[MIRA.id] == Preferences(frozenset(), "month", None)


def test_a_channel_switched_off_is_an_opt_out_of_it_alone(web, world):
    saved(web, channel=[])

    [no] = world.inbox.of_kind(EventKind.OPTED_OUT)
    assert no.details == {"channel": "email", "scope": "marketing", "how": "preferences"}
    assert no.silences


def test_a_channel_switched_on_is_a_consent_with_the_words_of_the_page(web, world):
    answer = saved(web, channel=["email", "sms"])

    [yes] = world.inbox.of_kind(EventKind.OPTED_IN)
    assert yes.details == {"channel": "sms", "how": "preferences"}
    receipt = world.leads.receipts[-1]
    assert (receipt.channel, receipt.basis, receipt.given_at) == (Channel.SMS, Basis.EXPRESS_WRITTEN, NOON)
    assert receipt.wording == f"Text messages. {MEANS}"
    assert MEANS in answer.text
    assert ticked(answer.text)[-2:] == ["email", "sms"]


def test_a_no_can_be_taken_back_and_given_again(web, world):
    for channels in ([], ["email"], []):
        saved(web, channel=channels)

    assert len(world.inbox.of_kind(EventKind.OPTED_OUT)) == 2
    assert [no.channel for no in world.leads.silences] == [Channel.EMAIL]


@pytest.mark.parametrize("form", [{"pace": "hour"}, {"pause": "9999"}, {"pause": "-30"}])
def test_what_the_page_does_not_offer_is_refused_and_changes_nothing(web, world, form):
    answer = saved(web, **form)

    assert answer.status_code == 422
    assert "Please choose what the page offers" in answer.text
    assert not world.inbox.facts


def test_somebody_who_was_erased_can_still_say_no_and_change_nothing_else(web, world):
    del world.leads.people[MIRA.id]

    assert "Or keep only" not in web.get(f"/u/{token('unsubscribe')}").text
    assert "We keep nothing about you" in saved(web, topic=["news"]).text
    assert not world.inbox.facts
    assert web.post(f"/u/{token('unsubscribe')}", data={"choice": "everything"}).status_code == 200
    assert len(world.leads.silences) == 1
