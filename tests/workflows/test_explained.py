"""Each touch and each non-touch of a lead is explained: which rule, on which inputs, by which clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.domain.accounts import AHEAD, NEVER_REACHED, PASSED_OVER
from nurture.domain.events import EventKind
from nurture.domain.touch import Answer, TouchAnswer
from tests.workflows.life import MONDAY, Life, never, not_yet, sequence

ONE = {"id": "one", "email": "one"}
TWO = {"id": "two", "after": "1 day", "email": "two"}
THREE = {"id": "three", "after": "1 day", "email": "three"}


def sent() -> Life:
    ada = Life(sequence(ONE))
    ada.enters()
    ada.goes()
    return ada


def gate_says(code, why, days=None):
    def lives() -> Life:
        ada = Life(sequence(ONE))
        ada.answers["one"] = never(code, why) if days is None else not_yet(code, why, days)
        ada.enters()
        ada.goes(0 if days else 60)
        return ada

    return lives


def uncertain() -> Life:
    ada = Life(sequence(ONE))
    ada.answers["one"] = [TouchAnswer(Answer.UNKNOWN, MONDAY, "uncertain", "it was on the wire")]
    ada.enters()
    ada.goes()
    return ada


def over_a_cap() -> Life:
    ada = Life(sequence(ONE, {"id": "two", "email": "two"}, limits={"any": "1 per day"}))
    ada.enters()
    ada.goes(0)
    return ada


def outside_the_window() -> Life:
    ada = Life(sequence(ONE, timing={"window": "weekend-ok"}))
    ada.now = MONDAY + timedelta(hours=12)
    ada.enters()
    ada.goes(0)
    return ada


def unreachable() -> Life:
    ada = Life(sequence({"id": "one", "sms": "one"}, TWO))
    ada.hears(EventKind.LEAD_CHANGED, **{"unreachable.sms": "no_consent"})
    ada.enters()
    ada.goes()
    return ada


def paused() -> Life:
    ada = Life(sequence(TWO))
    ada.enters()
    until = (MONDAY + timedelta(days=30)).isoformat()
    ada.hears(EventKind.PAUSED, until=until, why="on holiday", by="anna")
    ada.goes(7)
    return ada


def replied() -> Life:
    ada = Life(sequence(ONE, TWO))
    ada.enters()
    ada.goes(0.5)
    ada.hears(EventKind.REPLIED, intent="unclear")
    return ada


def stopped_by_rule() -> Life:
    rule = {"when": "score >= 0 and happened(bought)", "then": {"reason": "bought"}}
    ada = Life(sequence(ONE, TWO, stop=[rule]))
    ada.enters()
    ada.goes(0.5)
    ada.hears(EventKind.HAPPENED, "bought")
    return ada


def stopped_by_hand() -> Life:
    ada = Life(sequence(ONE, TWO))
    ada.enters()
    ada.goes(0.5)
    ada.hears(EventKind.STOPPED, "trial", why="she asked us", by="anna")
    return ada


def held_out() -> Life:
    tried = {"id": "one", "ab_test": {"name": "subject", "variants": {"control": "0%", "holdout": "100%"}}}
    ada = Life(sequence({**tried, "email": "one"}))
    ada.enters()
    ada.goes()
    return ada


def too_late() -> Life:
    ada = Life(sequence(TWO, timing={"when_late": "skip after 1 day"}))
    ada.enters()
    ada.now = MONDAY + timedelta(days=5)
    ada.goes()
    return ada


def condition_failed() -> Life:
    ada = Life(sequence({**ONE, "only_if": "lead.size >= 50"}), size=7)
    ada.enters()
    ada.goes()
    return ada


def other_branch() -> Life:
    arms = [{"if": "lead.size >= 50", "steps": [ONE]}, {"otherwise": [TWO]}]
    ada = Life(sequence({"id": "fork", "branch": arms}, THREE), size=7)
    ada.enters()
    ada.goes()
    return ada


STORIES = [
    pytest.param(sent, "one", "sent", "step", {"way email": "open", "window open": True}, id="sent"),
    pytest.param(
        gate_says("no_consent", "marketing by email in DE needs express; we have nothing"),
        "one",
        "suppressed",
        "no_consent",
        {"code": "no_consent", "channel": "email"},
        id="suppressed by a gate",
    ),
    pytest.param(
        gate_says("stage", "nobody in the stage lost is spoken to"), "one", "suppressed", "stage", {}, id="stage"
    ),
    pytest.param(
        gate_says("quiet_hours", "the lawful hours are over", 0.5),
        "one",
        AHEAD,
        "quiet_hours",
        {"why": "the lawful hours are over"},
        id="quiet hours",
    ),
    pytest.param(
        gate_says("halted", "olga halted channel:email", 1),
        "one",
        AHEAD,
        "halted",
        {"why": "olga halted channel:email"},
        id="halted",
    ),
    pytest.param(
        gate_says("sender_full", "ada@mail is free again then", 1),
        "one",
        AHEAD,
        "sender_full",
        {"why": "ada@mail is free again then"},
        id="sender full",
    ),
    pytest.param(uncertain, "one", "uncertain", "step", {"way email": "open"}, id="uncertain"),
    pytest.param(over_a_cap, "two", AHEAD, "cap", {"limit any in 1 day": "1 of 1"}, id="cap"),
    pytest.param(outside_the_window, "one", AHEAD, "time", {"window": "weekend-ok", "window open": False}, id="window"),
    pytest.param(unreachable, "one", PASSED_OVER, "unreachable", {"way sms": "no_consent"}, id="not reachable"),
    pytest.param(paused, "two", AHEAD, "pause", {"paused by": "hand"}, id="paused"),
    pytest.param(replied, "two", PASSED_OVER, "reply", {"replied": "2026-06-01T21:00:00+00:00"}, id="replied"),
    pytest.param(
        stopped_by_rule,
        "two",
        PASSED_OVER,
        "stop[0]",
        {"condition": "score >= 0 and happened(bought)"},
        id="stopped by a rule",
    ),
    pytest.param(
        stopped_by_hand, "two", PASSED_OVER, "stopped", {"why": "she asked us", "by": "anna"}, id="stopped by hand"
    ),
    pytest.param(
        held_out, "one", PASSED_OVER, "holdout", {"experiment": "subject", "variant": "holdout"}, id="holdout"
    ),
    pytest.param(too_late, "two", PASSED_OVER, "stale", {"late after": "1 day"}, id="skipped as stale"),
    pytest.param(condition_failed, "one", PASSED_OVER, "only_if", {"lead.size": 7}, id="condition"),
    pytest.param(other_branch, "one", NEVER_REACHED, "branch", {"lead.size": 7}, id="branch not taken"),
]


@pytest.mark.parametrize(("lives", "step", "fate", "rule", "inputs"), STORIES)
def test_every_end_names_its_rule_inputs_and_clock(lives, step, fate, rule, inputs):
    ada = lives()

    account = next(account for account in ada.accounts() if account.step == step)

    assert (account.fate, account.decided.rule) == (fate, rule)
    assert inputs.items() <= dict(account.decided.inputs).items()
    assert {"stage", "score"} <= set(account.decided.inputs)
    assert account.decided.why
    assert account.decided.at >= MONDAY
    assert account.decided.zone == "Europe/Berlin"
    assert ada.gaps() == []


def test_a_refused_entry_is_explained():
    ada = Life(sequence(ONE, enter={"by_hand": True, "if": "lead.size >= 50"}), size=7)

    assert ada.enters() == "enter_if"

    (refusal,) = [ruling for ruling in ada.mind.notebook.rulings if ruling.kind == "enrolled"]
    assert (refusal.sequence, refusal.rule, refusal.why) == ("trial", "enter_if", "by a test: not let in")
    assert refusal.inputs["only_if"] == "lead.size >= 50"
    assert refusal.inputs["lead.size"] == 7
    assert ada.gaps() == []


def test_a_wait_that_goes_on_is_one_decision():
    ada = Life(sequence(TWO))
    ada.enters()
    before = len(ada.mind.notebook.rulings)

    for number in range(20):
        ada.hears(EventKind.HAPPENED, f"page_{number}")

    assert len(ada.mind.notebook.rulings) == before


def test_each_sequence_says_what_it_waits_for():
    ada = Life(sequence(TWO), sequence({"id": "letter", "after": "9 days", "email": "letter"}, name="letters"))
    ada.enters("trial")
    ada.enters("letters")

    waits = {account.step: account.decided for account in ada.accounts()}

    assert [(waits[step].rule, waits[step].until) for step in ("two", "letter")] == [
        ("time", MONDAY + timedelta(days=1)),
        ("time", MONDAY + timedelta(days=9)),
    ]


def test_decisions_that_are_written_down_are_let_go_and_numbered_on():
    ada = Life(sequence(ONE, TWO))
    ada.enters()
    ada.goes(0.5)
    first = list(ada.mind.notebook.rulings)

    ada.mind.notebook.let_go(first)
    ada.goes()

    assert ada.mind.notebook.rulings
    assert ada.mind.notebook.rulings[0].n == first[-1].n + 1
    assert ada.gaps([*first, *ada.mind.notebook.rulings]) == []


CROOKED = sequence(
    {**ONE, "only_if": "score >= 0"},
    {"id": "first", "first_possible": [{"sms": "nudge"}, {"email": "nudge"}]},
    {"id": "used", "wait_for": "happened(used)", "up_to": "2 days", "then": "continue"},
    {
        "id": "fork",
        "branch": [
            {"if": "happened(used)", "steps": [{"id": "fan", "email": "fan"}]},
            {"if": "lead.size >= 50", "steps": [{"id": "big", "after": "1 day", "email": "big"}]},
            {"otherwise": [{"id": "small", "email": "small"}]},
        ],
    },
    {"id": "test", "email": "test", "ab_test": {"name": "x", "variants": {"control": "50%", "holdout": "50%"}}},
    {**TWO, "only_if": "lead.size < 50"},
    THREE,
    stop=[{"when": "happened(bought)", "then": {"move": "customer"}}],
    pause=[{"when": "out_of_office", "until": "3 days", "at_most": "2 times"}],
    goal={"name": "met", "when": "happened(met)", "within": "20 days"},
    limits={"any": "2 per week"},
    timing={"window": "office-hours", "when_late": "skip after 2 days"},
)
LETTER = sequence({"id": "letter", "after": "2 days", "email": "letter"}, THREE, name="letters")
GATES = st.sampled_from(
    [
        [TouchAnswer(Answer.SENT, MONDAY)],
        [TouchAnswer(Answer.UNKNOWN, MONDAY, "uncertain", "it was on the wire")],
        never("suppressed", "opted out on 2026-06-01"),
        never("no_consent", "we have nothing"),
        not_yet("over_cap", "2 of 2 touches in 3 days", 4),
        not_yet("sender_full", "free again then", 2),
        not_yet("halted", "olga halted channel:email", 6),
    ]
)
DEEDS = st.sampled_from(
    [
        (EventKind.HAPPENED, "used", {}),
        (EventKind.HAPPENED, "bought", {}),
        (EventKind.HAPPENED, "met", {}),
        (EventKind.REPLIED, "", {"intent": "unclear"}),
        (EventKind.AUTO_REPLIED, "", {}),
        (EventKind.OPTED_OUT, "", {"channel": ""}),
        (EventKind.OPTED_OUT, "", {"channel": "sms"}),
        (EventKind.PAUSED, "", {"until": (MONDAY + timedelta(days=9)).isoformat(), "why": "holiday", "by": "anna"}),
        (EventKind.RESUMED, "", {"by": "anna"}),
        (EventKind.STOPPED, "trial", {"why": "she asked us", "by": "anna"}),
        (EventKind.STOPPED, "", {"why": "a duplicate", "by": "anna"}),
        (EventKind.LEAD_CHANGED, "", {"size": 80}),
        (EventKind.MOVED, "", {"stage": "unqualified", "reason": "not for us"}),
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["one", "first", "fan", "big", "small", "test", "two", "three", "letter"]).flatmap(
        lambda step: st.dictionaries(st.just(step) | st.sampled_from(["one", "first", "two"]), GATES)
    ),
    st.lists(st.tuples(st.floats(0, 6), DEEDS), max_size=6),
    st.integers(0, 100),
    st.data(),
)
def test_whatever_happens_every_touch_and_every_non_touch_is_explained(answers, deeds, size, data):
    ada = Life(CROOKED, LETTER, size=size)
    ada.answers |= {step: list(said) for step, said in answers.items()}
    ada.enters("trial")
    ada.enters("letters")
    for days, (kind, name, details) in deeds:
        ada.goes(days)
        ada.hears(kind, name, **details)
    ada.goes(data.draw(st.sampled_from([0.0, 3.0, 40.0])))
    ada.enters("trial")

    assert ada.gaps() == []


def test_the_check_of_completeness_finds_what_is_missing():
    """Whatever single step's decisions are lost, the check says so: it is not complete by being blind."""
    ada = Life(CROOKED, size=80)
    ada.answers["three"] = never("no_consent", "we have nothing")
    ada.enters("trial")
    ada.goes()
    speaking = {step for _, _, step, _ in ada.been}

    blind = {
        step: ada.gaps([ruling for ruling in ada.mind.notebook.rulings if ruling.step != step]) for step in speaking
    }

    assert {"one", "first", "big", "three"} <= speaking
    assert all(blind.values()), blind
