"""`nurture reconcile`: nothing is sent on an older store until somebody says why that is right."""

from __future__ import annotations

import pytest

from activities.store_guard import StoreGuard
from nurture.domain.store_mark import StoreMark
from tests.cli.office import MONDAY, Office


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office.open(tmp_path, monkeypatch, capsys)


@pytest.fixture
def restored(office):
    """A store that is forty marks behind, and a worker that found out."""
    office.temporal.store_mark.mark = StoreMark(40, 900, 100, MONDAY)

    async def look(house):
        marks, halts = house.store.marks, house.store.halts
        return await StoreGuard(marks, office.temporal.store_mark, halts, house.clock).look()

    assert office.inside(look) is False
    return office


def test_a_store_that_is_as_far_has_nothing_to_reconcile(office):
    ran = office.run("reconcile")
    assert (ran.code, ran.out) == (0, "The store is as far as Temporal knows: there is nothing to reconcile.\n")


def test_a_dry_run_says_what_is_missing_and_changes_nothing(restored):
    ran = restored.run("reconcile", "--dry-run")

    assert (ran.code, "900 facts and 100 new touches" in ran.out) == (0, True)
    assert restored.run("halt", "list", "--json").json["halts"][0]["key"] == "store"


def test_only_reconcile_lets_go_and_only_with_name_and_reason(restored):
    lifted = restored.run("halt", "lift", "store", "--by", "olga", "--reason", "in a hurry")
    unnamed = restored.run("reconcile", "--accept", "nothing was sent")

    assert (lifted.code, "nurture reconcile" in lifted.err) == (1, True)
    assert (unnamed.code, "--by" in unnamed.err) == (2, True)
    assert restored.run("halt", "list", "--json").json["halts"]


def test_an_accepted_store_counts_from_now_on_and_who_said_so_is_kept(restored):
    ran = restored.run("reconcile", "--by", "olga", "--accept", "nothing was sent between", "--json")

    assert (ran.code, ran.json["accepted"]) == (0, True)
    assert restored.run("halt", "list", "--json").json["halts"] == []
    assert restored.temporal.store_mark.mark.beat == 41
    latest = restored.run("halt", "list", "--past", "--json").json["past"][0]
    assert (latest["act"], latest["by"], latest["why"]) == ("lifted", "olga", "nothing was sent between")
    assert "nothing to reconcile" in restored.run("reconcile").out
