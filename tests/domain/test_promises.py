"""The audit finds each kind of broken promise where one was planted, and none where all were kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nurture.domain.evidence import Arrival, Evidence, Fact, Mark, Stand
from nurture.domain.hours_and_caps import hours_of, over_cap
from nurture.domain.promises import audit

TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # 10:30 in Berlin
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = TUESDAY + 2 * DAY
NO = TUESDAY + DAY
LEAD = "7b1c"
CALENDARS = {
    "timezone": "Europe/Berlin",
    "default_window": "office-hours",
    "windows": {"office-hours": {"mon-fri": "09:00-17:00"}, "any-time": {"every day": "00:00-24:00"}},
    "holiday_dates": {"DE": ["2026-12-25"], "GB": []},
    "quiet_hours": {
        "channels": ["sms"],
        "countries": {"DE": {"hours": {"mon-sat": "09:00-20:00"}}},
        "unknown": {"hours": {"mon-fri": "10:00-17:00"}},
    },
}
POLICIES = {"calendars": CALENDARS, "consent": {"limits": {"email": ["1 per day", "4 per week"], "any": "8 per week"}}}
TRIAL = {
    "limits": {"email": "3 per week"},
    "stop": [{"when": "replied(not_now)", "then": "continue"}, {"when": "replied", "then": {"handoff": "desk"}}],
}


def mail(step: str = "welcome", at: datetime = TUESDAY, **other) -> Mark:
    """A mail that was sent."""
    given = {"touch": f"{LEAD}/trial.1/{step}.1/email", "journey": "trial.1", "channel": "email", "state": "sent"}
    given |= {"message_id": f"<{step}@mail.example.com>", "to": "lena@example.com", "timezone": "Europe/Berlin"}
    return Mark(**{**given, "lead": LEAD, "intent_at": at, "wire_at": at, "settled_at": at, **other})


def text(step: str = "nudge", at: datetime = TUESDAY, **other) -> Mark:
    """A text that was sent."""
    return mail(
        step,
        at,
        **{
            "touch": f"{LEAD}/trial.1/{step}.1/sms",
            "channel": "sms",
            "message_id": step,
            "receipt": f"SM-{step}",
            "to": "+4917604069001",
            **other,
        },
    )


def arrival(mark: Mark, *, after: timedelta = timedelta(minutes=1)) -> Arrival:
    """Its arrival at the catcher."""
    key = mark.message_id if mark.channel == "email" else mark.receipt
    assert mark.wire_at is not None
    return Arrival(key, mark.channel, mark.to, mark.wire_at + after)


def evidence(*marks: Mark, **other) -> Evidence:
    """A run in which these touches were made and every message arrived."""
    arrived = [arrival(mark) for mark in marks if mark.channel in ("email", "sms") and mark.wire_at]
    given = {
        "marks": marks,
        "arrivals": arrived,
        "homes": {LEAD: ("Europe/Berlin", "DE")},
        "policies": POLICIES,
        "sequences": {"trial": TRIAL},
        "walking": frozenset({LEAD}),
    }
    return Evidence(**{**given, **other})


def fact(kind: str, at: datetime, seq: int = 5, **details) -> Fact:
    return Fact(seq, kind, LEAD, at, f"{LEAD}/trial.1/welcome.1/email", details)


def broken(found: Evidence) -> dict[str, int]:
    """Promise -> how often it was broken, kept ones left out."""
    result = audit(found)
    names = ("lost", "twice", "after_stop", "outside_window", "over_cap", "uncertain")
    return {name: len(getattr(result, name)) for name in names if getattr(result, name)}


def test_a_run_that_kept_its_word_has_nothing_to_show():
    run = evidence(mail("welcome"), text("nudge", TUESDAY + HOUR), mail("story", TUESDAY + 2 * DAY))
    assert broken(run) == {}
    assert audit(run).is_kept


# --- lost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["sent", "delivered"])
def test_a_mail_in_the_ledger_that_never_arrived_is_lost(state):
    assert broken(evidence(mail(state=state), arrivals=())) == {"lost": 1}


def test_a_bounced_text_that_never_arrived_is_lost():
    assert broken(evidence(text(state="refused"), arrivals=())) == {"lost": 1}


def test_a_refused_mail_need_not_arrive():
    assert broken(evidence(mail(state="refused"), arrivals=())) == {}


def test_a_message_the_ledger_does_not_know_is_lost():
    stranger = Arrival("<who@mail.example.com>", "email", "lena@example.com", TUESDAY)
    assert broken(evidence(arrivals=(stranger,))) == {"lost": 1}


@pytest.mark.parametrize("state", ["suppressed", "cancelled", "intent"])
def test_a_message_that_arrived_though_it_was_withheld_is_lost(state):
    withheld = mail(state=state, wire_at=None)
    assert broken(evidence(withheld, arrivals=(arrival(mail()),))) == {"lost": 1}


def test_a_touch_that_nobody_will_end_is_lost():
    begun = mail(state="intent", wire_at=None)
    assert broken(evidence(begun, walking=frozenset())) == {"lost": 1}
    assert broken(evidence(begun)) == {}


def test_a_fact_that_no_workflow_heard_is_lost():
    unheard = replace(fact("opened", TUESDAY), told=False)
    assert broken(evidence(facts=(unheard,), ended_at=LATER)) == {"lost": 1}
    assert broken(evidence(facts=(unheard,), ended_at=TUESDAY)) == {}  # nobody waited for that one


def test_a_lead_without_an_answer_is_lost():
    assert broken(evidence(unaccounted=frozenset({"3f"}))) == {"lost": 1}


# --- twice -----------------------------------------------------------------------------------------------------------


def test_a_mail_that_arrived_two_times_is_found():
    sent = mail()
    assert broken(evidence(sent, arrivals=(arrival(sent), arrival(sent, after=HOUR)))) == {"twice": 1}


def test_a_text_that_went_out_again_under_a_new_sid_is_found():
    sent = text()
    again = replace(arrival(sent), key="SM-again")
    found = broken(evidence(sent, arrivals=(arrival(sent), again)))
    assert found == {"twice": 1, "lost": 1}  # nor does the ledger know the second SID


def test_two_touches_with_one_message_are_found():
    first, second = mail("welcome"), mail("story", TUESDAY - DAY, message_id="<welcome@mail.example.com>")
    assert broken(evidence(first, second, arrivals=(arrival(first),))) == {"twice": 1}


# --- after stop ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        fact("opted_out", NO, channel=""),
        fact("opted_out", NO, channel="email"),
        fact("complained", NO),
        fact("bounced", NO, hard=True, channel="email"),
        fact("bounced", NO, hard=True),
        fact("stopped", NO),
        fact("replied", NO, intent="interested"),
    ],
    ids=lambda said: f"{said.kind}-{said.details}",
)
def test_a_mail_after_a_no_is_found(said):
    run = evidence(mail("welcome"), mail("story", LATER, heard=9), facts=(said,))
    assert broken(run) == {"after_stop": 1}


@pytest.mark.parametrize(
    "said",
    [
        fact("opted_out", NO, channel="sms"),
        fact("bounced", NO, hard=True, channel="sms"),
        fact("bounced", NO, hard=False, channel="email"),
        fact("auto_replied", NO),
        fact("replied", NO, intent="not_now"),
        fact("opted_out", LATER + HOUR, channel=""),
    ],
    ids=lambda said: f"{said.kind}-{said.details}-{said.stored_at:%d}",
)
def test_what_does_not_silence_this_mail_is_left_alone(said):
    assert broken(evidence(mail("welcome"), mail("story", LATER, heard=9), facts=(said,))) == {}


def test_a_touch_whose_planner_had_not_heard_the_reply_is_found():
    other = mail("letter", LATER, journey="quarterly.1", touch=f"{LEAD}/quarterly.1/letter.1/email", heard=4)
    run = evidence(mail("welcome"), other, facts=(fact("replied", NO, intent="question"),))
    assert broken(run) == {"after_stop": 1}


def test_a_new_enrolment_after_the_reply_may_speak():
    new = mail("letter", LATER, journey="quarterly.1", touch=f"{LEAD}/quarterly.1/letter.1/email", heard=5)
    assert broken(evidence(mail("welcome"), new, facts=(fact("replied", NO, intent="question"),))) == {}


def test_a_rep_may_send_a_lead_back_into_its_journey_after_a_reply_but_not_after_an_opt_out():
    back = fact("handoff_closed", NO + HOUR, 6, outcome="rejected", reason="bad_data")
    marks = (mail("welcome"), mail("story", LATER, heard=9))
    assert broken(evidence(*marks, facts=(fact("replied", NO, intent="question"), back))) == {}
    assert broken(evidence(*marks, facts=(fact("opted_out", NO), back))) == {"after_stop": 1}


def test_a_yes_after_a_no_opens_again():
    said = (fact("opted_out", NO, 5), fact("opted_in", NO + HOUR, 6))
    assert broken(evidence(mail("welcome"), mail("story", LATER), facts=said)) == {}


def test_a_touch_for_somebody_unqualified_is_found():
    given_up = Stand(LEAD, "unqualified", NO)
    assert broken(evidence(mail("story", LATER), stands=(given_up,))) == {"after_stop": 1}
    back = Stand(LEAD, "lead", NO + HOUR)
    assert broken(evidence(mail("story", LATER), stands=(given_up, back))) == {}


def test_a_message_that_arrived_before_its_wire_mark_is_found():
    sent = mail()
    assert broken(evidence(sent, arrivals=(arrival(sent, after=-HOUR),))) == {"after_stop": 1}


def test_a_service_message_may_follow_an_opt_out():
    run = evidence(mail("invoice", LATER, purpose="service"), facts=(fact("opted_out", NO),))
    assert broken(run) == {}


# --- outside the window ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 24, 7, 59, tzinfo=UTC),  # 08:59 in Berlin
        datetime(2026, 11, 24, 16, 0, tzinfo=UTC),  # 17:00: the window is over
        datetime(2026, 11, 28, 10, 0, tzinfo=UTC),  # a Saturday
        datetime(2026, 12, 25, 10, 0, tzinfo=UTC),  # Christmas, a Friday
    ],
)
def test_a_touch_at_the_wrong_hour_is_found(at):
    assert broken(evidence(mail(at=at))) == {"outside_window": 1}


def test_the_leads_own_zone_counts():
    at = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    assert broken(evidence(mail(at=at, timezone="America/New_York"))) == {}
    assert broken(evidence(mail(at=at, timezone="Asia/Kolkata"))) == {"outside_window": 1}
    assert broken(evidence(mail(at=at, timezone=""), homes={LEAD: ("Asia/Kolkata", "GB")})) == {"outside_window": 1}


def test_a_text_in_the_quiet_hours_of_the_country_is_found():
    late = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)  # 20:30 in Berlin
    assert broken(evidence(text(at=late, window="any-time"))) == {"outside_window": 1}
    assert broken(evidence(mail(at=late, window="any-time"))) == {}


def test_a_call_task_outside_its_window_is_found():
    call = mail(channel="call", touch=f"{LEAD}/trial.1/call.1/call", at=TUESDAY.replace(hour=3), message_id="c")
    assert broken(evidence(call)) == {"outside_window": 1}


def test_hours_are_read_as_written():
    hours = hours_of({"mon-fri": "10:00-13:00, 14:00-20:00", "sat, sun": "12:00-13:00"})
    assert hours[0] == [(600, 780), (840, 1200)]
    assert hours[6] == [(720, 780)]
    assert hours_of({"fri-mon": "08:00-09:00"}).keys() == {4, 5, 6, 0}


# --- over the cap ----------------------------------------------------------------------------------------------------


def test_two_mails_in_a_day_are_over_the_companys_cap():
    assert broken(evidence(mail("welcome"), mail("story", TUESDAY + 5 * HOUR))) == {"over_cap": 1}


def test_a_sequences_own_cap_is_stricter():
    monday = TUESDAY - DAY
    marks = [mail(f"step-{n}", monday + n * DAY + timedelta(minutes=n)) for n in range(4)]
    assert broken(evidence(*marks)) == {"over_cap": 1}
    assert broken(evidence(*marks, sequences={})) == {}


@pytest.mark.parametrize(("channel", "found"), [("task", 0), ("call", 1)])
def test_a_call_counts_towards_the_cap_of_all_channels_and_a_manual_task_does_not(channel, found):
    kinds = ("email", "sms", "whatsapp")
    marks = [mail(f"step-{n}", TUESDAY + n * HOUR, channel=kind) for n, kind in enumerate(kinds)]
    last = mail("connect", TUESDAY + 4 * HOUR, channel=channel)
    found_in = evidence(*marks, last, sequences={"trial": {"limits": {"any": "3 per day"}}})
    assert sum("by any in" in str(line) for line in over_cap(found_in)) == found


def test_caps_hold_over_all_sequences_of_a_person():
    other = mail("letter", TUESDAY + HOUR, journey="quarterly.1", touch=f"{LEAD}/quarterly.1/letter.1/email")
    assert broken(evidence(mail("welcome"), other)) == {"over_cap": 1}


def test_what_never_left_does_not_count():
    withheld = mail("story", TUESDAY + HOUR, state="suppressed", wire_at=None)
    assert broken(evidence(mail("welcome"), withheld)) == {}


# --- uncertain -------------------------------------------------------------------------------------------------------


def test_uncertain_touches_are_listed_and_break_nothing():
    run = evidence(mail(state="uncertain"), arrivals=())
    assert broken(run) == {"uncertain": 1}
    assert audit(run).is_kept


def test_an_uncertain_text_that_did_arrive_is_not_lost():
    maybe = text(state="uncertain", receipt="")
    arrived = Arrival("SM-unknown", "sms", maybe.to, TUESDAY + HOUR)
    assert broken(evidence(maybe, arrivals=(arrived,))) == {"uncertain": 1}


def test_a_journal_without_addresses_still_tells():
    maybe = text(state="uncertain", receipt="")
    assert broken(evidence(maybe, arrivals=(Arrival("SM-unknown", "sms", "", TUESDAY + HOUR),))) == {"uncertain": 1}
    two = tuple(Arrival(f"SM-{n}", "sms", "", TUESDAY + HOUR) for n in range(2))
    assert broken(evidence(maybe, arrivals=two)) == {"uncertain": 1, "lost": 1}


def test_an_ordered_resend_may_arrive_twice_and_not_three_times():
    sent = mail(again=1)
    twice = (arrival(sent), arrival(sent, after=HOUR))
    assert broken(evidence(sent, arrivals=twice)) == {}
    assert broken(evidence(sent, arrivals=(*twice, arrival(sent, after=2 * HOUR)))) == {"twice": 1}


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"state": "sent", "wire_at": None}, "without a wire mark"),
        ({"state": "suppressed"}, "with a wire mark"),
        ({"state": "wire"}, "with an end"),
        ({"state": "delivered", "settled_at": None}, "without an end"),
        ({"state": "read"}, "that there is not"),
        ({"wires": 0}, "never on the wire"),
        ({"intent_at": None}, "never begun"),
    ],
)
def test_states_and_times_that_do_not_go_together_are_found(changes, fact):
    odd = replace(mail(), **changes)
    assert any(fact in str(found) for found in audit(evidence(odd)).tampered)
