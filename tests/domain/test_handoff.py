"""One hand-off: deadlines in working hours, the ladder of lateness, and an end for everybody."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.domain.calendar import Calendar, Window
from nurture.domain.duration import Duration
from nurture.domain.errors import Invalid
from nurture.domain.handoff import (
    Closed,
    Expired,
    HandoffPlan,
    HandoffState,
    Late,
    Outcome,
    Reassign,
    Remind,
    TellManager,
    ToPool,
    Wait,
    accept_by,
    decide,
    done,
    plans_of,
)
from nurture.domain.wallclock import zone_of

DOCUMENT = {
    "handoffs": {
        "hot-lead": {
            "route": "sdr",
            "title": "Call {{ lead.first_name }}",
            "include": ["timeline", "score_reasons"],
            "accept_within": "15 business minutes",
            "first_touch_within": "1 business hour",
            "if_late": [
                {"after": "10 business minutes", "remind": "owner"},
                {"after": "15 business minutes", "reassign": "next"},
                {"after": "30 business minutes", "tell": "manager"},
                {"after": "2 business hours", "to": "pool"},
            ],
            "accepted": {"move": "sal"},
            "rejected": {
                "not_now": {"move": "nurture", "enroll": "quarterly-nurture", "after": "30 days"},
                "bad_fit": {"move": "unqualified"},
                "bad_data": {"resume": "here"},
            },
            "when_full": {"keep_nurturing": True, "retry": "1 business day"},
        },
        "hot-reply": {"like": "hot-lead", "accept_within": "5 business minutes"},
        "reply-desk": {"like": "hot-reply", "route": "owner else inbox"},
        "bare": {"route": "sdr"},
    }
}
PLANS = plans_of(DOCUMENT)
HOT = PLANS["hot-lead"]
BERLIN = Calendar(
    Window.parse("office-hours", "mon-fri: 09:00-17:00"), zone_of("Europe/Berlin"), frozenset({date(2026, 4, 3)})
)


def at(text: str) -> datetime:
    """Read a local time in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def opened(text: str, rep: str = "anna") -> HandoffState:
    """Return a hand-off that was just given to a rep, or to the pool."""
    return HandoffState(at(text), rep, at(text), (rep,) if rep else ())


def told(state: HandoffState, plan: HandoffPlan = HOT, *, colleague: str = "ben") -> list[tuple[str, str]]:
    """Live through a hand-off that nobody answers: what was done, and when in Berlin."""
    story, now = [], state.opened_at
    for _ in range(40):
        answer = decide(state, plan, BERLIN, now)
        if not isinstance(answer, Wait):
            story.append((f"{now.astimezone(ZoneInfo('Europe/Berlin')):%d %b %H:%M}", type(answer).__name__))
        if isinstance(answer, Expired | Closed):
            return story
        if isinstance(answer, Wait):
            assert answer.until > now
            now = answer.until
        state = done(state, answer, now, colleague)
    raise AssertionError(f"no end after {story}")


def test_the_ladder_of_a_hot_lead_that_nobody_takes():
    assert told(opened("2026-03-24 10:00")) == [
        ("24 Mar 10:10", "Remind"),
        ("24 Mar 10:15", "Late"),
        ("24 Mar 10:15", "Reassign"),
        ("24 Mar 10:30", "TellManager"),
        ("24 Mar 12:00", "ToPool"),
        ("31 Mar 12:00", "Expired"),
    ]


def test_the_clock_of_sales_stands_still_at_night_and_on_holidays():
    story = told(opened("2026-04-02 16:52"))  # Maundy Thursday

    assert story[:3] == [
        ("06 Apr 09:02", "Remind"),
        ("06 Apr 09:07", "Late"),
        ("06 Apr 09:07", "Reassign"),
    ]


def test_a_lead_that_comes_on_sunday_is_due_on_monday():
    assert accept_by(opened("2026-03-29 03:00"), HOT, BERLIN) == at("2026-03-30 09:15")
    assert accept_by(opened("2026-03-29 03:00"), PLANS["hot-reply"], BERLIN) == at("2026-03-30 09:05")


def test_waiting_says_what_for():
    answer = decide(opened("2026-03-24 10:00"), PLANS["hot-reply"], BERLIN, at("2026-03-24 10:00"))

    assert answer == Wait(at("2026-03-24 10:05"), "to be accepted")


def test_a_new_rep_gets_the_whole_time_to_accept():
    state = done(opened("2026-03-24 10:00"), Reassign(1, "late"), at("2026-03-24 10:15"), "ben")

    assert (state.rep, state.tried, state.rungs) == ("ben", ("anna", "ben"), 2)
    assert accept_by(state, HOT, BERLIN) == at("2026-03-24 10:30")


def test_when_there_is_no_other_rep_it_stays_where_it_is():
    state = done(opened("2026-03-24 10:00"), Reassign(1, "late"), at("2026-03-24 10:15"), "")

    assert (state.rep, state.rungs) == ("anna", 2)


def test_in_the_pool_nobody_is_reminded_but_a_rep_is_looked_for():
    names = [name for _, name in told(opened("2026-03-24 10:00", rep=""), colleague="")]

    assert names == ["Late", "Reassign", "TellManager", "ToPool", "Expired"]


