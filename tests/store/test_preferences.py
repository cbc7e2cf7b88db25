"""Preferences are facts: stored first, and in force for the very next wire mark."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nurture.authoring.library import load_policies
from nurture.domain.events import EventKind
from nurture.domain.gates import Refusal, gate
from nurture.domain.lead import Channel, Purpose
from nurture.domain.policies import Policies
from nurture.domain.preferences import Preferences

WISHES = Preferences(frozenset({"news"}), "week")
POLICIES = Policies.from_document(load_policies(Path(__file__).parents[2], 2026))


@pytest.fixture
async def chosen(store, ada, make):
    """Ada wants no news and one message a week."""
    fact = make.event(EventKind.PREFERRED, ada.id, details=WISHES.as_details())
    await store.inbox.record(fact)
    await store.inbox.record(fact)


async def test_choices_are_kept_with_the_person_and_go_with_them(store, chosen, ada, make):
    assert await store.leads.preferences(ada.id) == WISHES
    await store.leads.save([replace(make.ada, id="crm-9", company="")])  # an import changes no choice
    assert await store.leads.preferences(ada.id) == WISHES

    await store.leads.erase(ada.id)

    assert await store.leads.preferences(ada.id) == Preferences()


async def test_the_last_choice_counts(store, chosen, ada, make):
    await store.inbox.record(make.event(EventKind.PREFERRED, ada.id, details=Preferences().as_details()))

    assert await store.leads.preferences(ada.id) == Preferences()


async def test_the_wire_mark_after_the_choice_knows_it(store, chosen, ada, make, clock):
    """In one transaction with the mark: what is stored a moment before the mark binds it."""
    seen = []
    touch = make.touch(ada.id, topic="news")
    row = await store.ledger.reserve(make.intent(touch), clock.now())

    def judge(facts):
        seen.append(facts.preferences)
        return gate(touch, facts, POLICIES, clock.now())

    verdict = await store.ledger.mark_wire(touch.id, row.fence, clock.now(), judge)

    assert seen == [WISHES]
    assert verdict is not None


@pytest.mark.parametrize(
    ("wishes", "more", "code"),
    [
        pytest.param(WISHES, {"topic": "news"}, Refusal.NOT_WANTED, id="the topic is off"),
        pytest.param(WISHES, {"topic": "trial"}, None, id="another topic"),
        pytest.param(WISHES, {"topic": ""}, None, id="no topic at all"),
        pytest.param(WISHES, {"topic": "news", "purpose": Purpose.SERVICE}, None, id="a service message"),
        pytest.param(Preferences(paused_until="later"), {}, Refusal.ON_BREAK, id="a pause"),
        pytest.param(Preferences(paused_until="later"), {"channel": Channel.TASK}, None, id="a rep's own deed"),
        pytest.param(Preferences(paused_until="past"), {}, None, id="a pause that is over"),
    ],
)
async def test_what_the_gates_make_of_it(store, ada, make, clock, wishes, more, code):
    now = clock.now()
    until = {"later": now + timedelta(days=30), "past": now}.get(wishes.paused_until)
    wishes = replace(wishes, paused_until=until)
    touch = make.touch(ada.id, **({"purpose": Purpose.MARKETING} | more))
    facts = replace((await store.ledger.outset(touch, now)).facts, preferences=wishes, consents=yes_to_all(ada, now))

    verdict = gate(touch, facts, POLICIES, now)

    assert (verdict.code if verdict else None) == code
    if code is Refusal.ON_BREAK:
        assert verdict.until == until


async def test_one_a_week_waits_until_a_week_after_the_last(store, ada, make, clock, send):
    await send(make.touch(ada.id, "first"))
    sent = clock.now()
    now = clock.pass_by(days=2)
    touch = make.touch(ada.id, "second")
    facts = replace((await store.ledger.outset(touch, now)).facts, preferences=WISHES, consents=yes_to_all(ada, now))

    verdict = gate(touch, facts, POLICIES, now)

    assert (verdict.code, verdict.until) == (Refusal.OVER_CAP, sent + timedelta(days=7))


def yes_to_all(ada, now):
    from nurture.domain.consent import Basis, Consent

    return [Consent(ada.id, Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS, now, "form")]
