"""The planner as stories: one lead, one clock, every kind of step and every rule around them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nurture.domain.build import build
from nurture.domain.decisions import Advance, Done, Speak, Wait
from nurture.domain.errors import NurtureError
from nurture.domain.events import EventKind
from nurture.domain.journey import decide, observe, think
from nurture.domain.lead import Channel, Lead
from nurture.domain.outlook import outlook
from nurture.domain.resending import PROOF_TIME, goes_again
from nurture.domain.state import Book, LeadState, Status
from nurture.domain.timing import UNSAID, in_window
from nurture.domain.touch import Answer, TouchAnswer
from tests.domain.journeys import MONDAY, Walk, shipped_policies


def sequence(*steps: dict[str, Any], name: str = "trial", **rest: Any) -> dict[str, Any]:
    timing = {"timezone": "UTC", "window": "any-time", **rest.pop("timing", {})}
    return {"sequence": name, "enter": {"by_hand": True}, "timing": timing, "steps": list(steps), **rest}


WELCOME = {"id": "welcome", "email": "welcome"}
SECOND = {"id": "second", "after": "3 days", "email": "second"}


def test_steps_follow_each_other_with_their_delays():
    ada = Walk(sequence(WELCOME, SECOND))
    ada.enrols("trial")

    ada.goes(2)
    assert ada.log == ["welcome:email"]

    end = ada.goes(2)
    assert ada.log == ["welcome:email", "second:email"]
    assert isinstance(end, Done)


def test_a_reply_stops_everything_without_any_rule():
    ada = Walk(sequence(WELCOME, SECOND))
    ada.enrols("trial")
    ada.goes(1)

    ada.hears(EventKind.REPLIED, intent="unclear")

    assert isinstance(ada.goes(), Done)
    assert ada.log == ["welcome:email"]
    assert ada.state.past["trial"].outcome == "reply: the lead replied"


def test_the_first_matching_stop_rule_says_what_happens():
    rules = [
        {"when": "replied(not_now)", "then": {"move": "nurture", "reason": "not now"}},
        {"when": "replied", "then": {"handoff": "desk"}},
    ]
    ada = Walk(sequence(WELCOME, SECOND, stop=rules, handoffs={"desk": {"route": "inbox"}}))
    ada.enrols("trial")
    ada.goes(1)

    ada.hears(EventKind.REPLIED, intent="not_now")
    ada.goes()

    assert ada.log == ["welcome:email", "move:nurture"]
    assert ada.state.stage == "nurture"


@pytest.mark.parametrize(
    ("kind", "details", "silence"),
    [
        pytest.param(EventKind.OPTED_OUT, {"channel": ""}, "opted out", id="opt-out"),
        pytest.param(EventKind.COMPLAINED, {}, "complained", id="complaint"),
    ],
)
def test_a_word_of_the_person_silences_for_good(kind, details, silence):
    ada = Walk(sequence(WELCOME, SECOND), sequence(WELCOME, name="other"))
    ada.enrols("trial")
    ada.goes(1)

    ada.hears(kind, **details)
    ada.goes()

    assert ada.log == ["welcome:email"]
    assert ada.state.silence == silence
    assert ada.enrols("other") == "silenced"


def test_a_hard_bounce_closes_only_its_channel():
    ada = Walk(sequence(WELCOME, SECOND, {"id": "text", "sms": "nudge"}))
    ada.enrols("trial")
    ada.goes(1)

    ada.hears(EventKind.BOUNCED, hard=True, channel="email")
    ada.goes()

    assert ada.log == ["welcome:email", "text:sms"]


def test_the_first_open_channel_is_taken_and_a_refusal_tries_the_next():
    step = {"id": "nudge", "first_possible": [{"whatsapp": "n"}, {"sms": "n"}, {"email": "n"}]}
    ada = Walk(sequence(step))
    ada.hears(EventKind.LEAD_CHANGED, **{"unreachable.whatsapp": "no consent"})
    ada.enrols("trial")
    first = think(ada.book, ada.state, ada.now).decision
    assert isinstance(first, Speak)
    assert first.touch.channel is Channel.SMS

    ada.hears(EventKind.TOUCHED, step="nudge", outcome="never", channel="sms", code="no_consent")
    ada.goes()

    assert ada.log == ["nudge:email"]


@pytest.mark.parametrize(
    ("home", "new_home", "leaves"),
    [("Europe/Athens", "America/New_York", "America/New_York"), ("America/New_York", "Asia/Tokyo", "Asia/Tokyo")],
)
def test_somebody_who_moves_while_waiting_is_written_to_in_the_office_hours_of_the_new_home(home, new_home, leaves):
    ada = Walk(sequence(WELCOME, SECOND, timing={"timezone": "lead", "window": "office-hours"}))
    ada.hears(EventKind.LEAD_CHANGED, timezone=home)
    ada.enrols("trial")
    ada.goes(most=1)
    ada.goes(1)

    ada.hears(EventKind.LEAD_CHANGED, timezone=new_home)
    ada.goes(most=2)

    assert ada.log == ["welcome:email", "second:email"]
    assert 9 <= ada.now.astimezone(ZoneInfo(leaves)).hour < 17


def test_an_unknown_end_is_never_followed_by_another_channel():
    step = {"id": "nudge", "first_possible": [{"sms": "n"}, {"email": "n"}]}
    ada = Walk(sequence(step, SECOND))
    ada.enrols("trial")

    ada.hears(EventKind.TOUCHED, step="nudge", outcome="unknown", channel="sms")
    ada.goes()

    assert ada.log == ["second:email"]


def test_an_uncertain_touch_that_is_to_go_again_waits_for_a_proof_and_then_says_so():
    ada = Walk(sequence(WELCOME))
    ada.enrols("trial")
    ada.hears(EventKind.TOUCHED, step="welcome", outcome="unknown", channel="email", code="uncertain", again=True)
    waiting = think(ada.book, ada.state, ada.now).decision
    assert isinstance(waiting, Wait)
    assert (waiting.until, waiting.blocked_by) == (MONDAY + PROOF_TIME, "uncertain")
    assert ada.state.recent == ()  # it counts for the caps once, when its end is known

    wish = think(ada.book, ada.state, waiting.until).decision
    assert isinstance(wish, Speak)
    assert wish.touch.again == 1
    assert replace(wish.touch, again=0, why="").id == wish.touch.id
    ada.now = waiting.until
    ada.hears(EventKind.TOUCHED, step="welcome", outcome="never", channel="email", code="opted_out")
    assert [channel for channel, _ in ada.state.recent] == ["email"]
    assert isinstance(think(ada.book, ada.state, ada.now).decision, Done)


@pytest.mark.parametrize(
    ("said", "again", "answer", "code", "goes"),
    [
        ("resend", 0, Answer.UNKNOWN, "uncertain", True),
        ("resend", 1, Answer.UNKNOWN, "uncertain", False),
        ("resend", 0, Answer.UNKNOWN, "body_changed", False),
        ("resend", 0, Answer.UNKNOWN, "failed", False),
        ("resend", 0, Answer.NEVER, "uncertain", False),
        ("hold", 0, Answer.UNKNOWN, "uncertain", False),
    ],
)
def test_only_an_uncertain_touch_of_a_sequence_that_says_so_goes_again_and_only_once(said, again, answer, code, goes):
    ada = Walk(sequence(WELCOME, uncertain=said))
    ada.enrols("trial")
    wish = think(ada.book, ada.state, ada.now).decision
    assert isinstance(wish, Speak)
    touch = replace(wish.touch, again=again)
    assert goes_again(ada.book.sequences["trial"], touch, TouchAnswer(answer, MONDAY, code)) is goes


def test_not_yet_waits_until_the_named_time():
    ada = Walk(sequence(WELCOME))
    ada.enrols("trial")
    later = MONDAY + timedelta(hours=5)

    ada.hears(
        EventKind.TOUCHED, step="welcome", outcome="not_yet", channel="email", until=later.isoformat(), code="over_cap"
    )
    waiting = think(ada.book, ada.state, ada.now).decision

    assert isinstance(waiting, Wait)
    assert (waiting.until, waiting.blocked_by) == (later, "over_cap")


def test_waiting_for_an_event_goes_on_at_once_when_it_comes_and_else_after_its_time():
    step = {
        "id": "first-value",
        "wait_for": 'happened(used_feature, name="import")',
        "up_to": "2 days",
        "then": "continue",
        "else": [{"id": "help", "email": "help"}],
    }
    quick, slow = Walk(sequence(step, WELCOME)), Walk(sequence(step, WELCOME))
    quick.enrols("trial")
    slow.enrols("trial")
    quick.goes(1)
    slow.goes(1)

    quick.hears_of("used_feature", {"name": "import"})
    quick.goes(0.1)
    slow.goes(2)

    assert quick.log == ["welcome:email"]
    assert slow.log == ["help:email", "welcome:email"]


def test_branches_take_the_first_arm_that_holds():
    fork = {
        "id": "fork",
        "branch": [
            {"if": 'clicked(welcome, link="pricing")', "steps": [{"id": "price", "email": "price"}]},
            {"if": "lead.company_size >= 200", "steps": [{"id": "big", "email": "big"}]},
            {"otherwise": {"id": "small", "email": "small"}},
        ],
    }
    clicker, big, small = (Walk(sequence(WELCOME, {**fork, "after": "1 day"}), company_size=n) for n in (5, 500, 5))
    for walk in (clicker, big, small):
        walk.enrols("trial")
        walk.goes(0.5)
    clicker.hears(EventKind.CLICKED, step="welcome", link="pricing", human=True)
    for walk in (clicker, big, small):
        walk.goes()

    assert [walk.log[-1] for walk in (clicker, big, small)] == ["price:email", "big:email", "small:email"]


def test_a_scanner_that_clicks_at_once_earns_nothing_and_opens_no_branch():
    fork = {"id": "fork", "branch": [{"if": "clicked(any)", "steps": [SECOND]}, {"otherwise": []}]}
    ada = Walk(
        sequence(WELCOME, {"id": "pause", "wait_for": "clicked(any)", "up_to": "1 day", "then": "continue"}, fork)
    )
    ada.enrols("trial")
    ada.goes(0)

    ada.now += timedelta(seconds=3)
    ada.hears(EventKind.CLICKED, step="welcome", link="pricing", human=True)
    ada.goes()

    assert ada.log == ["welcome:email"]
    assert ada.state.card == {}


def test_the_third_link_within_three_seconds_is_a_scanners():
    ada = Walk(sequence(WELCOME, SECOND))
    ada.enrols("trial")
    ada.goes(0)
    ada.now += timedelta(hours=1)
    for link in ("a", "b", "c"):
        ada.hears(EventKind.CLICKED, step="welcome", link=link, human=True)

    assert "clicked#b" in ada.state.journeys[0].memory
    assert "clicked#c" not in ada.state.journeys[0].memory


def test_a_rep_is_asked_and_the_answer_decides():
    call = {
        "id": "call",
        "call": "pricing",
        "wait": "up to 2 days",
        "outcomes": {
            "connected": {"go_to": "end"},
            "no_answer": {"retry": "1 times", "every": "1 day", "else": "continue"},
            "wrong_number": {"bad": "lead.phone", "then": "continue"},
        },
    }
    steps = (call, {"id": "text", "first_possible": [{"sms": "t"}, {"email": "t"}]}, {"id": "end", "email": "bye"})
    answers = {"connected": ["call:call", "end:email"], "wrong_number": ["call:call", "text:email", "end:email"]}
    for answer, expected in answers.items():
        ada = Walk(sequence(*steps))
        ada.enrols("trial")
        ada.goes(0.5)
        ada.hears(EventKind.TASK_DONE, step="call", outcome=answer)
        ada.goes()
        assert ada.log == expected


def test_nobody_answers_the_phone_twice_and_the_lead_goes_on():
    call = {
        "id": "call",
        "call": "x",
        "wait": "up to 2 days",
        "outcomes": {"no_answer": {"retry": "1 times", "every": "1 day"}},
    }
    ada = Walk(sequence(call, WELCOME))
    ada.enrols("trial")
    for _ in range(2):
        ada.goes(1.2)
        ada.hears(EventKind.TASK_DONE, step="call", outcome="no_answer")
    ada.goes()

    assert ada.log == ["call:call", "call:call", "welcome:email"]


def test_a_rep_who_never_answers_does_not_hold_the_lead_for_ever():
    ada = Walk(sequence({"id": "call", "call": "x", "wait": "up to 2 days"}, WELCOME))
    ada.enrols("trial")

    ada.goes(1.9)
    assert ada.log == ["call:call"]
    ada.goes(0.2)
    assert ada.log == ["call:call", "welcome:email"]


def test_out_of_office_waits_for_the_return_date():
    rule = {"when": "out_of_office", "until": "return date, else 5 business days", "at_most": "3 times"}
    ada = Walk(sequence(WELCOME, SECOND, pause=[rule], timing={"when_late": "send"}))
    ada.enrols("trial")
    ada.goes(1)

    ada.hears(EventKind.AUTO_REPLIED, returns_on="2026-06-12")
    ada.goes(9)
    assert ada.log == ["welcome:email"]
    assert ada.state.journeys[0].status is Status.PAUSED

    ada.goes(3)
    assert ada.log == ["welcome:email", "second:email"]


def test_a_pause_ends_early_when_its_condition_comes_true():
    rule = {"when": "happened(ticket_opened)", "until": "happened(ticket_closed), at most 30 days"}
    ada = Walk(sequence(WELCOME, SECOND, pause=[rule], timing={"when_late": "send"}))
    ada.enrols("trial")
    ada.goes(1)
    ada.hears(EventKind.HAPPENED, "ticket_opened")
    ada.goes(6)
    assert ada.log == ["welcome:email"]

    ada.hears(EventKind.HAPPENED, "ticket_closed")
    ada.goes(0)
    assert ada.log == ["welcome:email", "second:email"]


def test_a_hot_score_interrupts_any_wait():
    watch = [{"when": "engagement >= 8", "then": {"move": "mql", "handoff": "hot"}}]
    plan = {"hot": {"route": "sdr", "accepted": {"move": "sal"}, "rejected": {"bad_data": {"resume": "here"}}}}
    ada = Walk(sequence(WELCOME, {**SECOND, "after": "30 days"}, watch=watch, handoffs=plan))
    ada.enrols("trial")
    ada.goes(1)
    for hours in (1, 2, 3):
        ada.now += timedelta(hours=hours)
        ada.hears(EventKind.CLICKED, step="welcome", link="pricing", human=True)
    ada.goes(10)

    assert ada.log == ["welcome:email", "move:mql", "handoff:hot"]
    assert ada.state.journeys[0].status is Status.WITH_SALES


@pytest.mark.parametrize(
    ("answer", "log", "stage"),
    [
        pytest.param({"outcome": "accepted", "rep": "anna"}, ["move:sal"], "sal", id="accepted"),
        pytest.param({"outcome": "rejected", "reason": "bad_fit"}, ["move:unqualified"], "unqualified", id="bad fit"),
        pytest.param({"outcome": "rejected", "reason": "bad_data"}, ["second:email"], "lead", id="bad data resumes"),
        pytest.param({"outcome": "expired"}, ["second:email"], "lead", id="nobody took it"),
    ],
)
def test_what_sales_answers_decides_the_rest(answer, log, stage):
    plan = {
        "hot": {
            "route": "sdr",
            "accepted": {"move": "sal"},
            "rejected": {"bad_fit": {"move": "unqualified"}, "bad_data": {"resume": "here"}},
        }
    }
    ada = Walk(sequence({"id": "offer", "handoff": "hot"}, SECOND, handoffs=plan, timing={"when_late": "send"}))
    ada.enrols("trial")
    ada.goes(1)
    assert ada.log == ["handoff:hot"]

    ada.hears(EventKind.HANDOFF_CLOSED, ada.state.journeys[0].handoff, handoff="hot", **answer)
    ada.goes()

    assert ada.log[1:] == log
    assert ada.state.stage == stage


def test_when_sales_is_full_the_nurturing_goes_on_and_the_offer_comes_back():
    plan = {"hot": {"route": "sdr", "when_full": {"keep_nurturing": True, "retry": "2 days"}}}
    ada = Walk(
        sequence(
            {"id": "offer", "handoff": "hot"}, {**SECOND, "after": "1 day"}, SECOND | {"id": "third"}, handoffs=plan
        )
    )
    ada.enrols("trial")
    thought = think(ada.book, ada.state, ada.now)
    ada.state = thought.state

    ada.hears(EventKind.HANDOFF_FULL, handoff="hot")
    ada.goes(3)

    assert ada.log == ["second:email", "handoff:hot"]


def test_without_room_at_sales_a_sequence_may_also_hold_still():
    plan = {"hot": {"route": "sdr", "when_full": {"keep_nurturing": False, "retry": "2 days"}}}
    ada = Walk(sequence({"id": "offer", "handoff": "hot"}, SECOND, handoffs=plan))
    ada.enrols("trial")
    ada.state = think(ada.book, ada.state, ada.now).state

    ada.hears(EventKind.HANDOFF_FULL, handoff="hot")
    ada.goes(3)

    assert ada.log == ["handoff:hot"]


@pytest.mark.parametrize(
    "answer", [pytest.param("stop", id="bare word"), pytest.param({"then": "stop"}, id="then: stop")]
)
def test_an_outcome_can_end_the_sequence(answer):
    ada = Walk(sequence({"id": "call", "call": "x", "wait": "up to 2 days", "outcomes": {"no": answer}}, WELCOME))
    ada.enrols("trial")
    ada.goes(0.5)
    ada.hears(EventKind.TASK_DONE, step="call", outcome="no")

    assert isinstance(ada.goes(), Done)
    assert ada.log == ["call:call"]


def test_every_consequence_carries_a_reason():
    ada = Walk(sequence(WELCOME, stop=[{"when": "replied(not_now)", "then": {"move": "nurture"}}]))
    ada.enrols("trial")
    ada.now += timedelta(hours=1)
    ada.hears(EventKind.REPLIED, intent="not_now")

    moving = think(ada.book, ada.state, ada.now).decision

    assert moving.why.startswith("replied(not_now)")


def test_a_goal_ends_the_journey_and_so_does_its_deadline():
    goal = {"name": "meeting", "when": "happened(meeting_booked)", "within": "10 days"}
    reached, missed = (Walk(sequence(WELCOME, {**SECOND, "after": "30 days"}, goal=goal)) for _ in range(2))
    for walk in (reached, missed):
        walk.enrols("trial")
        walk.goes(1)
    reached.hears(EventKind.HAPPENED, "meeting_booked")
    reached.goes()
    missed.goes(40)

    assert reached.state.past["trial"].outcome == "goal: goal meeting reached"
    assert "not reached within 10 days" in missed.state.past["trial"].outcome


def test_touches_wait_for_their_window_in_the_leads_own_time():
    ada = Walk(sequence({"id": "late", "after": "12 hours", "email": "x"}, timing={"window": "office-hours"}))
    ada.enrols("trial")
    wait = think(ada.book, ada.state, ada.now).decision

    assert isinstance(wait, Wait)
    assert timedelta() <= wait.until - datetime(2026, 6, 2, 9, 0, tzinfo=UTC) < UNSAID


def test_a_cap_replans_the_touch_with_its_reason_and_never_drops_it():
    steps = [{"id": f"s{n}", "email": "x"} for n in range(4)]
    ada = Walk(sequence(*steps, limits={"email": "2 per week"}))
    ada.enrols("trial")

    wait = ada.goes(6)
    assert ada.log == ["s0:email", "s1:email"]
    assert isinstance(wait, Wait)
    assert wait.why == "2 of 2 email touches in 7 days"

    ada.goes(10)
    assert ada.log == ["s0:email", "s1:email", "s2:email", "s3:email"]


def test_an_overdue_touch_is_skipped_moved_or_sent_as_the_sequence_says():
    outcomes = {}
    for late in ("skip after 3 days", "next window", "send"):
        ada = Walk(sequence(WELCOME, SECOND, timing={"when_late": late}))
        ada.enrols("trial")
        ada.goes(1)
        ada.now += timedelta(days=10)
        ada.goes()
        outcomes[late] = ada.log[1:]

    assert outcomes == {"skip after 3 days": [], "next window": ["second:email"], "send": ["second:email"]}


def test_ten_thousand_touches_that_wait_for_nine_do_not_leave_at_nine():
    plan = build(
        "trial", sequence({"id": "late", "after": "12 hours", "email": "x"}, timing={"window": "office-hours"})
    )
    book, nine = Book({"trial": plan}, shipped_policies()), MONDAY + timedelta(days=1)
    calendar = book.policies.calendar("office-hours", "UTC", "GB")

    leads = (LeadState(Lead(f"lead-{number}", timezone="UTC", country="GB")) for number in range(10_000))
    seconds = Counter(in_window(calendar, plan, lead, "late", nine - timedelta(hours=1)) for lead in leads)

    assert max(seconds.values()) <= 14  # 2.8 on average
    assert min(seconds) - nine < timedelta(seconds=10)
    assert timedelta(minutes=59) < max(seconds) - nine < UNSAID


def test_a_step_that_is_due_while_the_window_is_open_leaves_at_once():
    ada = Walk(sequence({"id": "soon", "after": "1 hour", "email": "x"}, timing={"window": "office-hours"}))
    ada.enrols("trial")
    ada.goes(0.2)

    assert ada.log == ["soon:email"]
    assert ada.state.recent[-1][1] == MONDAY + timedelta(hours=1)


def missed_three_days(late: str, *names: str) -> Walk:
    """Return a lead whose second step in each of the sequences fell due in three days in which nothing ran."""
    timing = {"window": "any-time", "when_late": late}
    ada = Walk(*(sequence(WELCOME, {**SECOND, "after": "1 day"}, name=name, timing=timing) for name in names))
    for name in names:
        ada.enrols(name)
    ada.goes(0.5)
    ada.now += timedelta(days=3)
    ada.log.clear()
    return ada


@pytest.mark.parametrize("late", ["next window", "send"])
def test_overdue_touches_of_one_person_leave_one_a_day(late):
    ada = missed_three_days(late, "one", "two", "three")
    began = ada.now

    ada.goes(6)

    days = [(at - began).days for _, at in ada.state.recent if at >= began]
    assert days == [0, 1, 2]
    assert any("overdue touches leave one a day: 1 of 1 touches in 1 day" in turn for turn in ada.turns)


def test_an_overdue_touch_tells_the_last_gate_that_it_may_be_the_only_one_that_day():
    ada = missed_three_days("send", "one")

    decision = think(ada.book, ada.state, ada.now).decision

    assert isinstance(decision, Speak)
    assert decision.touch.caps == (("any", 1, 1),)


def test_being_put_off_makes_no_overdue_touch_younger():
    ada = missed_three_days("skip after 3 days", "one", "two", "three")
    ada.goes(6)

    assert ada.log == ["second:email"]  # two and a half days late; the other two would be three and a half
    assert sum("stale: 3 days late, more than 3 days" in turn for turn in ada.turns) == 2


def test_a_lead_with_old_habits_goes_on_as_it_began():
    ada = missed_three_days("send", "one", "two", "three")
    ada.state = replace(ada.state, habits=0)

    ada.goes(0.1)

    assert ada.log == ["second:email"] * 3


def test_two_sequences_that_want_to_be_alone_take_turns_by_priority():
    first = sequence(
        WELCOME, {**SECOND, "after": "5 days"}, name="vip", enter={"by_hand": True, "priority": 90, "alone": True}
    )
    other = sequence(
        {"id": "hello", "email": "hello"}, name="news", enter={"by_hand": True, "priority": 10, "alone": True}
    )
    ada = Walk(other, first)
    ada.enrols("vip")
    ada.enrols("news")

    ada.goes(4)
    assert ada.log == ["welcome:email"]
    ada.goes(10)
    assert ada.log == ["welcome:email", "second:email", "hello:email"]


def test_an_enrolment_later_wakes_the_lead_again():
    later = sequence({"id": "hello", "email": "hello"}, name="quarterly")
    rule = {"when": "replied(not_now)", "then": {"move": "nurture", "enroll": "quarterly", "after": "30 days"}}
    ada = Walk(sequence(WELCOME, SECOND, stop=[rule]), later)
    ada.enrols("trial")
    ada.goes(1)
    ada.hears(EventKind.REPLIED, intent="not_now")

    wait = ada.goes(20)
    assert isinstance(wait, Wait)
    assert ada.log == ["welcome:email", "move:nurture"]
    ada.goes(20)
    assert ada.log == ["welcome:email", "move:nurture", "enroll:quarterly", "hello:email"]


def test_who_may_enter_again():
    never, after = (
        sequence(WELCOME),
        sequence(WELCOME, name="again", enter={"by_hand": True, "again": "after 180 days"}),
    )
    ada = Walk(never, after)
    for name in ("trial", "again"):
        assert ada.enrols(name) is None
        assert ada.enrols(name) == "already_in"
        ada.goes()
    assert ada.enrols("trial") == "not_again"
    assert ada.enrols("again") == "not_again"
    ada.now += timedelta(days=181)
    assert ada.enrols("again") is None


def test_a_holdout_hears_nothing_and_goes_on():
    step = {**WELCOME, "ab_test": {"name": "silence", "variants": {"control": "0%", "holdout": "100%"}}}
    ada = Walk(sequence(step, SECOND))
    ada.enrols("trial")
    ada.goes()

    assert ada.log == ["second:email"]
    assert "go holdout: holdout of silence" in ada.turns


def test_a_moment_relative_to_a_date_of_the_lead():
    step = {"id": "ending", "at": "5 days before lead.trial_ends_at", "email": "ending"}
    ada, gone = Walk(sequence(step), trial_ends_at="2026-06-20"), Walk(sequence(step), trial_ends_at="2026-01-01")
    for walk in (ada, gone):
        walk.enrols("trial")

    assert think(ada.book, ada.state, ada.now).decision.until == datetime(2026, 6, 15, tzinfo=UTC)
    assert isinstance(think(gone.book, gone.state, gone.now).decision, Speak)


def test_hearing_the_same_event_twice_changes_nothing():
    ada = Walk(sequence(WELCOME, SECOND))
    ada.enrols("trial")
    ada.hears(EventKind.CLICKED, step="welcome", link="x", human=True)
    once = ada.state

    ada.count -= 1
    ada.hears(EventKind.CLICKED, step="welcome", link="x", human=True)

    assert ada.state == once


def test_pausing_resuming_and_stopping_by_hand():
    ada = Walk(sequence(WELCOME, SECOND, timing={"when_late": "send"}))
    ada.enrols("trial")
    ada.goes(1)
    ada.hears(EventKind.PAUSED, until=(MONDAY + timedelta(days=30)).isoformat(), why="legal asked")
    ada.goes(10)
    assert ada.log == ["welcome:email"]

    ada.hears(EventKind.RESUMED)
    ada.goes(0)
    assert ada.log == ["welcome:email", "second:email"]

    ada.enrols("trial")
    ada.hears(EventKind.STOPPED, why="wrong person")
    assert isinstance(ada.goes(0), Done)


def test_a_pause_by_hand_ends_by_itself():
    ada = Walk(sequence(WELCOME, SECOND, timing={"when_late": "send"}))
    ada.enrols("trial")
    ada.goes(1)
    ada.hears(EventKind.PAUSED, until=(MONDAY + timedelta(days=10)).isoformat(), why="legal asked")

    ada.goes(8)
    assert ada.log == ["welcome:email"]
    ada.goes(2)
    assert ada.log == ["welcome:email", "second:email"]


def test_a_circle_without_a_wait_is_refused_at_run_time_too():
    ada = Walk(sequence({"id": "a", "go_to": "b"}, {"id": "b", "go_to": "a"}))
    ada.enrols("trial")

    with pytest.raises(NurtureError, match="turns in circles"):
        think(ada.book, ada.state, ada.now)


def test_an_outlook_changes_nothing_and_sees_the_coming_touches():
    ada = Walk(sequence(WELCOME, SECOND))
    ada.enrols("trial")
    before = ada.state

    coming = outlook(ada.book, ada.state, ada.now, 10)

    assert [decision.step for _, decision in coming] == ["welcome", "second"]
    assert ada.state == before


def test_every_decision_carries_its_rule_and_reason():
    ada = Walk(sequence(WELCOME, {**SECOND, "only_if": "clicked(any)"}))
    ada.enrols("trial")
    ada.goes(1)
    ada.now += timedelta(days=2)
    skipped = decide(ada.book, ada.state, ada.now)

    assert isinstance(skipped, Advance)
    assert skipped.rule == "only_if"
    assert "clicked" in skipped.why


def test_a_fact_for_a_journey_that_is_over_is_harmless():
    ada = Walk(sequence(WELCOME))
    ada.enrols("trial")
    ada.goes()
    rested = ada.state

    ada.hears(EventKind.TOUCHED, step="welcome", sequence="trial", outcome="sent", channel="email")

    assert ada.state.journeys == rested.journeys == ()
    assert observe(ada.book, ada.state, _known(ada)) is ada.state


def _known(walk: Walk):
    from nurture.domain.events import Event

    return Event(walk.state.seen[-1], EventKind.OPENED, "ada", walk.now)


def test_shipped_caps_hold_for_a_sequence_that_forgets_them():
    steps = [{"id": f"s{n}", "email": "x"} for n in range(9)]
    ada = Walk(sequence(*steps), policies=shipped_policies(caps=True))
    ada.enrols("trial")
    ada.goes(1)

    assert len(ada.log) <= 3


def test_a_touch_whose_journey_ended_while_it_was_in_flight_still_counts_for_the_caps():
    ada = Walk(sequence(WELCOME), policies=shipped_policies(caps=True))
    ada.enrols("trial")
    ada.hears(EventKind.STOPPED, "trial", why="enough")

    ada.hears(EventKind.TOUCHED, step="welcome", sequence="trial", outcome="sent", channel="email")

    assert ada.state.recent == ((Channel.EMAIL, ada.now),)


HANDS = {"id": "hand", "handoff": "desk"}
DESK = {
    "desk": {
        "route": "inbox",
        "accepted": {"move": "sal"},
        "rejected": {"bad_data": {"resume": "here"}, "not_now": {"move": "nurture"}},
    }
}


@pytest.mark.parametrize(
    ("answer", "log"),
    [
        pytest.param({"outcome": "accepted", "rep": "anna"}, ["handoff:desk", "move:sal"], id="a yes counts"),
        pytest.param({"outcome": "rejected", "reason": "not_now"}, ["handoff:desk", "move:nurture"], id="so does a no"),
        pytest.param({"outcome": "rejected", "reason": "bad_data"}, ["handoff:desk"], id="nothing is resumed"),
        pytest.param({"outcome": "expired"}, ["handoff:desk"], id="nobody took it"),
    ],
)
def test_sales_answers_after_the_journey_was_stopped_by_hand(answer, log):
    ada = Walk(sequence(HANDS, WELCOME, handoffs=DESK))
    ada.enrols("trial")
    ada.goes(1)
    handoff = ada.state.journeys[0].handoff
    ada.hears(EventKind.STOPPED, why="moved away")

    ada.goes(1)
    ada.hears(EventKind.HANDOFF_CLOSED, handoff, handoff="desk", **answer)
    ada.goes()

    assert ada.log == log
    assert ada.state.past["trial"].outcome == "stopped: moved away"


def test_a_stopped_journey_whose_rep_never_answers_ends():
    ada = Walk(sequence(HANDS, WELCOME, handoffs=DESK))
    ada.enrols("trial")
    ada.goes(1)
    ada.hears(EventKind.STOPPED, why="moved away")

    assert isinstance(ada.goes(40), Done)
    assert ada.log == ["handoff:desk"]


@pytest.mark.parametrize("how", ["stop", {"then": "stop"}])
def test_an_outcome_may_stop_the_journey(how):
    ada = Walk(
        sequence({"id": "call", "call": "pricing", "wait": "up to 2 days", "outcomes": {"connected": how}}, WELCOME)
    )
    ada.enrols("trial")
    ada.goes(0.1)

    ada.hears(EventKind.TASK_DONE, step="call", outcome="connected")
    ada.goes()

    assert ada.log == ["call:call"]


def test_a_watch_may_stop_the_journey():
    ada = Walk(sequence(WELCOME, SECOND, watch=[{"when": "clicked(any)", "then": "stop"}]))
    ada.enrols("trial")
    ada.goes(1)

    ada.hears(EventKind.CLICKED, link="pricing", human=True)
    ada.goes()

    assert ada.log == ["welcome:email"]


def full_of_work(ada: Walk) -> None:
    """Sales has no room for the hand-off that is decided now."""
    offered = think(ada.book, ada.state, ada.now)
    ada.state = offered.state
    ada.hears(EventKind.HANDOFF_FULL, offered.decision.id, handoff="desk")


def test_without_keep_nurturing_it_holds_still_until_sales_has_room():
    full = {"desk": {"route": "inbox", "when_full": {"keep_nurturing": False, "retry": "3 days"}}}
    ada = Walk(sequence(HANDS, WELCOME, handoffs=full))
    ada.enrols("trial")
    full_of_work(ada)

    waits = ada.goes(2)

    assert (ada.log, waits.why) == ([], "sales has no room")
    ada.goes(2)
    assert ada.log == ["handoff:desk"]


def test_sales_without_room_does_not_reopen_a_journey_that_a_reply_ended():
    full = {"desk": {"route": "inbox", "when_full": {"keep_nurturing": False, "retry": "3 days"}}}
    ada = Walk(sequence(WELCOME, SECOND, handoffs=full, stop=[{"when": "replied", "then": {"handoff": "desk"}}]))
    ada.enrols("trial")
    ada.goes(1)
    ada.hears(EventKind.REPLIED, intent="unclear")

    full_of_work(ada)

    assert ada.state.journeys[0].status is Status.DONE
