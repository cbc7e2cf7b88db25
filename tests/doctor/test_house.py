"""The house itself: schema, Temporal's search attributes, senders, and rules that nobody looked at for a year."""

from __future__ import annotations

import socket
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from nurture.authoring.library import Bookshelf
from nurture.doctor.house import review_findings, sender_findings, store_findings, temporal_findings
from nurture.domain.lead import Channel
from nurture.domain.policies import Policies
from nurture.domain.senders import Sender, SenderPolicy
from nurture.settings import Settings
from nurture.store import migrate
from workflows.signs import ALL_KEYS

ROOT = Path(__file__).parents[2]


async def test_a_store_that_is_not_there_is_not_made(tmp_path):
    path = tmp_path / "nurture.db"
    (found,) = await store_findings(Settings(database_url=f"sqlite+aiosqlite:///{path}"))

    assert (found.level, found.fact) == ("warn", f"{path} is not there yet")
    assert not path.exists()


async def test_a_migrated_store_is_fine_and_an_empty_file_is_told(tmp_path):
    (tmp_path / "empty.db").touch()
    await migrate(f"sqlite:///{tmp_path}/good.db")

    found = [
        await store_findings(Settings(database_url=f"sqlite:///{tmp_path}/{name}.db")) for name in ("good", "empty")
    ]

    assert [(str(each.level), "schema" in each.fact) for (each,) in found] == [("ok", True), ("warn", True)]


async def test_a_database_we_do_not_know_is_no_crash():
    (found,) = await store_findings(Settings(database_url="mysql://localhost/x"))

    assert (found.level, found.check) == ("fail", "store")


async def test_a_temporal_that_is_away_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (found,) = await temporal_findings(Settings(temporal_address=f"127.0.0.1:{port}"))

    assert (found.level, found.fact) == ("fail", f"127.0.0.1:{port}, namespace default: nobody answers")


@pytest.mark.parametrize(("lacks", "level"), [((), "ok"), (("Score", "Step"), "fail")], ids=["all", "two missing"])
async def test_search_attributes_are_looked_for(monkeypatch, lacks, level):
    known = {key.name: int(key.indexed_value_type) for key in ALL_KEYS if key.name not in lacks}

    async def listed(_request):
        return SimpleNamespace(custom_attributes=known)

    async def connect(_settings):
        return SimpleNamespace(operator_service=SimpleNamespace(list_search_attributes=listed))

    monkeypatch.setattr("nurture.connecting.connect", connect)
    reached, attributes = await temporal_findings(Settings())

    assert (reached.level, attributes.level) == ("ok", level)
    assert (attributes.fact == "missing: Step (Keyword), Score (Int)") is bool(lacks)


def test_a_number_without_registration_and_a_missing_postal_address_fail():
    senders = (
        Sender("us", Channel.SMS, "+12015550190"),
        Sender("anna", Channel.EMAIL, "anna@hello.example.com"),
    )
    found = {each.check: each for each in sender_findings(SenderPolicy({"pool": senders}))}

    assert {check: str(each.level) for check, each in found.items()} == {
        "sender registration": "fail",
        "senders": "warn",
        "postal address": "fail",
    }
    assert '"us" is a US number without an A2P campaign' in found["sender registration"].fact


def test_what_is_shipped_is_an_example_and_was_reviewed():
    shelf = Bookshelf.open(ROOT, 2026)
    found = list(sender_findings(Policies.from_document(shelf.policies).senders))
    fresh, stale = (list(review_findings(shelf.policies, day)) for day in (date(2026, 11, 22), date(2029, 1, 1)))

    assert [str(each.level) for each in found] == ["ok", "warn", "warn"]
    assert [str(each.level) for each in (*fresh, *stale)] == ["ok", "warn"]
    assert "senders.breakers.complaints (2026-11-22)" in stale[0].fact
