"""A yes without its proof is refused with a reason, in a file and in the API alike (L7); a proven one says where."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nurture.domain.consent import Basis
from nurture.domain.lead import Channel
from nurture.web.serving import contact_in

LEAD = {"email": "mira@example.com", "phone": "+12015550142"}
DATE = {"sms_consent_date": "2026-03-01"}
SOURCE = {"sms_consent_source": "https://acme.example.com/join"}


@pytest.mark.parametrize("proof", [{}, DATE, SOURCE], ids=["nothing", "only a date", "only a source"])
@pytest.mark.parametrize("yes", [True, "yes"])
def test_the_api_takes_no_bare_yes(proof, yes):
    accepted = contact_in(LEAD | {"sms_consent": yes} | proof)

    assert accepted.consents == ()
    assert accepted.notes == ("consent to sms without a date and a source is not taken as consent",)


def test_the_api_takes_a_yes_with_its_proof():
    accepted = contact_in(LEAD | {"sms_consent": True, "sms_consent_text": "Text me."} | DATE | SOURCE)

    (yes,) = accepted.consents
    assert (yes.channel, yes.basis, yes.wording) == (Channel.SMS, Basis.EXPRESS, "Text me.")
    assert (yes.given_at, yes.source) == (datetime(2026, 3, 1, tzinfo=UTC), SOURCE["sms_consent_source"])
    assert accepted.notes == ()


def test_a_no_is_neither_a_consent_nor_worth_a_note():
    accepted = contact_in(LEAD | {"sms_consent": False})

    assert (accepted.consents, accepted.notes) == ((), ())
