"""A sequence is edited while people are inside: who goes on where, and who has to finish something first."""

from __future__ import annotations

from typing import Any

import pytest

from nurture.domain.build import build
from nurture.domain.changes import fate_of
from nurture.domain.events import EventKind
from nurture.domain.state import Status
from tests.domain.journeys import Walk


def version(name: str, *steps: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "sequence": "trial",
        "version": name,
        "enter": {"by_hand": True},
        "timing": {"timezone": "UTC", "window": "any-time"},
        "steps": list(steps),
        **rest,
    }


ONE = {"id": "one", "email": "one"}
TWO = {"id": "two", "after": "3 days", "email": "two"}
THREE = {"id": "three", "after": "1 day", "email": "three"}
FORK = {"id": "fork", "branch": [{"if": "score > 900", "steps": [TWO]}, {"otherwise": [{"id": "other", "email": "o"}]}]}


class Edited(Walk):
    """A lead in a sequence of which there are several versions, known by name."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        super().__init__(documents[0])
        plans = {document["version"]: build(document["version"], document) for document in documents}
        self.book = type(self.book)(plans, self.book.policies)
        self.hears(EventKind.ENROLLED, "trial", version=documents[0]["version"])

    def changes_to(self, name: str) -> None:
        """Hear that the people inside move to this version."""
        self.hears(EventKind.SEQUENCE_CHANGED, "trial", version=name)


@pytest.mark.parametrize(
    ("old", "new", "step", "to"),
    [
        pytest.param([ONE, TWO], [ONE, TWO, THREE], "two", "two", id="still there"),
        pytest.param([ONE, TWO, THREE], [ONE, THREE], "two", "three", id="gone: the next one"),
        pytest.param([ONE, TWO, THREE], [ONE], "two", "", id="everything behind it is gone"),
        pytest.param([FORK, THREE], [ONE, THREE], "two", "three", id="gone with its block: behind the block"),
        pytest.param([ONE], [TWO], "", "", id="through is through"),
    ],
)
def test_somebody_at_a_step_goes_on(old, new, step, to):
    before, after = build("a", version("a", *old)), build("b", version("b", *new))

    assert fate_of(before, after, step).to == to


def test_the_same_step_keeps_its_time_and_what_follows_is_new():
    ada = Edited(version("a", ONE, TWO, THREE), version("b", ONE, TWO, {**THREE, "id": "other"}))
    ada.goes(1)
    due = ada.state.journeys[0].due_at

    ada.changes_to("b")
    ada.goes(0)

    assert (ada.state.journeys[0].version, ada.state.journeys[0].due_at) == ("b", due)
    ada.goes()
    assert ada.log == ["one:email", "two:email", "other:email"]


def test_from_a_removed_step_it_skips_forward():
    ada = Edited(version("a", ONE, TWO, THREE), version("b", ONE, THREE))
    ada.goes(1)

    ada.changes_to("b")
    ada.goes()

    assert ada.log == ["one:email", "three:email"]
    assert any('change changes: a new version: "two" is gone: on at three' in turn for turn in ada.turns)


def test_a_step_that_became_another_kind_is_entered_anew():
    asks = {"id": "two", "wait_for": "clicked(any)", "up_to": "2 days"}
    ada = Edited(version("a", ONE, TWO), version("b", ONE, asks, THREE))
    ada.goes(1)

    ada.changes_to("b")
    ada.goes()

    assert ada.log == ["one:email", "three:email"]


def test_new_rules_hold_at_once():
    rule = {"when": "clicked(any)", "then": {"move": "mql"}}
    ada = Edited(version("a", ONE, TWO), version("b", ONE, TWO, stop=[rule]))
    ada.goes(1)
    ada.hears(EventKind.CLICKED, link="pricing", human=True)

    ada.changes_to("b")
    ada.goes()

    assert ada.log == ["one:email", "move:mql"]


def test_a_watch_that_fired_does_not_fire_again_under_another_number():
    watch = {"when": "clicked(any)", "then": {"move": "mql"}}
    other = {"when": "score > 900", "then": {"move": "sql"}}
    ada = Edited(version("a", ONE, TWO, watch=[watch]), version("b", ONE, TWO, watch=[other, watch]))
    ada.goes(1)
    ada.hears(EventKind.CLICKED, link="pricing", human=True)
    ada.goes(0)

    ada.changes_to("b")
    ada.goes()

    assert ada.log == ["one:email", "move:mql", "two:email"]


def test_who_is_with_sales_moves_when_sales_has_answered():
    handoffs = {"desk": {"route": "inbox", "rejected": {"bad_data": {"resume": "here"}}}}
    hands = {"id": "hand", "handoff": "desk"}
    ada = Edited(
        version("a", ONE, hands, TWO, handoffs=handoffs), version("b", ONE, hands, TWO, THREE, handoffs=handoffs)
    )
    ada.goes(1)
    assert ada.state.journeys[0].status is Status.WITH_SALES

    ada.changes_to("b")
    ada.goes(1)
    assert ada.state.journeys[0].version == "a"
    handoff = ada.state.journeys[0].handoff
    ada.hears(EventKind.HANDOFF_CLOSED, handoff, outcome="rejected", reason="bad_data", handoff="desk")
    ada.goes()

    assert ada.log == ["one:email", "handoff:desk", "two:email", "three:email"]


@pytest.mark.parametrize("name", ["a", "nobody-knows"])
def test_the_same_or_an_unknown_version_changes_nothing(name):
    ada = Edited(version("a", ONE, TWO), version("b", ONE))
    ada.goes(1)
    before = ada.state.journeys

    ada.changes_to(name)

    assert ada.state.journeys == before
