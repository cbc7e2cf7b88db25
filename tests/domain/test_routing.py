"""Which rep gets a lead, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nurture.domain.calendar import Window
from nurture.domain.errors import Misconfigured, NotFound
from nurture.domain.lead import Lead
from nurture.domain.routing import RoutingRules, is_away, route
from nurture.domain.tasks import Rep

NOW = datetime(2026, 3, 24, 13, tzinfo=UTC)  # Tuesday: 14:00 in Berlin, 09:00 in New York, 18:30 in Kolkata
RULES = RoutingRules.from_document(
    {
        "territories": {"dach": ["DE", "AT", "CH"], "west-coast": ["US-CA", "US-WA"]},
        "routes": {
            "sdr": {"pool": "sdr", "prefer": ["owner", "language", "territory", "working"]},
            "turns": {"pool": "sdr"},
            "busy": {"pool": "sdr", "pick": "least_busy"},
            "chance": {"pool": "sdr", "pick": "random"},
            "enterprise": {"pool": "sdr", "require": ["skill"], "skills": ["enterprise"], "else": "owner else anna"},
            "product": {"pool": "sdr", "require": ["skill"], "skill_from": "lead.product"},
            "present": {"pool": "sdr", "require": ["working"], "else": "turns"},
            "mine": {"pool": "sdr", "require": ["owner"]},
        },
    },
    {"office-hours": Window.parse("office-hours", "mon-fri: 09:00-17:00")},
)
ANNA = Rep(
    "anna", "Anna Keller", pools=("sdr",), timezone="Europe/Berlin", languages=("de", "en"), territories=("dach",),
    cover="ben", last_assigned_at=NOW - timedelta(hours=1), open_tasks=10, capacity=20,
)  # fmt: skip
BEN = Rep(
    "ben", "Ben Ackerman", pools=("sdr",), timezone="America/New_York", languages=("en",),
    territories=("US", "west-coast"), skills=("payments",),
    last_assigned_at=NOW - timedelta(hours=3), open_tasks=3, capacity=20,
)  # fmt: skip
DEV = Rep(
    "dev", "Dev Malhotra", pools=("sdr",), timezone="Asia/Kolkata", languages=("en", "hi"), territories=("IN",),
    last_assigned_at=NOW - timedelta(hours=2), open_tasks=1, capacity=2,
)  # fmt: skip
GRACE = Rep("grace", "Grace Oduya", pools=("account-executives",), skills=("enterprise",))
TEAM = (ANNA, BEN, DEV, GRACE)


def lead(country="", owner="", **fields):
    """Return a lead with these facts."""
    return Lead("lead-1", fields=fields, country=country, owner=owner)


def but(rep: Rep, **changes) -> Rep:
    """Return a rep with other facts."""
    return replace(rep, **changes)


@pytest.mark.parametrize(
    ("facts", "rep", "because"),
    [
        pytest.param(lead(owner="dev"), "dev", "Dev Malhotra is the owner", id="the owner first"),
        pytest.param(lead("DE", language="de"), "anna", "1 of 3 by language", id="somebody who speaks German"),
        pytest.param(
            lead("AT", language="fr"), "anna", "nobody by language; 1 of 3 by territory", id="then the territory"
        ),
        pytest.param(lead("IN", language="en"), "dev", "3 of 3 by language; 1 of 3 by territory", id="India is Dev's"),
        pytest.param(lead("US", language="en", region="CA"), "ben", "1 of 3 by territory", id="California is Ben's"),
        pytest.param(lead("BR"), "ben", "2 of 3 by working; Ben Ackerman by round robin", id="who works now, in turn"),
        pytest.param(lead(owner="left-us"), "ben", "left-us is not in the team", id="the owner left the company"),
    ],
)
def test_who_gets_the_lead_and_why(facts, rep, because):
    choice = route(RULES, "sdr", TEAM, facts, NOW)

    assert choice.rep == rep
    assert because in choice.why
    assert choice.pool == "sdr"


def test_round_robin_takes_who_waited_longest_and_a_newcomer_first():
    assert route(RULES, "turns", TEAM, lead(), NOW).rep == "ben"
    assert route(RULES, "turns", (*TEAM, Rep("eve", "Eve Stone", pools=("sdr",))), lead(), NOW).rep == "eve"


def test_turns_go_round():
    team, got = list(TEAM[:3]), []
    for minute in range(6):
        now = NOW + timedelta(minutes=minute)
        got.append(route(RULES, "turns", team, Lead(f"lead-{minute}"), now).rep)
        team = [but(rep, last_assigned_at=now) if rep.id == got[-1] else rep for rep in team]

    assert got == ["ben", "dev", "anna"] * 2


def test_the_least_busy_is_who_has_the_smallest_share_in_use():
    assert route(RULES, "busy", TEAM, lead(), NOW).rep == "ben"


def test_chance_is_stable_for_a_lead_and_fair_over_many():
    chosen = [route(RULES, "chance", TEAM, Lead(f"lead-{n}"), NOW).rep for n in range(600)]

    assert route(RULES, "chance", TEAM, Lead("lead-7"), NOW).rep == chosen[7]
    assert all(150 <= chosen.count(rep) <= 250 for rep in ("anna", "ben", "dev"))


def test_whose_hands_are_full_is_left_out():
    busy = (ANNA, but(BEN, open_tasks=20), DEV)

    assert route(RULES, "turns", busy, lead(), NOW).rep == "dev"


def test_when_all_hands_are_full_sales_is_full():
    full = tuple(but(rep, open_tasks=rep.capacity) for rep in TEAM)
    choice = route(RULES, "sdr", full, lead(owner="anna"), NOW)

    assert (choice.rep, choice.full, choice.pool) == ("", True, "sdr")
    assert "Anna Keller is the owner but has 20 of 20 tasks open" in choice.why
    assert "all 3 who fit in sdr have their hands full" in choice.why


def test_nobody_there_is_not_the_same_as_full():
    choice = route(RULES, "turns", (GRACE,), lead(), NOW)

    assert (choice.rep, choice.full) == ("", False)


def test_an_owner_who_is_away_is_covered():
    team = (but(ANNA, away=(("2026-03-23", "2026-03-27"),)), BEN, DEV)
    choice = route(RULES, "sdr", team, lead("DE", owner="anna", language="de"), NOW)

    assert choice.rep == "ben"
    assert choice.why == "Anna Keller is away, Ben Ackerman covers"


def test_when_the_cover_is_away_too_the_pool_is_asked():
    away = (("2026-03-23", "2026-03-27"),)
    choice = route(RULES, "sdr", (but(ANNA, away=away), but(BEN, away=away), DEV), lead(owner="anna"), NOW)

    assert choice.rep == "dev"
    assert "Anna Keller is away and nobody covers" in choice.why


@pytest.mark.parametrize(
    ("now", "away"),
    [
        (datetime(2026, 3, 22, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 22, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 27, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 27, 23, 0, tzinfo=UTC), False),
    ],
)
def test_time_off_begins_and_ends_at_the_reps_own_midnight(now, away):
    assert is_away(but(ANNA, away=(("2026-03-23", "2026-03-27"),)), now) is away


def test_who_had_it_before_does_not_get_it_again():
    assert route(RULES, "turns", TEAM, lead(), NOW, exclude={"ben"}).rep == "dev"
    assert route(RULES, "sdr", TEAM, lead(owner="anna"), NOW, exclude={"anna", "ben"}).rep == "dev"
    assert route(RULES, "turns", TEAM, lead(), NOW, exclude={"anna", "ben", "dev"}).rep == ""


def test_a_requirement_is_never_passed_over():
    assert route(RULES, "product", TEAM, lead(product="payments"), NOW).rep == "ben"

    choice = route(RULES, "product", TEAM, lead(product="payroll"), NOW)
    assert choice.rep == ""
    assert "nobody in sdr meets skill" in choice.why


def test_a_route_that_finds_nobody_hands_on():
    choice = route(RULES, "enterprise", TEAM, lead(owner="dev"), NOW)
    assert choice.rep == "dev"
    assert choice.why == "nobody in sdr meets skill; Dev Malhotra is the owner"

    assert route(RULES, "enterprise", TEAM, lead(), NOW).rep == "anna"
    assert route(RULES, "present", (DEV,), lead(), NOW).rep == "dev"
    assert route(RULES, "mine", TEAM, lead(), NOW).rep == ""


@pytest.mark.parametrize(
    ("chain", "owner", "rep"),
    [
        ("owner else inbox", "anna", "anna"),
        ("owner else inbox", "", ""),
        ("owner else sdr", "", "ben"),
        ("dev else anna", "", "dev"),
        ("inbox", "anna", ""),
    ],
)
def test_chains_as_sequences_write_them(chain, owner, rep):
    assert route(RULES, chain, TEAM, lead(owner=owner), NOW).rep == rep


def test_a_word_that_is_no_route_is_named_with_what_there_is():
    with pytest.raises(NotFound, match=r'There is no route "sdrs"\. Use one of owner, inbox, sdr'):
        route(RULES, "owner else sdrs", TEAM, lead(), NOW)


@pytest.mark.parametrize(
    ("routes", "fact"),
    [
        ({"a": {"prefer": ["langauge"]}}, 'tests "langauge"'),
        ({"a": {"pick": "robin"}}, 'picks by "robin"'),
        ({"a": {"else": "b"}, "b": {"else": "a"}}, "round in a circle"),
    ],
)
def test_routes_that_cannot_work_are_refused(routes, fact):
    with pytest.raises(Misconfigured, match=fact):
        RoutingRules.from_document({"routes": routes}, {})
