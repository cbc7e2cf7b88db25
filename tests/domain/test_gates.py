"""May we speak to this person now? Every gate, in order, with its reason in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.domain.consent import Basis, Consent, Suppression
from nurture.domain.gates import GateFacts, Refusal, Verdict, gate, why_unreachable
from nurture.domain.halts import Halt
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.policies import Policies
from nurture.domain.touch import Touch

POLICIES = Policies.from_document(
    {
        "calendars": {
            "timezone": "Europe/Berlin",
            "windows": {"office-hours": {"mon-fri": "09:00-17:00"}, "any-time": {"every day": "00:00-24:00"}},
            "holiday_dates": {"DE": ["2026-04-03", "2026-04-06"]},
            "quiet_hours": {
                "unknown": {"hours": {"mon-fri": "10:00-17:00"}},
                "countries": {
                    "DE": {"hours": {"mon-sat": "09:00-20:00"}},
                    "US": {"hours": {"every day": "08:00-21:00"}},
                },
            },
        },
        "stages": {
            "stages": {"lead": {}, "mql": {}, "unqualified": {"silent": True}},
            "moves": [{"from": ["lead"], "to": ["mql"], "by": ["engine"]}],
        },
        "consent": {
            "limits": {"email": ["1 per day", "2 per week"], "sms": "1 per day", "any": "3 per week"},
            "needs": {
                "marketing, sales": {
                    "email, call": {"*": {"bases": ["express", "inquiry"]}},
                    "sms, whatsapp": {"*": {"bases": ["express"]}},
                }
            },
            "lifetimes": {"*": {"inquiry": {"lasts": "180 days"}}},
            "not_mailable": {"purchased": {}},
        },
    }
)
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    """Read a local time in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


NOON = at("2026-03-24 12:00")  # a Tuesday
LENA = Contact(
    "lead-1", "lena@example.com", "+493023125012", "Lena", country="DE", timezones=("Europe/Berlin",), source="form"
)
YES = tuple(
    Consent("lead-1", channel, Purpose.MARKETING, Basis.EXPRESS, NOON - timedelta(days=9), "form")
    for channel in (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)
)
FACTS = GateFacts(LENA, YES)
MAIL = Touch(
    "t1", "lead-1", "trial", "v1", "nudge", Channel.EMAIL, "nudge", window="office-hours", timezone="Europe/Berlin"
)
TEXT = replace(MAIL, id="t2", channel=Channel.SMS)


def stopped(channel: Channel | None = None, scope: str = "marketing") -> tuple[Suppression, ...]:
    """Return a suppression of a week ago."""
    return (Suppression("lead-1", channel, "opted_out", NOON - timedelta(days=7), scope),)


def marks(*moments: str, channel: Channel = Channel.EMAIL) -> tuple[tuple[Channel, datetime], ...]:
    """Return earlier touches."""
    return tuple((channel, at(moment)) for moment in moments)


@pytest.mark.parametrize(
    "touch", [MAIL, TEXT, replace(MAIL, channel=Channel.CALL), replace(MAIL, channel=Channel.TASK)]
)
def test_a_person_who_said_yes_may_be_spoken_to_at_noon(touch):
    assert gate(touch, FACTS, POLICIES, NOON) is None


