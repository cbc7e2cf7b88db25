"""Histories are read by operators and kept for years: none holds a name, an address or a word that was written."""

from __future__ import annotations

import pytest

from nurture.domain.errors import Blame, Refused, Unavailable, Uncertain
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.messages import Email
from tests.workflows.histories import everything_in

PERSON = {
    "email": "wilhelmina.okonkwo@example.com",
    "phone": "+12015550199",
    "first_name": "Wilhelmina",
    "last_name": "Okonkwo",
    "company": "Lighthouse Orchards",
    "fields": {"job_title": "Keeper", "website": "https://lighthouse-orchards.example"},
}
SECRETS = ("wilhelmina", "okonkwo", "2015550199", "lighthouse", "example.com")
STEPS = [
    {"id": "welcome", "email": "welcome"},
    {"id": "nudge", "first_possible": [{"sms": "trial-nudge"}, {"email": "trial-nudge"}]},
    {"id": "call", "call": "pricing", "due": "4 hours", "wait": "up to 20 days"},
]
DOCUMENT = {
    "sequence": "discreet",
    "enter": {"by_hand": True},
    "timing": {"timezone": "lead", "window": "any-time", "when_late": "send"},
    "stop": [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot"}}],
    "handoffs": {
        "hot": {
            "route": "sdr",
            "title": "{{ lead.first_name }} at {{ lead.company }} is hot",
            "include": ["timeline", "score_reasons", "last_messages"],
            "accept_within": "2 hours",
            "if_late": [{"after": "1 hours", "remind": "owner"}],
        }
    },
    "steps": STEPS,
}


def said_to(house, person):
    """Return every subject and every longer line that was said to this person, by mail or by text."""
    addresses = (person["email"], person["phone"])
    said = [message for outbox in house.outboxes.values() for message in outbox.sent if message.to in addresses]
    texts = [message.text if isinstance(message, Email) else message.body for message in said]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return {line for line in lines if len(line) > 40} | {getattr(message, "subject", "") for message in said} - {""}


async def test_a_whole_story_leaves_no_personal_word_in_any_history(house):
    ada = await house.enrols("somebody", DOCUMENT, **PERSON)
    await ada.days_pass(4)  # a mail, a text or a second mail, and a call task
    await ada.hears(EventKind.CLICKED, step="welcome", link="pricing", human=True)
    await ada.hears(EventKind.REPLIED, intent="interested", channel="email")
    offer = ada.offer()
    await offer.hours_pass(1.5)
    await offer.hears(EventKind.HANDOFF_ACCEPTED, rep="anna")
    await offer.ends()
    await ada.ends()

    task = await offer.task()
    assert "Wilhelmina" in task.title  # the rep reads the name, in the store
    said = said_to(house, PERSON)
    assert said
    for handle in (ada.handle, offer.handle):
        kept = (await everything_in(handle)).lower()
        assert [secret for secret in SECRETS if secret in kept] == []
        assert [words for words in said if words.lower() in kept] == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda to: Refused(f"550 5.1.1 <{to}>: user unknown", blame=Blame.RECIPIENT), id="unknown"),
        pytest.param(lambda to: Refused(f"554 not from you to {to}", blame=Blame.SENDER), id="sender blocked"),
        pytest.param(lambda to: Refused(f"554 the mail to {to} is spam", blame=Blame.CONTENT), id="content"),
        pytest.param(lambda to: Uncertain(f"no answer after the mail to {to}"), id="uncertain"),
        pytest.param(lambda to: Unavailable(f"451 greylisted {to}", retry_after=0.1), id="greylisted"),
    ],
)
async def test_a_provider_that_quotes_the_address_is_not_quoted_in_turn(house, answer, request):
    email = f"frederica.{request.node.callspec.id.replace(' ', '.')}@example.com"
    house.outboxes[Channel.EMAIL].will_answer(answer(email))
    ada = await house.enrols("somebody", DOCUMENT | {"steps": STEPS[:1]}, email=email)
    await ada.settles()

    kept = await everything_in(ada.handle)

    assert "frederica" not in kept
    assert "(address)" in kept
