"""Forgetting a person: no byte of them is left, the receipt says what went, and nobody but they opens a channel."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from nurture.domain.consent import Basis, Consent
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel, Purpose
from nurture.domain.tasks import Task
from nurture.domain.touch import TouchState

SECRETS = ("ada.byron", "2015550101", "byron", "analytical engines", "may i have a quote", "countess", "lovelace lane")


async def a_life(store, make, clock):
    """Ada is imported, written to, answers, gets a task, moves, rests; words about her are everywhere."""
    now, ada = clock.now(), make.ada
    yes = Consent(ada.id, Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS, now, "form", "I, Ada Byron, agree", "fair")
    await store.leads.save([ada], [yes])
    touch = make.touch(ada.id, why="lead.title was Countess")
    row = await store.ledger.reserve(make.intent(touch), now)
    await store.ledger.mark_wire(touch.id, row.fence, now, lambda facts: None)
    await store.ledger.settle(
        touch.id, row.fence, TouchState.REFUSED, now, code="5.1.1", reason="550 <ada.byron@example.com> is unknown"
    )
    for event in (
        make.event(EventKind.HAPPENED, ada.id, name="asked", details={"text": "May I have a quote", "rows": 3}),
        make.event(EventKind.LEAD_CHANGED, ada.id, details={"title": "Countess", "street": "Lovelace Lane"}),
        make.event(EventKind.OPTED_OUT, ada.id, details={"channel": "sms", "how": "sms:stop", "word": "stop, Byron"}),
    ):
        await store.inbox.record(event)
    await store.inbox.record(replace(make.event(EventKind.OPENED, ada.id), id="api:ADA.BYRON@example.com-1"))
    task = Task("task-1", ada.id, "call", "Call Ada Byron", created_at=now, body="of Analytical Engines")
    await store.tasks.open(task)
    await store.leads.place(ada.id, stage="mql", reason="Byron said so", score=3, now=now)
    await store.leads.put_to_rest(ada.id, '{"title": "Countess"}')
    await store.links.keep({"pricing": "https://acme.example.com/p?for=ada.byron%40example.com"})
    return touch


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes().lower() for file in sorted(folder.glob("*.db*")))


def hits(raw: bytes) -> list[str]:
    return [secret for secret in SECRETS if secret.encode() in raw]


async def test_no_byte_of_the_person_is_left_in_the_file(tmp_path, make, clock_at_rest):
    from nurture.store import open_store

    async with open_store(f"sqlite+aiosqlite:///{tmp_path}/nurture.db", clock_at_rest, key=b"key") as store:
        await a_life(store, make, clock_at_rest)
        assert hits(bytes_of(tmp_path)) == list(SECRETS)

        await store.leads.erase(make.ada.id, by="grace", reason="asked for it")
        assert hits(bytes_of(tmp_path)) != []  # SQLite keeps what was deleted until somebody writes over it
        assert await store.scrub()

        assert hits(bytes_of(tmp_path)) == []
        await store.leads.save([make.ken])  # the file works on
        assert await store.leads.find(make.ken.id)


async def test_a_reader_that_needs_the_old_bytes_is_reported_and_not_waited_for(sqlite, sqlite_path, monkeypatch):
    from nurture.store import scrubbing

    monkeypatch.setattr(scrubbing, "PATIENCE", 0.05)
    with sqlite3.connect(sqlite_path, isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM leads").fetchone()
        assert scrubbing.scrub(f"sqlite:///{sqlite_path}") is False
        reader.execute("COMMIT")
    reader.close()

    assert scrubbing.scrub(f"sqlite:///{sqlite_path}") is True


async def test_a_writer_that_does_not_let_go_is_reported_too(sqlite, sqlite_path, monkeypatch):
    from nurture.store import scrubbing

    monkeypatch.setattr(scrubbing, "PATIENCE", 0.05)
    writer = sqlite3.connect(sqlite_path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    assert scrubbing.scrub(f"sqlite:///{sqlite_path}") is False

    writer.execute("ROLLBACK")
    writer.close()


async def test_what_is_left_tells_that_something_was_said_and_not_to_whom(store, make, clock):
    touch = await a_life(store, make, clock)
    before = await store.ledger.find(touch.id)

    await store.leads.erase(make.ada.id)

    row = await store.ledger.find(touch.id)
    assert (row.state, row.code, row.body_hash, row.intent_at) == (before.state, "5.1.1", "body-1", before.intent_at)
    assert (row.to, row.subject, row.reason, row.touch.why) == ("", "", "", "")
    assert [event.kind for event in await store.inbox.of_lead(make.ada.id)] == [
        EventKind.HAPPENED,
        EventKind.LEAD_CHANGED,
        EventKind.OPTED_OUT,
        EventKind.OPENED,
    ]
    assert await store.leads.traces(make.ada.email, make.ada.phone) == {}


async def test_the_receipt_says_what_went_and_what_stays(store, make, clock):
    await a_life(store, make, clock)

    receipt = await store.leads.erase(make.ada.id, by="grace", reason="asked for it")

    assert (receipt.lead, receipt.at, receipt.by, receipt.reason) == (
        make.ada.id,
        clock.now(),
        "grace",
        "asked for it",
    )
    assert receipt.removed == {
        "consents": 1,
        "withdrawals": 1,
        "snapshots": 1,
        "rulings": 0,
        "sender_slots": 0,
        "touches": 1,
        "events": 4,
        "tasks": 1,
        "stage_history": 1,
        "links": 1,
        "leads": 1,
    }
    assert set(receipt.kept) >= {"suppressions", "touches", "events", "erasures"}
    assert await store.leads.erasures(make.ada.id) == (receipt,)
    assert await store.leads.erase(make.ada.id) is None


async def test_receipts_of_other_people_cannot_be_deleted_meanwhile(store, ada, ken, make):
    yes = Consent(ken.id, Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS, make.monday, "form", "I agree")
    await store.leads.save([], [yes, replace(yes, lead=ada.id)])

    await store.leads.erase(ada.id)

    assert await store.leads.consents(ken.id) == (yes,)
    assert await store.leads.consents(ada.id) == ()


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"email": "ADA.Byron@example.com", "phone": ""}, id="by e-mail"),
        pytest.param({"email": "", "phone": "+12015550101"}, id="by phone"),
    ],
)
async def test_whoever_brings_a_forgotten_person_back_may_not_write_to_them(store, ada, make, again):
    """Ada never opted out: she was erased, and that alone must hold against the next list she is on."""
    await store.leads.erase(ada.id)

    yes = Consent("lead-new", Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS_WRITTEN, make.monday, "import", "I agree")
    await store.leads.save([replace(make.ada, id="lead-new", **again)], [yes])

    (no,) = await store.leads.suppressions("lead-new")
    assert (no.channel, no.why, no.scope) == (None, "erased", "marketing")


async def test_only_the_persons_own_yes_opens_their_channel_again(store, ada, make):
    await store.leads.erase(ada.id)
    await store.leads.save([replace(make.ada, id="lead-new")])
    for how in ("api", "import"):
        yes = make.event(EventKind.OPTED_IN, "lead-new", details={"channel": "email", "how": how})
        await store.inbox.record(yes)
    assert await store.leads.consents("lead-new") == ()
    assert [no.channel for no in await store.leads.suppressions("lead-new")] == [None]

    await store.inbox.record(make.event(EventKind.OPTED_IN, "lead-new", details={"channel": "email", "how": "form"}))

    assert [(yes.channel, yes.how) for yes in await store.leads.consents("lead-new")] == [(Channel.EMAIL, "form")]
    assert Channel.EMAIL not in {no.channel for no in await store.leads.suppressions("lead-new")}
    assert Channel.SMS in {no.channel for no in await store.leads.suppressions("lead-new")}


async def test_a_workflow_that_rests_after_the_erasure_keeps_nothing(store, ada):
    from nurture.domain.errors import NotFound

    await store.leads.erase(ada.id)

    with pytest.raises(NotFound):
        await store.leads.put_to_rest(ada.id, '{"title": "Countess"}')

    assert await store.leads.snapshot(ada.id) is None


async def test_an_address_that_somebody_else_shares_is_named_as_left(store, ada, ken, make):
    await store.leads.save([replace(ken, fields={"assistant_of": "ada.byron@example.com"})])

    await store.leads.erase(ada.id)

    assert await store.leads.traces(ada.email, ada.phone) == {"leads.fields": 1}


def test_postgres_urls_are_not_files(tmp_path):
    from nurture.store.scrubbing import scrub

    assert make_url("postgresql+asyncpg://x/y").get_backend_name() == "postgresql"
    assert scrub("postgresql+asyncpg://x/y") is False