@pytest.mark.parametrize(
    ("touch", "facts", "now", "code", "until", "words"),
    [
        pytest.param(
            replace(MAIL, not_after=at("2026-03-24 11:00")),
            FACTS,
            NOON,
            Refusal.STALE,
            None,
            "meant to go before 2026-03-24 10:00 UTC",
            id="too late to make sense",
        ),
        pytest.param(
            MAIL,
            GateFacts(replace(LENA, email=""), YES),
            NOON,
            Refusal.NO_ADDRESS,
            None,
            "no email is known",
            id="no address",
        ),
        pytest.param(
            TEXT,
            GateFacts(replace(LENA, phone=""), YES),
            NOON,
            Refusal.NO_ADDRESS,
            None,
            "no phone is known",
            id="no number",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA, YES, stopped()),
            NOON,
            Refusal.SUPPRESSED,
            None,
            "opted out on 2026-03-17 closed every channel",
            id="opted out of everything",
        ),
        pytest.param(
            TEXT,
            GateFacts(LENA, YES, stopped(Channel.SMS)),
            NOON,
            Refusal.SUPPRESSED,
            None,
            "closed sms (marketing)",
            id="opted out of texts",
        ),
        pytest.param(
            MAIL,
            GateFacts(replace(LENA, source="purchased"), YES),
            NOON,
            Refusal.SOURCE_NOT_MAILABLE,
            None,
            "source purchased",
            id="bought",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA),
            NOON,
            Refusal.NO_CONSENT,
            None,
            "marketing by email in DE needs express or inquiry; we have nothing",
            id="no consent",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA, (replace(YES[0], basis=Basis.INQUIRY, given_at=NOON - timedelta(days=180)),)),
            NOON,
            Refusal.NO_CONSENT,
            None,
            "we had inquiry, which has run out",
            id="an inquiry of last year",
        ),
        pytest.param(
            MAIL,
            GateFacts(replace(LENA, stage="unqualified"), YES),
            NOON,
            Refusal.STAGE,
            None,
            "in the stage unqualified",
            id="unqualified",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA, YES, unheard=True),
            NOON,
            Refusal.UNHEARD,
            at("2026-03-24 13:00"),
            "does not know it yet",
            id="a reply nobody has thought about",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA, YES, halted=(Halt("channel:email", "relay on fire", "olga", NOON),)),
            NOON,
            Refusal.HALTED,
            at("2026-03-24 13:00"),
            "olga halted channel:email on 2026-03-24 11:00 UTC: relay on fire",
            id="halted",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA, YES, halted=(Halt("sender:anna", "3 complaints", "breaker", NOON, None, "complaints"),)),
            NOON,
            Refusal.SENDER_PAUSED,
            at("2026-03-24 13:00"),
            "sender:anna is paused since 2026-03-24 11:00 UTC: 3 complaints",
            id="paused by its own numbers",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA, YES, halted=(Halt("channel:email", "drill", "olga", at("2026-03-22 12:00")),)),
            at("2026-03-24 16:30"),
            Refusal.HALTED,
            at("2026-03-25 09:00"),
            "olga halted channel:email",
            id="halted for days: looked at again in the next window",
        ),
        pytest.param(
            replace(TEXT, window="any-time"),
            FACTS,
            at("2026-03-24 20:30"),
            Refusal.QUIET_HOURS,
            at("2026-03-25 09:00"),
            "lawful hours of DE in Europe/Berlin are closed at Tue 24 Mar 20:30 Berlin",
            id="a text in the evening",
        ),
        pytest.param(
            TEXT,
            FACTS,
            at("2026-03-28 21:00"),
            Refusal.QUIET_HOURS,
            at("2026-03-30 09:00"),
            "next possible Mon 30 Mar 09:00 Berlin",
            id="the time found suits law and window",
        ),
        pytest.param(
            TEXT,
            GateFacts(replace(LENA, timezones=()), YES),
            NOON,
            Refusal.QUIET_HOURS,
            None,
            "no time zone is known",
            id="nobody knows where",
        ),
        pytest.param(
            MAIL,
            FACTS,
            at("2026-04-02 17:00"),
            Refusal.OUTSIDE_WINDOW,
            at("2026-04-07 09:00"),
            "office-hours in Europe/Berlin are closed at Thu 02 Apr 17:00 Berlin",
            id="Easter lies between",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA, YES, recent=marks("2026-03-19 10:00", "2026-03-23 16:40")),
            NOON,
            Refusal.OVER_CAP,
            at("2026-03-26 10:00"),
            "2 of 2 email touches in 7 days; next possible Thu 26 Mar 10:00 Berlin",
            id="two mails this week",
        ),
        pytest.param(
            MAIL,
            GateFacts(LENA, YES, recent=marks("2026-03-23 16:40")),
            NOON,
            Refusal.OVER_CAP,
            at("2026-03-24 16:40"),
            "1 of 1 email touches in 1 day;",
            id="one mail yesterday",
        ),
        pytest.param(
            MAIL,
            GateFacts(
                LENA, YES, recent=marks("2026-03-20 18:30", "2026-03-21 09:00", "2026-03-23 10:00", channel=Channel.SMS)
            ),
            NOON,
            Refusal.OVER_CAP,
            at("2026-03-30 09:00"),
            "3 of 3 touches in 7 days; next possible Mon 30 Mar 09:00 Berlin",
            id="texts count against the cap of all; the first free moment is in the evening",
        ),
        pytest.param(
            replace(TEXT, caps=(("sms", 1, 14),)),
            GateFacts(LENA, YES, recent=marks("2026-03-16 12:00", channel=Channel.SMS)),
            NOON,
            Refusal.OVER_CAP,
            at("2026-03-30 13:00"),
            "1 of 1 sms touches in 14 days",
            id="the sequence is stricter",
        ),
    ],
)
def test_each_gate_says_no_with_its_reason(touch, facts, now, code, until, words):
    verdict = gate(touch, facts, POLICIES, now)

    assert verdict is not None
    assert (verdict.code, verdict.until) == (code, until)
    assert words in verdict.why


