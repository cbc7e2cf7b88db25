"""A form's yes, by the API: kept with its words and its page, weighed by the law, and never stronger than a no."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture.domain.consent import Basis, Suppression, wording_hash
from nurture.domain.lead import Channel
from tests.web.conftest import MIRA
from tests.web.fakes import NOON

WORDS = "Yes, Acme may send me its letters."
YES = {
    "lead": MIRA.id,
    "channel": "email",
    "basis": "express",
    "wording": WORDS,
    "url": "https://acme.example.com/letters",
    "ip": "192.0.2.7",
    "at": NOON.isoformat(),
}


def test_the_receipt_keeps_words_page_and_address(api, world):
    answer = api.post("/api/v1/consents", json=YES)

    assert answer.status_code == 201
    assert answer.json() == {"wording_hash": wording_hash(WORDS), "open": True, "why": "express"}
    [kept] = world.leads.receipts
    assert (kept.channel, kept.basis, kept.how, kept.given_at) == (Channel.EMAIL, Basis.EXPRESS, "form", NOON)
    assert (kept.wording, kept.proof) == (WORDS, "https://acme.example.com/letters from 192.0.2.7")


def test_a_ticked_box_opens_nothing_until_it_is_confirmed(api, world):
    told = api.post("/api/v1/consents", json=YES | {"basis": "requested"}).json()

    assert told["open"] is False
    assert "we have requested" in told["why"]


def test_no_api_call_lifts_a_no(api, world):
    world.leads.silences.append(Suppression(MIRA.id, None, "opted_out", NOON))

    told = api.post("/api/v1/consents", json=YES | {"at": (NOON + timedelta(minutes=1)).isoformat()}).json()

    assert told["open"] is False
    assert told["why"].startswith("opted out on 2026-11-03 closed every channel")
    assert len(world.leads.silences) == 1
    assert not world.inbox.facts


def test_a_text_in_the_us_needs_it_in_writing(api):
    assert api.post("/api/v1/consents", json=YES | {"channel": "sms"}).json()["open"] is False
    assert api.post("/api/v1/consents", json=YES | {"channel": "sms", "basis": "express_written"}).json()["open"]


@pytest.mark.parametrize(
    "change",
    [
        {"wording": ""},
        {"url": "at the fair"},
        {"at": None},
        {"at": "2026-11-03"},
        {"at": (NOON + timedelta(days=1)).isoformat()},
        {"basis": "legitimate_interest"},
        {"basis": "yes"},
        {"channel": "fax"},
        {"ip": "somewhere"},
    ],
    ids=lambda change: ", ".join(f"{name} {value}" for name, value in change.items()),
)
def test_a_yes_without_its_proof_is_refused(api, world, change):
    assert api.post("/api/v1/consents", json=YES | change).status_code == 422
    assert not world.leads.receipts


def test_a_stranger_cannot_agree(api, world):
    assert api.post("/api/v1/consents", json=YES | {"lead": "nobody"}).status_code == 404
    assert not world.leads.receipts
