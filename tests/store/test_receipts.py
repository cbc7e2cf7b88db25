"""Receipts are for ever: each yes and each no leaves one, nothing changes one, and repeating a claim renews none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from nurture.domain.consent import Basis, Consent, Withdrawal, wording_hash
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel, Purpose
from nurture.store.migrate import connect


def said_yes(lead, at, **more):
    return Consent(lead, Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS, at, "form", "I agree.", "fair", **more)


@pytest.mark.parametrize("table", ["consents", "withdrawals"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET how = 'phone'", "DELETE FROM {}"], ids=["changed", "deleted"])
async def test_no_statement_changes_or_deletes_a_receipt(place, store, ada, make, table, deed):
    await store.leads.save([], [said_yes(ada.id, make.monday)])
    await store.inbox.record(make.event(EventKind.OPTED_OUT, ada.id))
    database = connect(place.url)

    def tamper(conn: Connection) -> None:
        conn.execute(text(deed.format(table)))

    with pytest.raises(DBAPIError, match="a receipt is"):
        await database.write(tamper)

    await database.close()
    assert len(await store.leads.consents(ada.id)) == len(await store.leads.withdrawals(ada.id)) == 1


async def test_a_receipt_keeps_words_hash_source_and_proof(store, ada, make, clock):
    given = said_yes(ada.id, make.monday, proof="https://acme.example.com/join from 192.0.2.7")

    await store.leads.save([], [given])

    (kept,) = await store.leads.consents(ada.id)
    assert kept == given
    assert kept.wording_hash == wording_hash("I agree.")
    assert kept.recorded_at == clock.now()


async def test_a_no_leaves_a_receipt_that_outlives_the_yes_after_it(store, ada, make, clock):
    no = make.event(EventKind.OPTED_OUT, ada.id, details={"channel": "sms", "how": "sms:stop", "word": "Stop!"})
    await store.inbox.record(no)
    yes = make.event(EventKind.OPTED_IN, ada.id, clock.pass_by(days=1), details={"channel": "sms", "how": "sms"})
    await store.inbox.record(yes)

    assert await store.leads.suppressions(ada.id) == ()
    assert await store.leads.withdrawals(ada.id) == (
        Withdrawal(ada.id, Channel.SMS, "marketing", "opted_out", make.monday, "sms:stop", "Stop!"),
    )


async def test_a_word_of_the_person_is_a_new_consent_and_an_import_of_a_yes_is_none(store, ada, make):
    await store.inbox.record(make.event(EventKind.OPTED_IN, ada.id, details={"channel": "sms", "how": "import"}))
    assert await store.leads.consents(ada.id) == ()

    details = {"channel": "sms", "how": "sms", "word": "START"}
    word = make.event(EventKind.OPTED_IN, ada.id, details=details)
    await store.inbox.record(word)
    await store.inbox.record(word)

    (yes,) = await store.leads.consents(ada.id)
    assert (yes.channel, yes.basis, yes.how, yes.wording) == (Channel.SMS, Basis.EXPRESS, "sms", "START")
    assert (yes.given_at, yes.proof) == (make.monday, word.id)


async def test_the_receipt_that_the_door_saw_is_the_one_that_is_kept(store, ada, make):
    seen = replace(said_yes(ada.id, make.monday), basis=Basis.EXPRESS_WRITTEN, how="double opt-in")
    event = make.event(EventKind.OPTED_IN, ada.id, details={"channel": "email", "how": "link"})

    await store.inbox.record(event, receipt=seen)

    assert await store.leads.consents(ada.id) == (seen,)


async def test_thousands_of_noes_of_an_import_leave_a_receipt_each(store, ada, ken, make):
    noes = [
        make.event(EventKind.OPTED_OUT, who.id, details={"channel": "email", "how": "import"}) for who in (ada, ken)
    ]

    await store.inbox.record_many(noes)
    await store.inbox.record_many(noes)

    for who in (ada, ken):
        assert [no.how for no in await store.leads.withdrawals(who.id)] == ["import"]


async def test_repeating_an_undated_claim_does_not_make_it_younger(store, ada, make, clock):
    claim = replace(said_yes(ada.id, clock.now()), basis=Basis.INQUIRY, how="import: form", assumed=True)
    await store.leads.save([], [claim])
    later = clock.pass_by(days=170)

    await store.leads.save([], [replace(claim, given_at=later), replace(claim, given_at=later + timedelta(1))])

    assert [yes.given_at for yes in await store.leads.consents(ada.id)] == [make.monday]


async def test_asking_again_by_another_way_is_a_new_claim(store, ada, make, clock):
    claim = replace(said_yes(ada.id, clock.now()), basis=Basis.INQUIRY, how="import: form", assumed=True)
    later = clock.pass_by(days=170)

    await store.leads.save([], [claim, replace(claim, given_at=later, how="import: chat")])

    assert [yes.given_at for yes in await store.leads.consents(ada.id)] == [make.monday, later]
