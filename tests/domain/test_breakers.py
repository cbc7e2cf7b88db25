"""When a sender must stop: complaint and bounce rates, and refusals that are about us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nurture.domain.breakers import (
    Breakers,
    Fault,
    Level,
    fault_of,
    reputation_of,
    tells_of_reputation,
    tripped,
    trouble,
)
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.senders import Sender

RULES = Breakers()
NOON = datetime(2026, 3, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("faults", "sent", "level"),
    [
        pytest.param(2, 10, Level.FINE, id="two of ten: too few to tell"),
        pytest.param(3, 10, Level.STOP, id="three of ten"),
        pytest.param(3, 999, Level.STOP, id="three below a thousand"),
        pytest.param(1, 1_000, Level.WARN, id="0.10 % of a thousand"),
        pytest.param(2, 2_001, Level.FINE, id="just below 0.10 %"),
        pytest.param(3, 1_000, Level.STOP, id="0.30 % of a thousand"),
        pytest.param(5, 1_700, Level.WARN, id="0.29 %"),
        pytest.param(0, 0, Level.FINE, id="nothing sent yet"),
    ],
)
def test_complaints_are_judged_by_gmails_numbers(faults, sent, level):
    assert RULES.complaints.judge(faults, sent) is level
    assert bool(tripped(RULES, Fault.COMPLAINT, "news.example.com", faults, sent)) is (level is Level.STOP)


@pytest.mark.parametrize(
    ("faults", "sent", "level"),
    [(4, 99, Level.FINE), (5, 20, Level.STOP), (2, 100, Level.WARN), (1, 100, Level.FINE), (5, 100, Level.STOP)],
)
def test_hard_bounces_are_judged_by_their_share(faults, sent, level):
    assert RULES.bounces.judge(faults, sent) is level


def test_the_reason_names_numbers_and_limit():
    few = tripped(RULES, Fault.COMPLAINT, "news.example.com", 3, 400)
    many = tripped(RULES, Fault.BOUNCE, "+12015550190", 60, 1_000)

    assert few == "news.example.com has 3 complaints on 400 messages in 7 days (0.75%; stop at 3 below 1000 sent)"
    assert many == "+12015550190 has 60 hard bounces on 1000 messages in 7 days (6.00%; stop at 5.00%)"


@pytest.mark.parametrize(
    ("code", "people", "again", "until", "may_repeat"),
    [
        pytest.param("550 5.7.515", 1, False, None, True, id="Outlook wants DKIM"),
        pytest.param("550 5.7.26", 1, True, None, True, id="Gmail wants DKIM, for the second time"),
        pytest.param("30007", 1, False, None, False, id="the carrier filters this text"),
        pytest.param("30034", 1, False, None, True, id="not registered"),
        pytest.param("30023", 1, False, datetime(2026, 3, 25, 7, tzinfo=UTC), True, id="carrier cap"),
        pytest.param("21611", 1, True, NOON + timedelta(hours=1), True, id="queue full"),
        pytest.param("20003", 9, True, NOON + timedelta(hours=1), True, id="wrong token, however often"),
        pytest.param("535 5.7.8", 9, True, NOON + timedelta(hours=1), True, id="wrong password"),
        pytest.param("530 5.7.0", 9, True, NOON + timedelta(hours=1), True, id="STARTTLS first"),
        pytest.param("no login", 9, True, NOON + timedelta(hours=1), True, id="the relay offers no login"),
        pytest.param("550 5.7.1", 1, False, NOON + timedelta(hours=1), True, id="one server's policy"),
        pytest.param("550 5.7.1", 3, False, None, True, id="three servers' policy"),
        pytest.param("550 5.7.1", 3, True, None, False, id="three servers' policy, this one twice"),
    ],
)
def test_a_refusal_of_the_sender_pauses_it(code, people, again, until, may_repeat):
    found = trouble(RULES, code, NOON, people=people, again=again)

    assert (found.until, found.may_repeat) == (until, may_repeat)
    assert code in found.why


def test_one_odd_server_that_refuses_again_ends_its_touch_and_pauses_nobody():
    assert trouble(RULES, "550 5.7.1", NOON, people=1, again=True) is None


@pytest.mark.parametrize(
    ("kind", "details", "fault"),
    [
        (EventKind.COMPLAINED, {}, Fault.COMPLAINT),
        (EventKind.BOUNCED, {"hard": True}, Fault.BOUNCE),
        (EventKind.BOUNCED, {"hard": False, "blame": "sender"}, Fault.REFUSAL),
        (EventKind.BOUNCED, {"hard": False, "blame": "temporary"}, None),
        (EventKind.REPLIED, {}, None),
    ],
)
def test_what_counts_against_a_sender(kind, details, fault):
    assert fault_of(Event("e", kind, "lead", NOON, details=details)) is fault


def test_mailboxes_of_a_domain_share_their_reputation_and_numbers_do_not():
    assert reputation_of(Sender("a", Channel.EMAIL, "anna@News.example.com")) == "news.example.com"
    assert reputation_of(Sender("b", Channel.SMS, "+12015550190")) == "+12015550190"


@pytest.mark.parametrize(
    ("code", "tells"),
    [
        ("550 5.7.1", True),
        ("30007", True),
        ("552 5.7.0", True),
        ("535 5.7.8", False),
        ("20003", False),
        ("30023", False),
    ],
)
def test_a_wrong_password_says_nothing_about_our_standing(code, tells):
    assert tells_of_reputation(code) is tells
