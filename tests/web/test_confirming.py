"""The button of a double opt-in: scanners that open it confirm nothing, pressing it keeps the exact words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.consent import Basis, wording_hash
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.tokens import sign
from nurture.domain.touch import touch_ref
from tests.web.conftest import MIRA, WELCOME, token
from tests.web.fakes import NOON, SECRET, row_of

WORDING = 'Yes, "Acme" may e-mail me <often>. I can stop it at any time.'
ASK = replace(WELCOME, id=f"{MIRA.id}/letters.1/opt-in.1/email", sequence="letters", step="opt-in", wording=WORDING)
LINK = f"/confirm/{sign(SECRET, 'confirm', touch_ref(ASK.id))}"


@pytest.fixture(autouse=True)
def asked(world):
    world.ledger.known.append(row_of(ASK))


def test_a_hundred_looks_confirm_nothing(web, world):
    for _ in range(100):
        page = web.get(LINK)
    web.head(LINK)

    assert page.status_code == 200
    assert "Nothing is agreed until you press the button" in page.text
    assert "may e-mail me &lt;often&gt;" in page.text
    assert MIRA.email not in page.text
    assert not world.inbox.facts


def test_pressing_is_a_consent_with_its_words_and_their_hash(web, world):
    answer = web.post(LINK)

    assert answer.status_code == 200
    assert "Thank you" in answer.text
    [yes] = world.inbox.of_kind(EventKind.OPTED_IN)
    assert yes.details == {"channel": "email", "how": "link"}
    assert (yes.lead, yes.touch, yes.sequence, yes.step) == (MIRA.id, ASK.id, "letters", "opt-in")
    [receipt] = world.leads.receipts
    assert (receipt.channel, receipt.basis, receipt.how) == (Channel.EMAIL, Basis.EXPRESS_WRITTEN, "double opt-in")
    assert (receipt.given_at, receipt.wording, receipt.wording_hash) == (NOON, WORDING, wording_hash(WORDING))
    assert ASK.id in receipt.proof


def test_pressing_again_after_a_later_no_revives_nothing(web, world):
    web.post(LINK)
    web.post(f"/u/{token('unsubscribe')}", data={"List-Unsubscribe": "One-Click"})

    web.post(LINK)

    assert len(world.inbox.of_kind(EventKind.OPTED_IN)) == 1
    assert len(world.leads.silences) == 1


@pytest.mark.parametrize(
    "link",
    [
        f"/confirm/{token('unsubscribe')}",
        f"/confirm/{sign(SECRET, 'confirm', touch_ref(WELCOME.id))}",
        "/confirm/nonsense",
    ],
    ids=["a token of another kind", "a message that asked nothing", "nonsense"],
)
def test_what_asked_for_no_confirmation_gets_none(web, world, link):
    assert web.get(link).status_code == 404
    assert web.post(link).status_code == 404
    assert not world.inbox.facts


def test_a_confirmation_is_not_acknowledged_when_it_could_not_be_stored(web, world):
    world.inbox.down = True

    assert web.post(LINK).status_code == 503