def test_from_the_pool_it_expires_after_five_working_days():
    state = HandoffState(
        at("2026-03-24 10:00"), "", at("2026-03-24 10:00"), ("anna",), 4, ("accept",), at("2026-03-24 12:00")
    )

    assert decide(state, HOT, BERLIN, at("2026-03-24 12:00")) == Wait(
        at("2026-03-31 12:00"), "in the pool for anybody to accept"
    )
    assert isinstance(decide(state, HOT, BERLIN, at("2026-03-31 12:00")), Expired)


def test_a_plan_without_a_ladder_ends_too():
    assert [name for _, name in told(opened("2026-03-24 10:00"), PLANS["bare"])] == ["Late", "Expired"]


def test_accepted_waits_for_the_first_touch_and_tells_when_it_is_missing():
    state = replace(opened("2026-03-24 16:20"), accepted_at=at("2026-03-24 16:30"))
    due = at("2026-03-25 09:30")

    assert decide(state, HOT, BERLIN, at("2026-03-24 16:30")) == Wait(
        due, "for the first touch, due 1 business hour after accepting"
    )
    late = decide(state, HOT, BERLIN, due)
    assert isinstance(late, Late)
    assert (late.promise, late.due_at) == ("first_touch", due)
    state = done(state, late, due)
    tell = decide(state, HOT, BERLIN, due)
    assert isinstance(tell, TellManager)
    assert isinstance(decide(done(state, tell, due), HOT, BERLIN, due), Closed)


def test_a_first_touch_closes_the_hand_off():
    accepted = replace(opened("2026-03-24 10:00"), accepted_at=at("2026-03-24 10:05"))
    touched = replace(accepted, first_touch_at=at("2026-03-24 10:20"))

    assert decide(touched, HOT, BERLIN, at("2026-03-24 10:20")) == Closed("accepted and spoken to")
    assert decide(accepted, PLANS["bare"], BERLIN, at("2026-03-24 10:05")) == Closed("accepted")


@pytest.mark.parametrize(
    ("answer", "reason", "outcome"),
    [
        ("accepted", "", Outcome(move="sal")),
        ("rejected", "not_now", Outcome("nurture", "quarterly-nurture", Duration(30, "day"), reason="not_now")),
        ("rejected", "bad_data", Outcome(resume=True, reason="bad_data")),
        ("rejected", "on holiday", Outcome(resume=True, reason="on holiday")),
        ("expired", "", Outcome(resume=True, reason="nobody accepted")),
    ],
)
def test_where_each_answer_leads(answer, reason, outcome):
    assert HOT.outcome_of(answer, reason) == outcome


def test_like_fills_in_what_is_not_written():
    desk = PLANS["reply-desk"]

    assert (desk.name, desk.route) == ("reply-desk", "owner else inbox")
    assert desk.accept_within == Duration(5, "minute", business=True)
    assert desk.ladder == HOT.ladder
    assert desk.when_full.retry == Duration(1, "day", business=True)


@pytest.mark.parametrize(
    ("handoffs", "fact"),
    [
        ({"a": {"like": "b"}}, "does not exist"),
        ({"a": {"like": "b"}, "b": {"like": "a"}}, "in turn"),
        ({"a": {"like": "a"}}, "in turn"),
        ({"a": {"if_late": [{"after": "1 hour"}]}}, "does nothing"),
        ({"a": {"accept_within": "soon"}}, "not a duration"),
    ],
)
def test_plans_that_cannot_work_are_refused(handoffs, fact):
    with pytest.raises(Invalid, match=fact):
        plans_of({"handoffs": handoffs})


def test_a_sequence_without_hand_offs_has_no_plans():
    assert plans_of({"sequence": "welcome"}) == {}


LADDERS = st.lists(
    st.builds(
        lambda amount, unit, act: {"after": f"{amount} {unit}", act: "somebody"},
        st.integers(0, 90),
        st.sampled_from(["business minutes", "business hours", "minutes", "business days", "days"]),
        st.sampled_from(["remind", "reassign", "tell", "to"]),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(
    LADDERS,
    st.sampled_from(["5 business minutes", "1 business day", "0 minutes", "3 days"]),
    st.integers(1_767_225_600, 1_798_761_600),
    st.sampled_from(["", "anna"]),
    st.sampled_from(["", "ben"]),
)
def test_every_hand_off_ends_whatever_its_plan(ladder, accept_within, second, rep, colleague):
    plan = plans_of({"handoffs": {"x": {"route": "sdr", "accept_within": accept_within, "if_late": ladder}}})["x"]
    moment = datetime.fromtimestamp(second, UTC)
    story = [name for _, name in told(HandoffState(moment, rep, moment), plan, colleague=colleague)]

    assert story[-1] == "Expired"
    assert story.count("Late") == 1
    assert len(story) <= len(ladder) + 2


def test_every_answer_explains_itself():
    state = opened("2026-03-24 10:00")
    late = replace(state, late=("accept",), rungs=1)

    assert decide(state, HOT, BERLIN, at("2026-03-24 10:10")) == Remind(
        0, "10 business minutes after it was opened: remind owner"
    )
    assert decide(replace(late, rungs=3), HOT, BERLIN, at("2026-03-24 12:00")) == ToPool(
        3, "2 business hours after it was opened: to pool"
    )
