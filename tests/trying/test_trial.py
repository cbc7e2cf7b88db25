"""Tests in the marketer's words: what happens to a lead, step by step, on a turned clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurture.domain.errors import Invalid, NotFound
from nurture.trying.moments import local
from nurture.trying.rehearsal import rehearse, test_files
from tests.trying.room import PETRA, ROOT, SEQUENCE

QUIET = "{ like: busy-cto-berlin, company_size: 40, trial_ends_at: 2026-07-01 }"


def sent(verdict) -> list[str]:
    return [touch.step for touch in verdict.record.sent]


def said(verdict) -> list[str]:
    return [miss.words for miss in verdict.misses]


def told(verdict) -> str:
    return "\n".join(f"{local(line.at, verdict.zone)} {line.what}: {line.why}" for line in verdict.record.log)


def test_the_shipped_tests_pass():
    verdicts = list(rehearse(test_files([], ROOT), ROOT))

    assert len(verdicts) >= 30
    assert [(verdict.test.name, said(verdict)) for verdict in verdicts if not verdict.passed] == []


def test_silence_walks_the_whole_way(room):
    verdict = room.tries_one(
        expect="{ sent: [welcome, setup-help, case-study, nudge, wrap-up], stage: nurture, enrolls: letters,"
        " tasks: none, handoff: none, outcome: end }",
        lead=QUIET,
    )

    assert said(verdict) == []
    assert verdict.zone == "Europe/Berlin"
    assert "Mon 01 Jun 2026 10:20 SENDS welcome (email welcome" in told(verdict)


def test_a_reply_on_saturday_waits_for_monday_in_the_new_time(room):
    verdict = room.tries_one(
        more="start: 2026-03-27 10:00 Europe/Berlin",
        happens='[{ at: 1 day after welcome, reply: "Can we talk on Thursday?" }]',
        expect="{ sent: [welcome], handoff: hot, task_for: anna, accept_by: 2026-03-30 09:05 Europe/Berlin, stage: mql,"
        " never: [setup-help, nudge] }",
    )

    assert said(verdict) == []


@pytest.mark.parametrize(
    ("happens", "expect"),
    [
        pytest.param("{ at: 1 hour after welcome, click: pricing }", "{ tasks: [price-call], score: 66 }", id="click"),
        pytest.param("{ at: 3 seconds after welcome, click: all links }", "{ tasks: none }", id="scanner"),
        pytest.param("{ at: 1 hour after welcome, open: true }", "{ tasks: none, handoff: none }", id="open"),
        pytest.param(
            "{ at: 1 hour after welcome, happened: meeting_booked }", "{ sent: [welcome], stage: sql }", id="event"
        ),
        pytest.param(
            "{ at: 1 hour after welcome, happened: used_feature, with: { name: import } }",
            "{ sent: [welcome, case-study, nudge, wrap-up] }",
            id="event with its properties",
        ),
        pytest.param(
            "{ at: 1 hour after welcome, happened: used_feature, with: { name: export } }",
            "{ sent: [welcome, setup-help, case-study, nudge, wrap-up] }",
            id="event with others",
        ),
        pytest.param("{ at: 1 minute after welcome, bounce: hard }", "{ sent: [welcome, nudge] }", id="hard bounce"),
        pytest.param(
            "{ at: 1 minute after welcome, bounce: soft }", "{ handoff: none, never: [big] }", id="soft bounce"
        ),
        pytest.param(
            "{ at: 1 hour after welcome, complain: true }", "{ sent: [welcome], outcome: silence }", id="complaint"
        ),
        pytest.param(
            "{ at: 1 hour after welcome, opt_out: all }", "{ sent: [welcome], outcome: silence }", id="opt-out"
        ),
        pytest.param(
            '{ at: 1 hour after welcome, reply: "Please stop mailing me." }',
            "{ sent: [welcome], handoff: none }",
            id="stop",
        ),
        pytest.param(
            '{ at: 1 hour after welcome, reply: "hm" }', "{ sent: [welcome], outcome: reply }", id="any reply"
        ),
        pytest.param(
            "{ at: 1 hour after welcome, change: { company_size: 900 } }",
            "{ sent: [welcome, setup-help, big, nudge, wrap-up] }",
            id="the company grows",
        ),
        pytest.param(
            "{ at: 2026-06-01 11:00 Europe/Berlin, happened: meeting_booked }",
            "{ sent: [welcome], stage: sql }",
            id="date",
        ),
        pytest.param(
            "{ at: 90 minutes after start, happened: meeting_booked }", "{ sent: [welcome], stage: sql }", id="start"
        ),
        pytest.param(
            "{ at: 1 business day after first-value, happened: meeting_booked }",
            "{ sent: [welcome] }",
            id="after a wait",
        ),
    ],
)
def test_what_happens_changes_what_comes(room, happens, expect):
    lead = QUIET

    verdict = room.tries_one(lead=lead, happens=f"[{happens}]", expect=expect)

    assert said(verdict) == [], told(verdict)


def test_an_absence_pauses_until_the_day_of_return(room):
    verdict = room.tries_one(
        happens="[{ at: 1 hour after welcome, out_of_office: 2026-06-15 }]", expect="{ handoff: none, never: [big] }"
    )

    assert said(verdict) == []
    assert "Mon 15 Jun 2026 09:00 first-value: resumes" in told(verdict)


def test_a_text_only_opt_out_closes_texts_only(room):
    verdict = room.tries_one(happens="[{ at: 1 hour after welcome, opt_out: sms }]", expect="{ enrolled: true }")

    assert verdict.record.sent[-2].channel == "email"
    assert [touch.channel for touch in verdict.record.sent if touch.step == "nudge"] == ["email"]


@pytest.mark.parametrize(
    ("outcome", "expect"),
    [
        ("connected", "{ tasks: [price-call], sent: [welcome, setup-help, wrap-up] }"),
        ("wrong_number", "{ tasks: [price-call], sent: [welcome, setup-help, nudge, wrap-up] }"),
        ("no_answer", "{ tasks: [price-call, price-call], sent: [welcome, setup-help, nudge, wrap-up] }"),
    ],
)
def test_a_call_comes_out(room, outcome, expect):
    verdict = room.tries_one(
        lead=QUIET,
        happens="[{ at: 1 hour after welcome, click: pricing },"
        f" {{ at: 1 hour after price-call, outcome: {outcome} }}]",
        expect=expect,
    )

    assert said(verdict) == [], told(verdict)


def test_a_call_waits_for_the_lawful_hour(room):
    room.write("trial.yaml", SEQUENCE.replace("window: office-hours", "window: any-time"))
    verdict = room.tries_one(
        lead="{ like: owner-new-york }",
        more="start: 2026-06-01 02:00 America/New_York",
        happens="[{ at: 1 hour after welcome, click: pricing }]",
    )

    assert "quiet_hours" in told(verdict)
    assert "08:00 ASKS the inbox for price-call" in told(verdict)


def test_a_rep_accepts(room):
    verdict = room.tries_one(
        happens='[{ at: 1 hour after welcome, reply: "Yes, call me" }, { at: 3 hours after welcome, accept: chiara }]',
        expect="{ stage: sal, handoff: hot, task_for: anna, outcome: handoff }",
    )

    assert said(verdict) == []


def test_a_rejection_for_bad_data_goes_on_where_it_was(room):
    verdict = room.tries_one(
        lead=QUIET,
        happens='[{ at: 1 hour after welcome, reply: "Yes, call me" },'
        " { at: 3 hours after welcome, reject: bad_data }]",
        expect="{ sent: [welcome, setup-help, case-study, nudge, wrap-up] }",
    )

    assert said(verdict) == [], told(verdict)


def test_a_pause_by_hand_holds_until_somebody_resumes(room):
    verdict = room.tries_one(
        happens="[{ at: 1 hour after welcome, pause: true }, { at: 20 days after welcome, resume: true }]"
    )

    later = [line.at for line in verdict.record.log if line.what.startswith("SENDS setup-help")]
    assert [f"{at:%Y-%m-%d}" for at in later] == ["2026-06-22"]


def test_a_lead_without_a_persona_agreed_to_mail_and_calls_not_to_texts(room):
    verdict = room.tries_one(
        lead='{ email: ida@example.com, phone: "+4915155501277", country: DE, source: website }',
        happens="[{ at: 1 hour after welcome, click: pricing }]",
        expect="{ tasks: [price-call] }",
    )

    assert said(verdict) == []
    assert [touch.channel for touch in verdict.record.sent if touch.step == "nudge"] == ["email"]


@pytest.mark.parametrize(
    ("lead", "code"),
    [
        ("{ email: rosa@example.com, source: purchased }", "source_not_mailable"),
        ("{ first_name: Rosa, source: website }", "enter_if"),
        ("{ email: rosa@example.com, source: website, stage: customer }", "enter_unless"),
        ("{ email: rosa@example.com, source: website, stage: unqualified }", "stage"),
    ],
)
def test_who_may_not_enter_is_refused_with_the_reason(room, lead, code):
    verdict = room.tries_one(lead=lead, expect=f"{{ enrolled: false, because: {code}, sent: [], tasks: none }}")

    assert said(verdict) == []


@pytest.mark.parametrize("variant", ["control", "question", "holdout"])
def test_a_variant_is_forced(room, variant):
    verdict = room.tries_one(more=f"variant: {{ subjects: {variant} }}")

    variants = [touch.variant for touch in verdict.record.sent if touch.step == "welcome"]
    assert variants == ([] if variant == "holdout" else [variant])


def test_nobody_lands_in_a_holdout_by_accident(room):
    room.write("trial.yaml", SEQUENCE.replace("control: 45%, question: 45%, holdout: 10%", "control: 1%, holdout: 99%"))

    assert sent(room.tries_one())[0] == "welcome"


def test_a_variant_that_nobody_gets_is_a_miss_not_a_crash(room):
    room.write("trial.yaml", SEQUENCE.replace("control: 45%, question: 45%", "control: 90%, question: 0%"))

    verdict = room.tries_one(more="variant: { subjects: question }")

    assert "no lead gets these variants" in said(verdict)[0]
    assert verdict.place_of(verdict.misses[0]).line == 6


def test_a_rep_has_the_lead_and_the_test_is_over(room):
    verdict = room.tries_one(happens='[{ at: 1 hour after welcome, reply: "Yes, call me" }]')

    assert verdict.record.log[-1].what.startswith("HANDS OVER to anna")
    assert verdict.record.outcome == ""


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        ("{ at: 1 hour after welcome, click: princing }", 'no link "princing". Did you mean "pricing"?'),
        ("{ at: 1 minute after start, click: pricing }", "no message was sent before that could be clicked"),
        ("{ at: 1 hour after welcome, outcome: connected }", "no call or task is open"),
        ("{ at: 1 hour after welcome, accept: anna }", "no rep has the lead then"),
        ('{ at: 1 hour after welcome, change: { phone: "+12015550100" } }', 'the planner never sees "phone"'),
        ("{ at: 1 hour after price-call, happened: meeting_booked }", "this never happens"),
        ("{ at: 2031-01-01, happened: meeting_booked }", "this never happens"),
    ],
)
def test_what_cannot_happen_is_told(room, happens, words):
    verdict = room.tries_one(happens=f"[{happens}]")

    assert len(verdict.misses) == 1
    assert words in said(verdict)[0]
    assert verdict.place_of(verdict.misses[0]).line == 4


def test_a_moment_far_away_ends_the_test_in_time(room):
    verdict = room.tries_one(happens="[{ at: 700 days after start, happened: meeting_booked }]")

    assert said(verdict) == []


def test_mistakes_in_a_test_are_all_told_before_any_runs(room):
    room.write("trial.test.yaml", "- test: x\n  lead: { like: nobody }\n  expect: { sent: [welcom], stage: led }\n")

    with pytest.raises(Invalid) as raised:
        list(rehearse(test_files([], room.root), room.root))

    text = "\n".join(raised.value.problems)
    assert 'no persona "nobody"' in text
    assert 'no step "welcom". There is "welcome"' in text
    assert 'no stage "led"' in text


def test_tests_are_found_by_file_by_sequence_and_by_folder(room):
    test = room.write("trial.test.yaml", "- test: x\n  lead: { like: student-pune }\n  expect: { enrolled: true }\n")

    assert test_files([], room.root) == [test]
    assert test_files([test], room.root) == [test]
    assert test_files([room.root / "sequences" / "trial.yaml", test], room.root) == [test]
    assert test_files([room.root / "sequences"], room.root) == [test]


def test_no_test_and_no_file_are_said(room):
    with pytest.raises(NotFound, match="There is no test there"):
        test_files([room.root / "sequences" / "letters.yaml"], room.root)
    with pytest.raises(NotFound, match=r"There is no gone\.test\.yaml"):
        test_files([Path("gone.test.yaml")], room.root)


def test_the_same_test_has_the_same_story(room):
    happens = "[{ at: 1 hour after welcome, click: pricing }]"

    assert told(room.tries_one(happens=happens)) == told(room.tries_one(happens=happens))


def test_caps_put_the_second_mail_of_a_day_off(room):
    hasty = SEQUENCE.replace("up_to: 2 business days", "up_to: 1 minute")
    room.write("trial.yaml", hasty)

    verdict = room.tries_one(lead=PETRA)

    assert "setup-help: puts it off: 1 of 1 email touches in 1 day [cap]" in told(verdict)


def test_who_comes_to_belong_to_the_segment_enters_then(room):
    assert "enter: { on: trial_started," in SEQUENCE
    room.write("trial.yaml", SEQUENCE.replace("on: trial_started,", "segment: lead.company_size >= 500,"))

    stays_out = room.tries_one(expect="{ enrolled: false, because: segment }")
    enters = room.tries_one(
        happens="[{ at: 1 day after start, change: { company_size: 600 } }]",
        expect="{ sent: [welcome, setup-help, big, nudge, wrap-up] }",
    )

    assert (said(stays_out), said(enters)) == ([], [])
