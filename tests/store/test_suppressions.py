"""A no outranks every yes: it hangs on the address, survives forgetting, and only the person lifts it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nurture.domain.consent import Suppression
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel


async def silenced(store, lead):
    return {(each.channel, each.scope, each.why) for each in await store.leads.suppressions(lead)}


@pytest.mark.parametrize(
    ("kind", "details", "no"),
    [
        pytest.param(EventKind.OPTED_OUT, {"channel": ""}, (None, "marketing", "opted_out"), id="from everything"),
        pytest.param(EventKind.OPTED_OUT, {"channel": "sms"}, (Channel.SMS, "marketing", "opted_out"), id="from texts"),
        pytest.param(EventKind.OPTED_OUT, {"scope": "all"}, (None, "all", "opted_out"), id="from service too"),
        pytest.param(EventKind.COMPLAINED, {"channel": "email"}, (Channel.EMAIL, "marketing", "complained"), id="spam"),
        pytest.param(
            EventKind.BOUNCED, {"hard": True, "channel": "sms"}, (Channel.SMS, "all", "bounced"), id="dead no."
        ),
        pytest.param(EventKind.BOUNCED, {"hard": True}, (Channel.EMAIL, "all", "bounced"), id="a bounce comes by mail"),
    ],
)
async def test_what_silences_us(store, ada, make, kind, details, no):
    await store.inbox.record(make.event(kind, ada.id, details=details))

    assert await silenced(store, ada.id) == {no}


async def test_a_bounce_silences_the_channel_of_its_touch(store, ada, make):
    touch = make.touch(ada.id, channel=Channel.WHATSAPP)

    await store.inbox.record(make.event(EventKind.BOUNCED, ada.id, touch=touch.id, details={"hard": True}))

    assert await silenced(store, ada.id) == {(Channel.WHATSAPP, "all", "bounced")}


async def test_a_soft_bounce_silences_nothing(store, ada, make):
    await store.inbox.record(make.event(EventKind.BOUNCED, ada.id, details={"hard": False}))

    assert await silenced(store, ada.id) == set()


async def bounces_softly(store, ada, make, clock, days, **details):
    for number in range(days):
        facts = {"hard": False, "channel": "email", "blame": "temporary", "code": "5.2.2", **details}
        await store.inbox.record(make.event(EventKind.BOUNCED, ada.id, clock.now(), details=facts))
        await store.inbox.record(make.event(EventKind.BOUNCED, ada.id, clock.now(), details=facts | {"n": number}))
        clock.pass_by(days=1)


async def test_soft_bounces_on_three_different_days_hold_the_persons_mail(store, ada, make, clock):
    await bounces_softly(store, ada, make, clock, 2)
    assert await silenced(store, ada.id) == set()

    await bounces_softly(store, ada, make, clock, 1)
    assert await silenced(store, ada.id) == {(Channel.EMAIL, "all", "soft_bounces")}


@pytest.mark.parametrize(
    "details", [{"blame": "sender"}, {"blame": "content"}, {"channel": "sms"}], ids=["sender", "content", "a text"]
)
async def test_what_is_no_fact_of_the_mailbox_holds_nobodys_mail(store, ada, make, clock, details):
    await bounces_softly(store, ada, make, clock, 4, **details)

    assert await silenced(store, ada.id) == set()


async def test_a_sign_of_life_starts_the_count_anew_and_lifts_the_hold(store, ada, make, clock):
    await bounces_softly(store, ada, make, clock, 2)
    await store.inbox.record(make.event(EventKind.DELIVERED, ada.id, clock.now(), details={"channel": "email"}))
    await bounces_softly(store, ada, make, clock, 2)
    assert await silenced(store, ada.id) == set()

    await bounces_softly(store, ada, make, clock, 1)
    assert len(await silenced(store, ada.id)) == 1
    await store.inbox.record(make.event(EventKind.REPLIED, ada.id, clock.now(), details={"channel": "sms"}))
    assert len(await silenced(store, ada.id)) == 1
    await store.inbox.record(make.event(EventKind.REPLIED, ada.id, clock.now(), details={"channel": "email"}))
    assert await silenced(store, ada.id) == set()


async def test_the_first_no_stands(store, ada, make, clock):
    await store.inbox.record(make.event(EventKind.OPTED_OUT, ada.id))
    later = clock.pass_by(days=1)
    await store.inbox.record(make.event(EventKind.COMPLAINED, ada.id, later))

    assert await store.leads.suppressions(ada.id) == (Suppression(ada.id, None, "opted_out", make.monday, "marketing"),)


async def test_a_persons_own_opt_in_lifts_that_channel_only(store, ada, make):
    for channel in ("sms", "email"):
        await store.inbox.record(make.event(EventKind.OPTED_OUT, ada.id, details={"channel": channel}))

    await store.inbox.record(make.event(EventKind.OPTED_IN, ada.id, details={"channel": "sms", "how": "keyword"}))

    assert await silenced(store, ada.id) == {(Channel.EMAIL, "marketing", "opted_out")}


async def test_an_opt_in_to_one_channel_leaves_a_no_to_all_others(store, ada, make):
    await store.inbox.record(make.event(EventKind.OPTED_OUT, ada.id, details={"channel": ""}))

    await store.inbox.record(make.event(EventKind.OPTED_IN, ada.id, details={"channel": "sms", "how": "sms"}))

    others = set(Channel) - {Channel.SMS}
    assert await silenced(store, ada.id) == {(channel, "marketing", "opted_out") for channel in others}
    await store.inbox.record(make.event(EventKind.OPTED_IN, ada.id, details={"channel": "", "how": "page"}))
    assert await silenced(store, ada.id) == set()


@pytest.mark.parametrize("how", ["import", "api", "rep", ""])
async def test_nobody_else_lifts_a_no(store, ada, make, how):
    await store.inbox.record(make.event(EventKind.OPTED_OUT, ada.id, details={"channel": "sms"}))

    await store.inbox.record(make.event(EventKind.OPTED_IN, ada.id, details={"channel": "sms", "how": how}))

    assert await silenced(store, ada.id) == {(Channel.SMS, "marketing", "opted_out")}


async def test_a_new_import_under_another_id_does_not_lift_it(store, ada, make):
    await store.inbox.record(make.event(EventKind.OPTED_OUT, ada.id, details={"channel": ""}))

    stored = await store.leads.save([replace(make.ada, id="lead-again")])

    assert stored == {"lead-again": ada.id}
    assert await silenced(store, ada.id) == {(None, "marketing", "opted_out")}


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"email": "Ada.Byron@Example.com", "phone": ""}, id="by e-mail, in other letters"),
        pytest.param({"email": "", "phone": "+12015550101"}, id="by phone"),
    ],
)
async def test_an_opt_out_survives_forgetting_and_importing_again(store, ada, make, clock, again):
    await store.inbox.record(make.event(EventKind.OPTED_OUT, ada.id, details={"channel": ""}))
    assert await store.leads.erase(ada.id)

    await store.leads.save([replace(make.ada, id="lead-new", **again)])

    assert await silenced(store, "lead-new") == {(None, "marketing", "opted_out")}
    facts = (await store.ledger.outset(make.touch("lead-new"), clock.now())).facts
    assert [each.lead for each in facts.suppressions] == ["lead-new"]


async def test_a_dead_mailbox_says_nothing_about_the_phone(store, ada, make):
    await store.inbox.record(make.event(EventKind.BOUNCED, ada.id, details={"hard": True, "channel": "email"}))
    await store.leads.erase(ada.id)

    await store.leads.save([replace(make.ada, id="lead-new", email="ada.lovelace@example.com")])

    assert await silenced(store, "lead-new") == {(None, "marketing", "erased")}  # and not that the number is dead


async def test_an_address_found_later_is_silenced_as_well(store, make):
    await store.leads.save([replace(make.ada, phone="")])
    await store.inbox.record(make.event(EventKind.OPTED_OUT, make.ada.id, details={"channel": ""}))
    await store.leads.save([replace(make.ada, id="crm-7")])  # brings the phone number
    await store.leads.erase(make.ada.id)

    await store.leads.save([replace(make.ada, id="lead-new", email="ada.lovelace@example.com")])

    assert await silenced(store, "lead-new") == {(None, "marketing", "opted_out")}


async def test_a_forgotten_person_who_asks_for_texts_gets_them(store, ada, make):
    await store.inbox.record(make.event(EventKind.OPTED_OUT, ada.id, details={"channel": "sms"}))
    await store.leads.erase(ada.id)
    await store.leads.save([replace(make.ada, id="lead-new")])

    await store.inbox.record(make.event(EventKind.OPTED_IN, "lead-new", details={"channel": "sms", "how": "form"}))

    others = set(Channel) - {Channel.SMS}
    assert await silenced(store, "lead-new") == {(channel, "marketing", "erased") for channel in others}


async def test_only_the_key_recognises_an_address(place, make):
    async with place.open() as store:
        await store.leads.save([make.ada])
        await store.inbox.record(make.event(EventKind.OPTED_OUT, make.ada.id))
        await store.leads.erase(make.ada.id)
        await store.leads.save([replace(make.ada, id="lead-new")])
    async with place.open(key=b"another key") as store:
        assert await silenced(store, "lead-new") == set()
    async with place.open() as store:
        assert await silenced(store, "lead-new") == {(None, "marketing", "opted_out")}


async def test_a_shared_number_is_silent_for_whoever_has_it(store, ada, make):
    """Ken brings Ada's number: it stays hers, and a no from him is recorded for her as `sharing` says."""
    saved = await store.leads.save([replace(make.ken, phone=make.ada.phone)])
    whom = [make.ken.id, saved.sharing[make.ken.id]]

    await store.inbox.record_many([make.event(EventKind.OPTED_OUT, lead, details={"channel": "call"}) for lead in whom])

    assert await silenced(store, make.ada.id) == await silenced(store, make.ken.id)
    assert await silenced(store, make.ada.id) == {(Channel.CALL, "marketing", "opted_out")}
