"""The simulator: the same seed gives the same weeks, and no week breaks a promise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from nurture.domain.build import build
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel, Lead
from nurture.domain.personas import Persona, personas_of
from nurture.domain.quiet import quiet_until
from nurture.domain.senders import Sender, cap_on, day_of
from nurture.domain.simulator import Person, Simulator, World
from nurture.domain.state import Book
from nurture.domain.tally import Tally
from tests.domain.journeys import MONDAY, shipped_policies

START = MONDAY.replace(hour=0)
OFFICE = {"timezone": "lead", "window": "office-hours", "spread": "40 minutes"}
STEPS: list[dict[str, Any]] = [
    {"id": "welcome", "after": "20 minutes", "email": "welcome"},
    {"id": "second", "after": "1 day", "email": "second"},
    {"id": "text", "after": "1 hour", "first_possible": [{"sms": "text"}, {"email": "text"}]},
    {"id": "call", "after": "1 day", "call": "talk", "wait": "up to 2 days"},
    {"id": "third", "after": "2 hours", "email": "third"},
    {"id": "fourth", "after": "2 hours", "email": "fourth"},
    {"id": "recycle", "move": "nurture", "enroll": "letters", "reason": "silent"},
]
TRIAL = {
    "sequence": "trial",
    "enter": {"on": "trial_started"},
    "timing": OFFICE,
    "limits": {"email": "3 per week"},
    "sender": {"pool": "sdr-mailboxes"},
    "stop": [{"when": "replied(interested)", "then": {"move": "mql", "handoff": "hot"}}],
    "pause": [{"when": "out_of_office", "until": "return date, else 5 business days"}],
    "handoffs": {
        "hot": {"route": "sdr", "accepted": {"move": "sal"}, "rejected": {"bad_fit": {"move": "unqualified"}}}
    },
    "steps": STEPS,
}
LETTERS = {
    "sequence": "letters",
    "enter": {"by_hand": True},
    "timing": OFFICE,
    "steps": [{"id": "one", "after": "7 days", "email": "one"}, {"id": "two", "after": "7 days", "email": "two"}],
}
LIVELY = {
    "habits": {
        "email": {
            "opens": "60%",
            "clicks": "30%",
            "replies": {"interested": "6%", "question": "4%"},
            "out_of_office": "6%",
            "opts_out": "8%",
            "bounces": "2%",
        },
        "sms": {"opts_out": "10%", "replies": {"interested": "10%"}},
    },
    "phone": {"connected": "40%", "wrong_number": "10%"},
    "events": {"used_feature": "10%"},
    "hours": [0.5, 40],
}
SILENT: dict[str, Any] = {"habits": {}}


@dataclass
class Log(Tally):
    """A tally that also writes down every touch and every word of a person, with its moment."""

    said: list[tuple[str, str, Channel, datetime, str]] = field(default_factory=list)
    heard: list[tuple[str, str, datetime]] = field(default_factory=list)

    def speaks(self, touch, sender, sender_day, now):
        super().speaks(touch, sender, sender_day, now)
        self.said.append((touch.lead, touch.step, touch.channel, now, sender))

    def asks(self, touch, rep, now):
        super().asks(touch, rep, now)
        self.said.append((touch.lead, touch.step, touch.channel, now, ""))

    def hears(self, event):
        super().hears(event)
        self.heard.append((event.lead, str(event.kind), event.at))


def world(
    *documents: dict[str, Any], seed: int = 1, doors: dict[str, tuple[str, ...]] | None = None, **changed: Any
) -> World:
    policies = replace(shipped_policies(caps=True), **changed)
    sequences = {document["sequence"]: build(document["sequence"], document) for document in documents}
    links = {f"email/{step}": ("pricing", "tour") for step in ("welcome", "second", "third", "fourth")}
    return World(Book(sequences, policies), {name: name for name in sequences}, links, seed, doors or {})


def people(
    count: int, sequence: str = "trial", habits: dict[str, Any] = LIVELY, over: int = 10, **lead: Any
) -> list[Person]:
    persona = personas_of({"someone": {"lead": {}, **habits}})["someone"]
    return [_person(number, sequence, persona, timedelta(days=over) * number / count, lead) for number in range(count)]


def _person(number: int, sequence: str, persona: Persona, later: timedelta, lead: dict[str, Any]) -> Person:
    zone = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")[number % 3]
    country = {"Europe/Berlin": "DE", "America/New_York": "US", "Asia/Kolkata": "IN"}[zone]
    facts = {"region": "NY"} if country == "US" else {}
    who = Lead(f"lead-{number}", facts, frozenset({"email", "phone"}), zone, country, "website")
    return Person(replace(who, **lead), persona, sequence, START + later)


def simulated(where: World, crowd: list[Person], days: int = 60) -> Log:
    log = Log(START)
    Simulator(where, crowd, START, days, log).run()
    return log


@pytest.fixture(scope="module")
def lively() -> Log:
    return simulated(world(TRIAL, LETTERS), people(240))


def test_the_same_seed_gives_the_same_weeks(lively):
    again = simulated(world(TRIAL, LETTERS), people(240))

    assert again.as_json() == lively.as_json()
    assert again.said == lively.said


def test_another_seed_gives_other_weeks(lively):
    other = simulated(world(TRIAL, LETTERS, seed=2), people(240))

    assert other.as_json() != lively.as_json()


def test_everybody_ends_at_a_stage_and_something_of_everything_happened(lively):
    assert sum(lively.stages.values()) == 240
    assert {"nurture", "sal", "unqualified"} <= lively.stages.keys()
    assert {channel for _, channel in lively.touches} == {"email", "sms", "call"}
    assert {"opened", "clicked", "opted_out", "bounced", "auto_replied", "replied interested"} <= lively.answers.keys()
    assert lively.handoffs["accepted"] + lively.handoffs["rejected"] == lively.handoffs["created"] > 0


def test_no_person_gets_more_than_the_caps_in_any_span_of_days(lively):
    caps = (*shipped_policies(caps=True).caps, ("email", 3, 7))
    by_person: dict[str, list[tuple[Channel, datetime]]] = {}
    for lead, _, channel, at, _ in lively.said:
        by_person.setdefault(lead, []).append((channel, at))

    checked = 0
    for touches in by_person.values():
        for scope, most, days in caps:
            marks = [at for channel, at in touches if scope in ("any", channel)]
            for first in marks:
                inside = [at for at in marks if first <= at < first + timedelta(days=days)]
                assert len(inside) <= most, (scope, most, days, inside)
                checked += 1
    assert checked > 1_000


@pytest.mark.parametrize("kind", ["opted_out", "complained", "replied"])
def test_nothing_is_said_after_the_person_ended_it(kind):
    habits = {"habits": {"email": {"opts_out": "20%", "complains": "20%", "replies": {"unclear": "20%"}}}}

    log = simulated(world(TRIAL, LETTERS), people(200, habits=habits))

    ended = {lead: at for lead, told, at in log.heard if told == kind}
    assert len(ended) > 20
    assert [(lead, at) for lead, _, _, at, _ in log.said if lead in ended and at > ended[lead]] == []


def test_a_dead_mailbox_is_written_to_once():
    log = simulated(world(TRIAL, LETTERS), people(60, habits={"habits": {"email": {"bounces": "100%"}}}))

    mails = Counter(lead for lead, _, channel, _, _ in log.said if channel is Channel.EMAIL)
    assert set(mails.values()) == {1}


def test_bought_addresses_are_never_let_in():
    log = simulated(world(TRIAL, LETTERS), people(50, source="purchased"))

    assert log.refused == {"source_not_mailable": 50}
    assert log.said == []
    assert log.starved == {}


def test_no_mailbox_sends_more_than_its_day_allows():
    crowd = people(900, habits=SILENT, over=1)
    where = world({**TRIAL, "steps": STEPS[:2]}, LETTERS)

    log = simulated(where, crowd)

    senders = {sender.id: sender for pool in where.book.policies.senders.pools.values() for sender in pool}
    loads = Counter((name, day_of(senders[name], at)) for _, _, _, at, name in log.said if name)
    assert loads == log.mailboxes
    assert all(count <= cap_on(senders[name], day) for (name, day), count in loads.items())
    assert log.held["sender_full"] > 0
    assert max(loads.values()) == 120


def test_a_full_mailbox_delays_and_loses_nobody():
    only = Sender("anna", Channel.EMAIL, "anna@example.com", daily_cap=5, timezone="Europe/Berlin")
    policies = shipped_policies(caps=True)
    senders = replace(policies.senders, pools={**policies.senders.pools, "sdr-mailboxes": (only,)})
    welcome = {**TRIAL, "steps": STEPS[:1]}

    log = simulated(world(welcome, LETTERS, senders=senders), people(40, habits=SILENT, over=1))

    assert log.steps == {("trial", "welcome", "email"): 40}
    assert max(log.mailboxes.values()) == 5
    assert len(log.mailboxes) == 8
    assert log.held["sender_full"] <= 35, "a waiting touch tries once more, not once a day"


def test_touches_leave_inside_the_window_and_the_lawful_hours():
    crowd = people(150, habits=SILENT)
    log = simulated(world(TRIAL, LETTERS), crowd)
    zones = {person.lead.id: person.lead.timezone for person in crowd}

    for lead, step, _, at, _ in log.said:
        local = shipped_policies().calendar("office-hours", zones[lead])
        assert local.is_open(at), (lead, step, at)


def test_an_hour_the_law_forbids_puts_a_text_off():
    early = {
        "sequence": "early",
        "enter": {"by_hand": True},
        "timing": {"timezone": "lead", "window": "any-time"},
        "steps": [{"id": "text", "sms": "text"}],
    }
    crowd = people(30, "early", habits=SILENT)
    log = simulated(world(early, LETTERS), crowd)

    who = {person.lead.id: person.lead for person in crowd}
    assert log.held["quiet_hours"] > 0
    assert len(log.said) == 30
    for lead, _, channel, at, _ in log.said:
        place = (who[lead].country, str(who[lead].fields.get("region", "")), (who[lead].timezone,))
        assert quiet_until(shipped_policies().quiet, channel, *place, at) is None


def test_nobody_is_texted_where_no_hour_is_known_to_be_lawful():
    text = {"sequence": "text", "enter": {"by_hand": True}, "steps": [{"id": "text", "sms": "text"}]}
    log = simulated(world(text, LETTERS), people(10, "text", habits=SILENT, timezone="", country=""))

    assert log.said == []
    assert sum(log.starved.values()) == 10


def test_opens_are_counted_though_no_rule_asks_for_them():
    habits = {"habits": {"email": {"opens": "100%"}}}
    asking = {**TRIAL, "watch": [{"when": "opened(welcome)", "then": {"handoff": "hot"}}]}

    deaf = simulated(world(TRIAL, LETTERS), people(30, habits=habits))
    asked = simulated(world(asking, LETTERS), people(30, habits=habits))

    mails = sum(count for (_, _, channel), count in deaf.steps.items() if channel == "email")
    assert deaf.answers["opened"] == pytest.approx(mails, abs=3)
    assert asked.answers["opened"] > 0
    assert (deaf.handoffs["created"], asked.handoffs["created"]) == (0, 30)


def test_an_event_opens_the_door_of_another_sequence():
    demo = {
        "sequence": "demo",
        "enter": {"on": "demo_requested"},
        "timing": OFFICE,
        "steps": [{"id": "hello", "email": "hello"}],
    }
    habits = {**SILENT, "habits": {"email": {}}, "events": {"demo_requested": "100%"}}
    doors = {"trial_started": ("trial",), "demo_requested": ("demo",)}

    opened = simulated(world(TRIAL, LETTERS, demo, doors=doors), people(20, habits=habits))
    closed = simulated(world(TRIAL, LETTERS, demo), people(20, habits=habits))

    assert opened.entered["trial"] == closed.entered["trial"] == 20
    assert opened.entered["demo"] == 20
    assert opened.refused["already_in"] + opened.refused["not_again"] > 0
    assert "demo" not in closed.entered


def test_the_event_of_the_door_is_heard_before_anybody_enters():
    watching = {**TRIAL, "watch": [{"when": "engagement >= 15", "then": {"move": "mql"}}]}

    log = simulated(world(watching, LETTERS), people(9, habits=SILENT, over=1), days=2)

    assert log.stages["mql"] == 9, "trial_started brings 20 points"


def test_sales_without_room_waits_and_is_asked_again():
    busy = tuple(replace(rep, capacity=1) for rep in shipped_policies().team)
    habits = {"habits": {"email": {"replies": {"interested": "100%"}}}, "hours": [0.1, 0.2]}

    log = simulated(world(TRIAL, LETTERS, team=busy), people(60, habits=habits, over=1), days=40)

    assert log.handoffs["full"] > 0
    assert log.handoffs["created"] > 30


def test_people_stand_where_they_stood_before():
    crowd = [replace(person, stage="nurture") for person in people(12, habits=SILENT)]

    log = simulated(world(TRIAL, LETTERS), crowd, days=1)

    assert log.stages == {"nurture": 12}


def test_who_never_hears_anything_is_counted_with_the_reason():
    closed = {"email": "no_consent", "sms": "no_address", "call": "no_address"}

    log = simulated(world({**TRIAL, "steps": STEPS[:3]}, LETTERS), people(20, habits=SILENT, unreachable=closed))

    assert log.said == []
    assert log.starved == {"call no_address, email no_consent, sms no_address": 20}
    assert log.skipped["trial/welcome", "unreachable"] == 20


def test_progress_goes_from_nothing_to_almost_all():
    told: list[float] = []

    Simulator(world(TRIAL, LETTERS), people(240), START, 60).run(told.append)

    assert told == sorted(told)
    assert all(0 <= share <= 1 for share in told)
    assert len(told) >= 2


def test_what_happens_after_the_end_does_not_count():
    log = simulated(world(TRIAL, LETTERS), people(240), days=3)

    end = START + timedelta(days=3)
    assert all(at <= end for _, _, _, at, _ in log.said)
    assert all(at <= end for _, _, at in log.heard)
    assert log.waiting > 0


def test_an_event_of_our_own_is_no_answer(lively):
    assert EventKind.TOUCHED not in lively.answers
    assert EventKind.ENROLLED not in lively.answers