def test_a_place_and_a_window_that_share_no_hour_end_the_touch():
    far = GateFacts(replace(LENA, country="US", timezones=("Pacific/Honolulu",)), YES)
    verdict = gate(replace(TEXT, timezone="Europe/Berlin"), far, POLICIES, NOON)

    assert verdict is not None
    assert (verdict.code, verdict.until) == (Refusal.QUIET_HOURS, None)
    assert "Pacific/Honolulu have no hour in common within a month" in verdict.why


def test_a_service_message_passes_what_only_holds_marketing():
    receipt = replace(MAIL, purpose=Purpose.SERVICE)
    busy = GateFacts(
        replace(LENA, stage="unqualified", source="purchased"),
        (),
        stopped(),
        marks("2026-03-23 13:00", "2026-03-23 14:00"),
        unheard=True,
    )

    assert gate(receipt, busy, POLICIES, NOON) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_no_to_everything_holds_for_every_purpose(purpose):
    verdict = gate(replace(MAIL, purpose=purpose), GateFacts(LENA, YES, stopped(scope="all")), POLICIES, NOON)

    assert verdict is not None
    assert verdict.code is Refusal.SUPPRESSED


def test_a_manual_task_needs_no_consent_but_respects_a_no():
    task = replace(MAIL, channel=Channel.TASK)

    assert gate(task, GateFacts(LENA), POLICIES, NOON) is None
    assert gate(task, GateFacts(LENA, (), stopped()), POLICIES, NOON).code is Refusal.SUPPRESSED


def test_the_default_window_and_the_persons_own_zone_stand_in():
    bare = replace(MAIL, window="", timezone="")
    tokyo = GateFacts(replace(LENA, timezones=("Asia/Tokyo",)), YES)

    assert gate(bare, tokyo, POLICIES, NOON).until == datetime(2026, 3, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "code"),
    [(Channel.EMAIL, None), (Channel.SMS, Refusal.SUPPRESSED), (Channel.CALL, Refusal.NO_CONSENT)],
)
def test_why_a_channel_is_closed_whatever_the_hour(channel, code):
    facts = GateFacts(LENA, YES[:2], stopped(Channel.SMS))
    verdict = why_unreachable(facts, POLICIES, channel, Purpose.MARKETING, NOON)

    assert (verdict and verdict.code) == code


