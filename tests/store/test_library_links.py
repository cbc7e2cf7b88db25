"""Versions of sequences, and targets of links."""

from __future__ import annotations


async def test_every_version_is_kept_and_the_last_one_kept_is_the_latest(store):
    first, second = {"name": "trial", "steps": [1]}, {"name": "trial", "steps": [1, 2], "goal": "ünïcode"}
    await store.library.keep("trial", "v1", first)
    await store.library.keep("trial", "v2", second)
    await store.library.keep("trial", "v2", second)
    await store.library.keep("other", "v9", {})

    assert await store.library.fetch("trial") == ("v2", second)
    assert await store.library.fetch("trial", "v1") == ("v1", first)
    assert await store.library.fetch("trial", "v3") is None
    assert await store.library.fetch("nothing") is None

    await store.library.keep("trial", "v1", first)  # a marketer took the change back
    assert await store.library.fetch("trial") == ("v1", first)


async def test_a_link_leads_where_it_was_stored_to_lead_and_nowhere_else(store):
    urls = {"pricing": "https://acme.example/pricing", "docs": "https://acme.example/docs"}
    ids = await store.links.keep(urls)

    assert await store.links.target(ids["pricing"]) == ("https://acme.example/pricing", "pricing")
    assert await store.links.target("unknown") is None
    assert await store.links.keep(urls) == ids
    assert await store.links.keep({}) == {}


async def test_another_target_is_another_link_and_ids_are_the_same_everywhere(place):
    async with place.open() as store:
        first = await store.links.keep({"pricing": "https://acme.example/pricing"})
        moved = await store.links.keep({"pricing": "https://acme.example/plans"})
    async with place.open() as store:
        again = await store.links.keep({"pricing": "https://acme.example/pricing"})
        target = await store.links.target(moved["pricing"])

    assert first != moved
    assert first == again
    assert target == ("https://acme.example/plans", "pricing")
