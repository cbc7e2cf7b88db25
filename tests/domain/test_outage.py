"""After three days in which nothing ran: windows, caps and one a day hold, and every step that was due has an end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from nurture.domain.build import build
from nurture.domain.lead import Channel, Lead
from nurture.domain.outage import Aftermath, Blackout, Mark, Outage
from nurture.domain.personas import personas_of
from nurture.domain.senders import Sender
from nurture.domain.simulator import Person, World
from nurture.domain.state import Book
from tests.domain.journeys import MONDAY, shipped_policies

START = MONDAY.replace(hour=0)
THREE_DAYS = Outage(START + timedelta(days=1), START + timedelta(days=4))
ZONES = {"GB": "Europe/London", "US": "America/Chicago", "IN": "Asia/Kolkata"}


def letters(name: str, late: str, **timing: str):
    """A sequence with a mail a day, so that an outage always finds one due."""
    steps = [{"id": f"s{n}", "after": "1 day", "email": "x"} for n in range(6)]
    return {
        "sequence": name,
        "enter": {"on": "signed_up"},
        "timing": {"window": "office-hours", "when_late": late, **timing},
        "steps": steps,
    }


def roomy_policies():
    """What we ship, with a mailbox that is never full: the outage alone decides."""
    policies = shipped_policies(caps=True)
    box = (Sender("box", Channel.EMAIL, "box@example.com", daily_cap=1_000_000, spacing=0, jitter=0),)
    senders = replace(policies.senders, pools={"box": box}, defaults={"email": "box"})
    return replace(policies, senders=senders)


def after_an_outage(people: int, *documents, outage=THREE_DAYS, days=20.0):
    """Let each of so many people walk through all of the sequences, with the outage on the way."""
    versions = {each["sequence"]: build(each["sequence"], each) for each in documents}
    policies = roomy_policies()
    world = World(Book(versions, policies), {name: name for name in versions}, doors={"signed_up": list(versions)})
    silent = personas_of({"silent": {"share": 100, "habits": {}}})["silent"]
    crowd = [
        Person(_lead(number), silent, next(iter(versions)), START + timedelta(hours=9, minutes=number % 480))
        for number in range(people)
    ]
    aftermath = Aftermath(START, outage=outage, policies=policies)
    Blackout(world, crowd, START, days, aftermath).run()
    return aftermath


def _lead(number: int) -> Lead:
    country = list(ZONES)[number % len(ZONES)]
    return Lead(f"lead-{number}", {}, frozenset({"email"}), ZONES[country], country, "form")


def test_five_thousand_overdue_steps_keep_windows_caps_and_one_a_day():
    aftermath = after_an_outage(5_000, letters("trial", "skip after 3 days", spread="40 minutes"), days=8)

    assert len(aftermath.overdue) == 5_000
    assert aftermath.broken() == {"outside_window": 0, "over_cap": 0, "overdue_twice_a_day": 0}
    assert sum(count for _, _, count in aftermath.ended()) == 5_000
    assert {what for what, _, _ in aftermath.ended()} == {"sent"}
    assert aftermath.put_off["overdue"] > 4_000


def test_they_do_not_all_leave_in_the_same_second():
    aftermath = after_an_outage(3_000, letters("trial", "next window"), days=5)

    seconds = Counter(mark.at.replace(microsecond=0) for mark in aftermath.marks if mark.is_overdue)
    assert sum(seconds.values()) > 2_000
    assert max(seconds.values()) <= 12


def test_what_is_too_late_by_the_sequences_own_word_is_skipped_with_the_reason():
    aftermath = after_an_outage(60, letters("trial", "skip after 1 day"))

    ends = {(what, why): count for what, why, count in aftermath.ended()}
    assert ends[("skipped", "stale")] > 0
    assert sum(ends.values()) == 60


def test_a_broken_promise_would_be_seen():
    aftermath = Aftermath(START, outage=THREE_DAYS, policies=roomy_policies())
    at = THREE_DAYS.ends
    aftermath.marks += [
        Mark("ada", Channel.EMAIL, at, is_overdue=False, is_open=False),
        Mark("ada", Channel.EMAIL, at + timedelta(hours=23), is_overdue=True, is_open=True),
    ]

    assert aftermath.broken() == {"outside_window": 1, "over_cap": 1, "overdue_twice_a_day": 1}


@pytest.mark.parametrize("late", ["next window", "send", "skip after 20 days"])
def test_nobody_with_three_sequences_gets_all_at_once_what_was_missed(late):
    documents = [letters(name, late) for name in ("one", "two", "three")]
    crowd = after_an_outage(20, *documents)

    assert crowd.broken() == {"outside_window": 0, "over_cap": 0, "overdue_twice_a_day": 0}
    assert any(why != "on day 1 after it" for what, why, _ in crowd.ended() if what == "sent")
