"""Pausing, resuming and stopping by hand: stored first, then told, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nurture.domain.events import EventKind
from nurture.domain.touch import Touch
from tests.cli.office import MIRA, MONDAY, Office, awake


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys)
    office.knows(MIRA)
    office.temporal.pictures[MIRA.id] = awake("is paused until Wed 01 Apr")
    return office


def test_a_pause_is_stored_told_and_answered(office):
    ran = office.run("pause", MIRA.email, "--until", "2026-04-01", "--why", "asked for time", "--by", "grace")

    assert (ran.code, ran.out) == (0, "Mira Sandoval is paused. Next: is paused until Wed 01 Apr\n")
    (fact,) = office.facts(MIRA.id)
    assert fact.kind is EventKind.PAUSED
    assert fact.details == {"until": "2026-04-01T04:00:00+00:00", "why": "asked for time", "by": "grace"}
    assert office.temporal.heard == [fact]
    assert office.untold() == []


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2026-04-01", datetime(2026, 4, 1, 4, tzinfo=UTC)),
        ("2026-04-01T09:00", datetime(2026, 4, 1, 13, tzinfo=UTC)),
        ("2026-04-01T09:00+02:00", datetime(2026, 4, 1, 7, tzinfo=UTC)),
    ],
    ids=["midnight of the lead's own day", "an hour of the lead's own day", "an hour with its own zone"],
)
def test_a_pause_until_a_moment_ends_at(office, text, until):
    office.run("pause", MIRA.email, "--until", text)

    assert office.temporal.heard[0].details["until"] == until.isoformat()


def test_a_pause_for_a_while_counts_from_now(office):
    office.run("pause", MIRA.email, "--until", "2 weeks")

    until = datetime.fromisoformat(str(office.temporal.heard[0].details["until"]))
    assert timedelta(0) <= until - MONDAY - timedelta(weeks=2) < timedelta(hours=1)


def test_a_pause_in_business_days_counts_working_days(office):
    office.run("pause", MIRA.email, "--until", "5 business days")

    until = datetime.fromisoformat(str(office.temporal.heard[0].details["until"]))
    assert until - MONDAY > timedelta(days=6)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-02-27", '"2026-02-27" is past (2026-02-27 05:00 UTC). Name a day that is still to come.'),
        ("soon", '"soon" is neither a day nor a duration. Write --until 2026-04-01'),
    ],
    ids=["yesterday", "no time at all"],
)
def test_a_pause_without_an_end_is_refused_and_nothing_is_stored(office, text, says):
    ran = office.run("pause", MIRA.email, "--until", text)

    assert ran.code == 1
    assert says in ran.err
    assert office.facts(MIRA.id) == []


def test_a_pause_must_say_until_when(office):
    ran = office.run("pause", MIRA.email)

    assert ran.code == 2
    assert "--until" in ran.err


def test_a_lead_without_a_zone_is_paused_on_the_clock_of_the_company(office):
    nowhere = replace(MIRA, id="nowhere-1", email="nowhere@example.com", phone="", timezones=(), country="")
    office.knows(nowhere)

    office.run("pause", "nowhere@example.com", "--until", "2026-04-01")

    zone = office.inside(_zone)
    until = datetime.fromisoformat(str(office.temporal.heard[0].details["until"]))
    assert until.astimezone(zone).replace(tzinfo=None) == datetime(2026, 4, 1)  # noqa: DTZ001


async def _zone(house):
    from nurture.domain.wallclock import zone_of

    return zone_of(house.policies.timezone)


def test_a_lead_goes_on(office):
    ran = office.run("resume", MIRA.email, "--why", "she called back", "--json")

    assert ran.code == 0
    (fact,) = office.facts(MIRA.id)
    assert (fact.kind, fact.name) == (EventKind.RESUMED, "")
    assert fact.details == {"why": "she called back", "by": "operator"}
    assert (ran.json["told"], ran.json["event"]) == (True, fact.id)
    assert ran.json["next"] == "is paused until Wed 01 Apr"


def test_a_lead_stops_one_sequence(office):
    ran = office.run("stop", MIRA.email, "--sequence", "trial-nurture", "--why", "bought elsewhere")

    (fact,) = office.facts(MIRA.id)
    assert (fact.kind, fact.name) == (EventKind.STOPPED, "trial-nurture")
    assert fact.details == {"why": "bought elsewhere", "by": "operator"}
    assert ran.out.startswith("Mira Sandoval is stopped in trial-nurture. Next: ")


def test_a_lead_stops_everything(office):
    office.run("stop", MIRA.email)

    assert [(fact.kind, fact.name) for fact in office.facts(MIRA.id)] == [(EventKind.STOPPED, "")]


def test_an_unknown_sequence_stops_nothing(office):
    ran = office.run("stop", MIRA.email, "--sequence", "trail-nurture")

    assert ran.code == 1
    assert 'There is no sequence "trail-nurture". Use one of ' in ran.err
    assert office.facts(MIRA.id) == []


def test_the_planner_hears_what_the_commands_write(office):
    """The details are exactly those that `observe` reads."""
    from nurture.domain.journey import observe
    from nurture.domain.lead import Lead
    from nurture.domain.state import Book, LeadState

    for words in (["pause", MIRA.email, "--until", "2 weeks"], ["stop", MIRA.email], ["resume", MIRA.email]):
        office.run(*words)

    async def states(house):
        book, state = Book({}, house.policies), LeadState(Lead(MIRA.id))
        paused = observe(book, state, office.temporal.heard[0])
        return paused, observe(book, paused, office.temporal.heard[2])

    paused, resumed = office.inside(states)
    assert paused.pause is not None
    assert paused.pause.why == "paused by hand"
    assert resumed.pause is None


def test_what_temporal_cannot_hear_is_stored_silences_and_waits_for_the_relay(tmp_path, monkeypatch, capsys):
    office = Office.open(tmp_path, monkeypatch, capsys, reachable=False)
    office.knows(MIRA)

    ran = office.run("stop", MIRA.email, "--json")

    assert ran.code == 1
    assert "It is stored that Mira Sandoval is stopped; do not repeat it." in ran.err
    assert "Start it with nurture up, or set NURTURE_TEMPORAL_ADDRESS." in ran.err
    assert (ran.json["told"], ran.json["kind"]) == (False, "stopped")
    assert [fact.kind for fact, _ in office.untold()] == [EventKind.STOPPED]
    touch = Touch("t", MIRA.id, "trial-nurture", "v1", "welcome", "email", "trial-nurture/welcome")
    facts = office.inside(lambda house: house.store.ledger.outset(touch, house.clock.now())).facts
    assert facts.unheard
