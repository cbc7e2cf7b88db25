"""People are merged, never doubled; what is known stays; memory stays flat."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from nurture.domain.consent import Basis, Consent
from nurture.domain.errors import NotFound
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.rulings import Ruling


async def test_a_person_comes_back_as_saved(store, make, clock):
    assert await store.leads.save([make.ada]) == {make.ada.id: make.ada.id}

    saved = replace(make.ada, created_at=clock.now())
    assert await store.leads.find(make.ada.id) == saved
    assert await store.leads.find_by_address(email=make.ada.email) == saved
    assert await store.leads.find_by_address(phone=make.ada.phone) == saved
    assert await store.leads.find_by_address(email=make.ada.email, phone=make.ken.phone) == saved
    assert await store.leads.find_by_address() is None
    assert await store.leads.find("lead-nobody") is None


async def test_people_without_addresses_are_different_people(store):
    await store.leads.save([Contact("a"), Contact("b")])

    assert [contact.id async for contact in store.leads.all()] == ["a", "b"]


async def test_a_merge_fills_gaps_and_overwrites_nothing(store, make, clock):
    await store.leads.save([replace(make.ada, phone="", company="", fields={"title": "CTO", "plan": ""}, stage="mql")])
    news = replace(
        make.ada,
        id="crm-1",
        first_name="A.",
        company="Babbage & Co",
        owner="anna",
        stage="lead",
        source="list",
        fields={"title": "Assistant", "plan": "team", "industry": "mills"},
    )

    assert await store.leads.save([news]) == {"crm-1": make.ada.id}

    fields = {"title": "CTO", "plan": "team", "industry": "mills"}
    merged = replace(make.ada, company="Babbage & Co", owner="anna", stage="mql", fields=fields, created_at=clock.now())
    assert await store.leads.find(make.ada.id) == merged
    assert await store.leads.find("crm-1") is None


async def test_people_are_matched_by_id_else_e_mail_else_phone(store, make):
    await store.leads.save([make.ada, make.ken])

    stored = await store.leads.save(
        [
            Contact(make.ada.id, email="new@example.com"),
            Contact("x-1", email=make.ken.email, phone=make.ada.phone),
            Contact("x-2", phone=make.ada.phone),
            Contact("x-3", email="grace@example.com"),
        ]
    )

    assert stored == {make.ada.id: make.ada.id, "x-1": make.ken.id, "x-2": make.ada.id, "x-3": "x-3"}
    assert (await store.leads.find(make.ada.id)).email == make.ada.email
    assert (await store.leads.find(make.ken.id)).phone == make.ken.phone


async def test_an_address_that_is_somebody_elses_fills_no_gap(store, make):
    await store.leads.save([make.ada, replace(make.ken, phone="")])

    await store.leads.save([Contact("x", email=make.ken.email, phone=make.ada.phone)])

    assert (await store.leads.find(make.ken.id)).phone == ""


async def test_twins_within_one_batch_become_one(store):
    batch = [
        Contact("a", email="joan@example.com"),
        Contact("b", email="joan@example.com", phone="+12015550103"),
        Contact("c", phone="+12015550103", first_name="Joan"),
    ]

    assert await store.leads.save(batch) == {"a": "a", "b": "a", "c": "a"}
    (joan,) = [contact async for contact in store.leads.all()]
    assert (joan.id, joan.email, joan.phone, joan.first_name) == ("a", "joan@example.com", "+12015550103", "Joan")


async def test_people_who_share_a_telephone_but_no_mailbox_stay_two(store, make):
    """A couple or an office has one number: merged, she would get his mail, and his "stop" would be hers."""
    ben = Contact("lead-ben", email="ben.holt@example.com", phone=make.ada.phone, first_name="Ben")

    await store.leads.save([make.ada])
    saved = await store.leads.save([ben])

    assert saved == {"lead-ben": "lead-ben"}
    assert saved.sharing == {"lead-ben": make.ada.id}
    assert (await store.leads.find("lead-ben")).phone == ""
    assert (await store.leads.find_by_address(phone=make.ada.phone)).id == make.ada.id
    assert await store.leads.find_by_address(email=ben.email, phone=ben.phone) == await store.leads.find("lead-ben")
    assert await store.leads.find_by_address(email="eve@example.com", phone=ben.phone) is None


async def test_sharing_is_seen_within_one_batch_and_again_when_it_is_repeated(store, make):
    batch = [make.ada, Contact("b", email="ben.holt@example.com", phone=make.ada.phone)]

    first, again = await store.leads.save(batch), await store.leads.save(batch)

    assert first == again == {make.ada.id: make.ada.id, "b": "b"}
    assert first.sharing == again.sharing == {"b": make.ada.id}
    assert [contact.phone async for contact in store.leads.all()] == [make.ada.phone, ""]


@pytest.mark.parametrize(
    ("known", "news"),
    [
        pytest.param({"email": ""}, {}, id="we had no e-mail"),
        pytest.param({}, {"email": ""}, id="the news has no e-mail"),
        pytest.param({}, {}, id="the same e-mail"),
    ],
)
async def test_a_telephone_is_enough_when_the_mailboxes_do_not_differ(store, make, known, news):
    await store.leads.save([replace(make.ada, **known)])

    saved = await store.leads.save([replace(make.ada, id="crm-1", **news)])

    assert (dict(saved), saved.sharing) == ({"crm-1": make.ada.id}, {})
    assert (await store.leads.find(make.ada.id)).email == make.ada.email


async def test_saving_says_who_is_new(store, make):
    twin = replace(make.ada, id="crm-1")

    first = await store.leads.save([make.ada, twin])
    second = await store.leads.save([twin, make.ken])

    assert first.new == {make.ada.id}
    assert second.new == {make.ken.id}
    assert (await store.leads.save([])).new == frozenset()


async def test_the_same_import_at_once_from_two_sides_makes_no_twins(store):
    def batch(side: str) -> list[Contact]:
        return [Contact(f"{side}-{number}", email=f"p{number}@example.com") for number in range(200)]

    stored = await asyncio.gather(*(store.leads.save(batch(side)) for side in ("a", "b", "c")))

    assert len({lead for each in stored for lead in each.values()}) == 200
    assert len([contact async for contact in store.leads.all()]) == 200


async def test_consents_follow_the_person_and_are_kept_once(store, make, clock):
    await store.leads.save([make.ada])

    def receipt(lead: str, basis: Basis) -> Consent:
        return Consent(
            lead, Channel.SMS, Purpose.MARKETING, basis, clock.now(), "form", "Text me news", "site", clock.now()
        )

    for _ in range(2):
        await store.leads.save(
            [replace(make.ada, id="crm-1")], [receipt("crm-1", Basis.EXPRESS), receipt("crm-1", Basis.EXPRESS_WRITTEN)]
        )
    await store.leads.save([], [receipt(make.ada.id, Basis.INQUIRY)])

    bases = [Basis.EXPRESS, Basis.EXPRESS_WRITTEN, Basis.INQUIRY]
    assert list(await store.leads.consents(make.ada.id)) == [receipt(make.ada.id, basis) for basis in bases]
    assert await store.leads.save([]) == {}


async def test_a_large_batch_and_all_its_pages(store):
    people = [Contact(f"p{number:04}", email=f"p{number}@example.com", country="DE") for number in range(1_201)]
    await store.leads.save(people[:1_000])
    await store.leads.save(people[1_000:])

    assert [contact.id async for contact in store.leads.all()] == [person.id for person in people]


async def test_people_can_be_asked_for_by_column_and_by_field(store, make):
    await store.leads.save([make.ada, make.ken])

    async def who(**where: object) -> list[str]:
        return [contact.id async for contact in store.leads.all(where=where)]

    assert await who(country="GB") == [make.ada.id]
    assert await who(employees=120) == [make.ada.id]
    assert await who(country="GB", employees=99) == []
    assert await who(stage="lead", source="referral") == [make.ken.id]


async def test_a_place_is_written_with_history_only_when_it_changes(store, ada, clock):
    for _ in range(2):
        await store.leads.place(ada.id, stage="mql", reason="score 60", score=60, now=clock.now())
    await store.leads.place(ada.id, stage="mql", reason="score 70", score=70, now=clock.pass_by(hours=1))
    await store.leads.place(ada.id, stage="sal", reason="accepted", score=70, now=clock.pass_by(hours=1), owner="anna")

    person = await store.leads.find(ada.id)
    assert (person.stage, person.owner) == ("sal", "anna")
    stages = [moment for moment in await store.reports.timeline(ada.id) if moment.kind == "stage"]
    assert [(each.what, each.details) for each in stages] == [
        ("mql", {"was": "lead", "reason": "score 60", "score": 60}),
        ("sal", {"was": "mql", "reason": "accepted", "owner": "anna", "score": 70}),
    ]


async def test_a_resting_journey_keeps_its_latest_state(store, ada):
    assert await store.leads.snapshot(ada.id) is None
    await store.leads.put_to_rest(ada.id, '{"v":1}')
    await store.leads.put_to_rest(ada.id, '{"v":2}')

    assert await store.leads.snapshot(ada.id) == '{"v":2}'


async def test_decisions_are_kept_whole_and_once(store, ada, clock):
    first = Ruling(1, clock.now(), "Europe/London", "go", "only_if", "score 12 < 40", {"score": 12, "open": True})
    later = replace(first, n=2, kind="wait", until=clock.now() + timedelta(days=1), step="nudge", visit=2, to="nudge")

    await store.leads.write_down(ada.id, [first])
    await store.leads.put_to_rest(ada.id, "{}", [first, later])

    assert await store.leads.rulings(ada.id) == [first, later]
    assert await store.leads.rulings("lead-nobody") == []
    with pytest.raises(NotFound):
        await store.leads.write_down("lead-nobody", [first])


async def test_search_finds_starts_before_middles_in_any_case(store, make):
    await store.leads.save(
        [
            make.ada,
            make.ken,
            Contact("z-1", first_name="Zoë", last_name="Åkerström", email="zoe@example.com"),
            Contact("z-2", first_name="Magnus", last_name="Kenning", company="100% Pure"),
            Contact("z-3", first_name="Anna", email="broken_kettle@example.com"),
        ]
    )

    async def found(text: str, **more: int) -> list[str]:
        return [contact.id for contact in await store.leads.search(text, **more)]

    assert await found("ken") == [make.ken.id, "z-2", "z-3"]
    assert await found("ENGINES") == [make.ada.id]
    assert await found("åkerSTRÖM") == ["z-1"]
    assert await found("+1201555") == [make.ada.id, make.ken.id]
    assert await found("ada byron") == [make.ada.id]
    assert await found("100%") == ["z-2"]
    assert await found("n_k") == ["z-3"]
    assert await found("example.com", limit=2) == [make.ada.id, make.ken.id]


async def test_a_forgotten_person_leaves_no_name_or_address(place, make, clock):
    async with place.open() as store:
        await store.leads.save(
            [make.ada], [Consent(make.ada.id, Channel.EMAIL, Purpose.SALES, Basis.INQUIRY, clock.now(), "x")]
        )
        await store.leads.put_to_rest(make.ada.id, "{}")
        touch = make.touch(make.ada.id)
        await store.ledger.reserve(make.intent(touch), clock.now())

        assert await store.leads.erase(make.ada.id) is not None

        assert await store.leads.erase(make.ada.id) is None
        assert await store.leads.find(make.ada.id) is None
        assert await store.leads.consents(make.ada.id) == ()
        assert await store.leads.snapshot(make.ada.id) is None
        row = await store.ledger.find(touch.id)
        assert (row.to, row.subject) == ("", "")
        assert await store.leads.search("byron") == []
