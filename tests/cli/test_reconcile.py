"""`nurture reconcile`: nothing is sent on an older store until somebody says why that is right."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activities.store_guard import StoreGuard
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.recovering import Attempt
from nurture.domain.store_mark import StoreMark
from nurture.domain.touch import Answer, Touch, TouchAnswer, touch_id, touch_ref
from tests.cli.office import MIRA, MONDAY, Office, agreed
from workflows.histories import Told


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

    assert "0 facts and 0 touches would come back" in ran.out
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


def test_what_the_histories_know_comes_back_and_the_audit_finds_nothing(restored):
    restored.knows(MIRA, consents=[agreed(MIRA)])
    wish = {
        "lead": MIRA.id,
        "sequence": "trial-nurture",
        "version": "v1",
        "channel": Channel.EMAIL,
        "window": "any-time",
    }
    first, second = (
        Touch(touch_id(MIRA.id, "trial-nurture", 1, step, 1, Channel.EMAIL), step=step, template=step, **wish)
        for step in ("welcome", "trial-nudge")
    )
    stop = Event("stop-1", EventKind.OPTED_OUT, MIRA.id, MONDAY, touch=first.id, details={"channel": "email"}, seq=412)
    early, late = MONDAY - timedelta(days=4), MONDAY - timedelta(days=1)
    sent = Attempt(first, early, early, TouchAnswer(Answer.SENT, early, sender="team-one"))
    of_a_stranger = Event("click-1", EventKind.CLICKED, "nobody", MONDAY, seq=413)
    lost = Attempt(second, late, late, lost=True)
    restored.temporal.told = [
        Told(facts=[stop, of_a_stranger], attempts=[sent, lost], offered=[f"handoff-{MIRA.id}-1"])
    ]

    dry = restored.run("reconcile", "--dry-run", "--json").json
    ran = restored.run("reconcile", "--by", "olga", "--json")

    assert (ran.code, ran.json["facts"], ran.json["touches"]) == (0, 1, {first.id: "sent", second.id: "uncertain"})
    assert (dry["facts"], dry["touches"], dry["accepted"]) == (1, ran.json["touches"], False)
    assert (ran.json["strangers"], ran.json["facts_without_history"]) == (["nobody"], 899)
    assert ran.json["tasks"] == [f"handoff-{MIRA.id}-1"]
    [back] = restored.facts(MIRA.id)
    assert (back.seq, back.kind) == (412, EventKind.OPTED_OUT)
    assert restored.untold() == []
    row = restored.inside(lambda house: house.store.ledger.find(first.id))
    assert row.message_id.startswith(f"<{touch_ref(first.id)}.")
    assert restored.run("halt", "list", "--json").json["halts"] == []
    assert restored.run("audit", "--json").json["findings"] == []
