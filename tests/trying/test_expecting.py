"""Expectations: each says in words what was asked, what came instead, and where the test says it."""

from __future__ import annotations

import pytest

from nurture.trying.rehearsal import Verdict
from nurture.trying.verdicts import summary, verdict_text, verdicts_json

REPLY = '[{ at: 1 hour after welcome, reply: "Yes, call me" }]'


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ("{ enrolled: false }", "the lead enters, and should not"),
        ("{ because: enter_if }", "expected the refusal enter_if, but nothing is refused"),
        ("{ sent: [welcome, nudge] }", "expected exactly welcome, nudge, but welcome went out"),
        ("{ sent: [] }", "expected exactly nothing, but welcome went out"),
        ("{ never: [welcome, nudge] }", "welcome happened, and should never"),
        ("{ handoff: none }", "expected no hand-off, but hot was made"),
        ("{ task_for: ben }", "expected a task for ben, but it went to anna (Anna Keller is the owner)"),
        ("{ tasks: [price-call] }", "expected exactly price-call, but nothing was asked of reps"),
        (
            "{ accept_by: 2026-06-01 11:24 Europe/Berlin }",
            "expected Mon 01 Jun 2026 11:24, but it is Mon 01 Jun 2026 11:25 in Europe/Berlin",
        ),
        ("{ stage: sal }", 'expected the stage "sal", but it is "mql"'),
        ("{ score: 7 }", "expected 7, but it is 101."),
        ('{ score: "< 80" }', "expected < 80, but it is 101."),
        ("{ temperature: cold }", "expected cold, but the lead is hot"),
        ("{ enrolls: letters }", 'expected "letters" to start next, but nothing did'),
        ("{ outcome: goal }", "expected the end by goal, but it is none yet"),
    ],
)
def test_a_miss_says_what_came_instead(room, expect, words):
    verdict = room.tries_one(happens=REPLY, expect=expect)

    assert len(verdict.misses) == 1
    assert verdict.misses[0].words.startswith(words)
    assert verdict.place_of(verdict.misses[0]).line == 5


@pytest.mark.parametrize(
    "expect",
    [
        "{ sent: [welcome], handoff: hot, task_for: anna, stage: mql, temperature: hot, tasks: none, never: [nudge] }",
        "{ accept_by: 2026-06-01 11:25 Europe/Berlin }",
        "{ accept_by: 2026-06-01 05:25 America/New_York }",
        '{ score: ">= 80" }',
        '{ score: "> 100" }',
        "{ score: 101 }",
        "{ enrolled: true }",
    ],
)
def test_what_is_met_is_silent(room, expect):
    assert room.tries_one(happens=REPLY, expect=expect).passed


def test_a_refused_lead_is_the_miss_not_everything_after_it(room):
    verdict = room.tries_one(
        lead="{ email: rosa@example.com, source: purchased }", happens=REPLY, expect="{ handoff: hot }"
    )

    assert [miss.words for miss in verdict.misses] == [
        "the lead never enters: source_not_mailable",
        'expected the hand-off "hot", but none was made',
    ]


def test_nobody_in_particular_is_named(room):
    verdict = room.tries_one(
        lead="{ email: ida@example.com, phone: '+4915155501277', country: DE, timezone: Europe/Berlin }",
        happens="[{ at: 1 hour after welcome, click: pricing }]",
        expect="{ task_for: anna }",
    )

    assert verdict.misses[0].words == "expected a task for anna, but it went to the inbox, for anybody"


def failed(room) -> Verdict:
    return room.tries_one(happens=REPLY, expect="{ sent: [welcome, nudge], stage: sal }")


def test_a_failure_shows_places_and_the_story_with_reasons(room):
    text = verdict_text(failed(room)).splitlines()

    assert text[0] == "FAIL sequences/trial.test.yaml:1 a story"
    assert text[1] == ("  sequences/trial.test.yaml:5:19: sent: expected exactly welcome, nudge, but welcome went out.")
    assert text[2].startswith("  sequences/trial.test.yaml:5:44: stage: expected")
    assert text[3] == "  What happened, on the clocks of Europe/Berlin:"
    assert any(line.startswith("    Mon 01 Jun 2026 10:20  SENDS welcome (email welcome, variant") for line in text)
    assert any("THE SCRIPT SAYS reply: Yes, call me" in line for line in text)
    assert any("stop[0]" in line and "replied(interested)" in line for line in text)


def test_a_pass_is_one_line_and_tells_its_story_when_asked(room):
    verdict = room.tries_one(expect="{ enrolled: true }")

    assert verdict_text(verdict) == "ok   sequences/trial.test.yaml:1 a story"
    assert "SENDS welcome" in verdict_text(verdict, story=True)


def test_machines_get_the_same(room):
    verdicts = [failed(room), room.tries_one()]

    document = verdicts_json(verdicts)

    assert (document["tests"], document["passed"], document["failed"]) == (2, 1, 1)
    first, second = document["results"]
    assert first["misses"][0] == {
        "line": 5,
        "column": 19,
        "expect": "expect.sent",
        "words": "expected exactly welcome, nudge, but welcome went out",
    }
    assert first["log"][0]["at"] == "2026-06-01T08:00:00+00:00"
    assert second["log"] == []
    assert summary(verdicts) == "2 tests, 1 failed"
    assert summary(verdicts[1:]) == "1 test, all passed"