MOMENTS = st.integers(0, 40 * 24 * 60).map(lambda minutes: at("2026-03-01 00:00") + timedelta(minutes=minutes))
CHANNELS = st.sampled_from(list(Channel))
RECENT = st.lists(st.tuples(CHANNELS, MOMENTS), max_size=8).map(
    lambda seen: tuple(sorted(seen, key=lambda mark: mark[1]))
)
TOUCHES = st.builds(
    lambda channel, purpose, window, zone, caps: replace(
        MAIL, channel=channel, purpose=purpose, window=window, timezone=zone, caps=caps
    ),
    CHANNELS,
    st.sampled_from(list(Purpose)),
    st.sampled_from(["", "office-hours", "any-time"]),
    st.sampled_from(["", "Europe/Berlin", "America/New_York"]),
    st.lists(
        st.tuples(st.sampled_from(["any", "email", "sms"]), st.integers(1, 3), st.integers(1, 14)), max_size=2
    ).map(tuple),
)
FACT_SETS = st.builds(
    GateFacts,
    st.builds(
        lambda email, phone, zones, country, stage: replace(
            LENA, email=email, phone=phone, timezones=zones, country=country, stage=stage
        ),
        st.sampled_from(["", "lena@example.com"]),
        st.sampled_from(["", "+493023125012"]),
        st.sampled_from([(), ("Europe/Berlin",), ("America/New_York", "America/Los_Angeles")]),
        st.sampled_from(["", "DE", "US"]),
        st.sampled_from(["lead", "mql", "unqualified"]),
    ),
    st.sampled_from([(), YES, YES[:1]]),
    st.just(()),
    RECENT,
    st.booleans(),
    st.sampled_from([(), (Halt("sequence:trial", "drill", "olga", datetime(2026, 3, 1, tzinfo=UTC)),)]),
)


@settings(deadline=None)
@given(TOUCHES, FACT_SETS, MOMENTS, st.sampled_from([None, *Channel]), st.sampled_from(["marketing", "all"]))
def test_a_suppressed_person_is_never_spoken_to(touch, facts, now, channel, scope):
    """Whatever else is true, and whatever purpose the scope covers."""
    silenced = replace(facts, suppressions=stopped(channel, scope))
    covered = channel in (None, touch.channel) and (scope == "all" or touch.purpose is not Purpose.SERVICE)

    if covered:
        verdict = gate(touch, silenced, POLICIES, now)
        assert verdict is not None
        assert verdict.until is None, "a no is not a not-yet"


@settings(deadline=None)
@given(TOUCHES, FACT_SETS, MOMENTS)
def test_an_allowed_touch_never_exceeds_a_cap(touch, facts, now):
    if Channel.TASK is touch.channel or Purpose.SERVICE is touch.purpose:
        return  # a manual task is its rep's own deed, a service message is not marketing: caps hold neither
    if gate(touch, facts, POLICIES, now) is not None:
        return
    counted = [(channel, at) for channel, at in facts.recent if channel is not Channel.TASK]
    for scope, count, days in (*POLICIES.caps, *touch.caps):
        if scope in ("any", touch.channel):
            seen = [at for channel, at in counted if scope in ("any", channel) and at > now - timedelta(days=days)]
            assert len(seen) + 1 <= count


@settings(deadline=None)
@given(TOUCHES, FACT_SETS, MOMENTS)
def test_an_allowed_touch_is_inside_its_window_and_lawful_hours(touch, facts, now):
    if gate(touch, facts, POLICIES, now) is not None:
        return
    zone = touch.timezone or next(iter(facts.contact.timezones), "Europe/Berlin")
    local = now.astimezone(ZoneInfo(zone))
    assert touch.window == "any-time" or (local.weekday() < 5 and 9 <= local.hour < 17)
    if touch.channel in (Channel.SMS, Channel.WHATSAPP, Channel.CALL):
        assert facts.contact.timezones
        assert all(8 <= now.astimezone(ZoneInfo(zone)).hour < 21 for zone in facts.contact.timezones)


@settings(deadline=None)
@given(TOUCHES, FACT_SETS, MOMENTS)
def test_not_yet_is_always_later_and_comes_to_an_end(touch, facts, now):
    """Asking again at the time given leads to a yes or a no in a few steps: no touch waits for ever."""
    calm = replace(facts, unheard=False, halted=())
    for _ in range(6):
        verdict = gate(touch, calm, POLICIES, now)
        if verdict is None or verdict.until is None:
            return
        assert verdict.until > now
        assert verdict.why
        now = verdict.until
    raise AssertionError(f"still {verdict} at {now}")


def test_a_verdict_is_plain_data():
    assert gate(MAIL, GateFacts(LENA), POLICIES, NOON) == Verdict(
        Refusal.NO_CONSENT, "marketing by email in DE needs express or inquiry; we have nothing"
    )
