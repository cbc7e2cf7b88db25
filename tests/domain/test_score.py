"""Every point has a reason, fades by halves, and stops at its cap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from nurture.domain.errors import Invalid
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Lead
from nurture.domain.score import (
    Points,
    ScoreRules,
    earn,
    engagement,
    faded,
    fit,
    most,
    reached,
    reasons,
    temperature,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULES = ScoreRules.from_document(
    {
        "fit_cap": 30,
        "engagement_cap": 50,
        "bands": {"cold": 0, "hot": 60, "warm": 30},
        "thresholds": {"mql": 40},
        "fit": [
            {"rule": "size", "if": "lead.company_size >= 200", "points": 20},
            {"rule": "german", "if": 'lead.language == "de"', "points": 15, "why": "speaks German"},
            {"rule": "student", "if": '"student" in lead.title', "points": -25},
            {"rule": "phone", "if": "known(lead.phone)", "points": 5},
        ],
        "engagement": [
            {"rule": "click", "on": "clicked", "points": 10, "half_life": "7 days", "cap": 25},
            {"rule": "pricing", "on": "clicked", "link": "pricing", "points": 20, "half_life": "14 days", "cap": 40},
            {"rule": "no", "on": "replied", "intent": "not_interested", "points": -30, "half_life": "30 days",
             "cap": -45},
            {"rule": "import", "on": "happened", "name": "used_feature", "where": {"name": "import"}, "points": 8,
             "half_life": "10 days"},
        ],
    }
)  # fmt: skip
SHIPPED = ScoreRules.from_document(YAML(typ="safe").load(Path("policies/score.yaml").read_text()))


def lead(**fields):
    return Lead(id="ada", fields=fields, known=frozenset(fields))


def event(kind, day=0.0, name="", **details):
    return Event(id=f"{kind}-{day}", kind=kind, lead="ada", at=START + timedelta(days=day), name=name, details=details)


def click(day=0.0, human=True, link="docs"):
    return event(EventKind.CLICKED, day, link=link, human=human)


def after(*events):
    card = {}
    for each in events:
        card = earn(RULES, card, each)
    return card


@pytest.mark.parametrize(
    ("person", "points"),
    [
        pytest.param(lead(), 0, id="nothing known"),
        pytest.param(lead(company_size=250), 20, id="one rule"),
        pytest.param(lead(company_size=250, language="de"), 30, id="cut at the cap"),
        pytest.param(lead(title="Student of physics"), -25, id="below zero"),
        pytest.param(lead(phone="known"), 5, id="identity is known, never seen"),
    ],
)
def test_fit_is_the_sum_of_what_holds(person, points):
    assert fit(RULES, person) == points


def test_points_halve_every_half_life():
    card = after(click())

    assert [engagement(RULES, card, START + timedelta(days=day)) for day in (0, 7, 14, 21)] == [10, 5, 2.5, 1.25]


def test_points_add_up_faded_and_stop_at_the_cap():
    card = after(click(0), click(7))
    assert card == {"click": Points(15.0, START + timedelta(days=7))}

    card = after(click(0), click(0), click(0), click(0))
    assert card["click"].value == 25


def test_one_event_may_earn_by_several_rules():
    card = after(click(link="pricing"))

    assert {name: points.value for name, points in card.items()} == {"click": 10, "pricing": 20}


@pytest.mark.parametrize(
    "nothing",
    [
        pytest.param(event(EventKind.OPENED), id="an open"),
        pytest.param(click(human=False), id="a scanner's click"),
        pytest.param(event(EventKind.CLICKED, link="docs"), id="a click nobody judged"),
        pytest.param(event(EventKind.HAPPENED, name="used_feature"), id="the event without its field"),
        pytest.param(event(EventKind.REPLIED, intent="question"), id="another intent"),
        pytest.param(event(EventKind.DELIVERED), id="a delivery"),
    ],
)
def test_what_proves_nothing_scores_nothing(nothing):
    card = {"click": Points(5.0, START)}

    assert earn(RULES, card, nothing) is card


def test_a_late_event_counts_as_if_it_had_come_in_time():
    in_order, late = after(click(0), click(7)), after(click(7), click(0))

    assert late["click"].as_of == in_order["click"].as_of
    assert late["click"].value == pytest.approx(in_order["click"].value)


def test_a_no_takes_points_away_and_engagement_never_goes_below_zero():
    card = after(click(), event(EventKind.REPLIED, intent="not_interested"))

    assert card["no"].value == -30
    assert engagement(RULES, card, START) == 0


def test_the_reasons_add_up_to_the_score_and_the_weightiest_comes_first():
    ada = lead(company_size=250, language="de")
    card = after(click(link="pricing"), click(link="pricing"), click())
    now = START + timedelta(days=1)

    told = reasons(RULES, ada, card, now)

    assert sum(each.points for each in told) == pytest.approx(fit(RULES, ada) + engagement(RULES, card, now))
    assert [abs(each.points) for each in told] == sorted((abs(each.points) for each in told), reverse=True)
    assert {each.rule: each.why for each in told} == {
        "pricing": "clicked link pricing, halved every 14 days, at most 40",
        "click": "clicked, halved every 7 days, at most 25",
        "size": "lead.company_size 250 >= 200",
        "german": "speaks German",
        "fit-cap": "fit ends at 30",
        "engagement-cap": "engagement stays between 0 and 50",
    }


@pytest.mark.parametrize(
    ("score", "band"), [(100, "hot"), (60, "hot"), (59.99, "warm"), (30, "warm"), (0, "cold"), (-20, "cold")]
)
def test_temperature(score, band):
    assert temperature(RULES, score) == band


def test_thresholds():
    assert reached(RULES, "mql", 40)
    assert not reached(RULES, "mql", 39.9)
    assert not reached(RULES, "sql", 1_000)


def test_a_rule_that_left_the_policy_counts_no_more():
    assert engagement(RULES, {"gone": Points(50.0, START)}, START) == 0


KINDS = st.sampled_from(
    [
        click(), click(link="pricing"), event(EventKind.REPLIED, intent="not_interested"), event(EventKind.OPENED),
        event(EventKind.HAPPENED, name="used_feature", **{}),
    ]
)  # fmt: skip


@given(st.lists(st.tuples(KINDS, st.floats(0, 400)), max_size=30), st.floats(-10, 4_000))
def test_caps_hold_and_nothing_fades_below_zero(happenings, later):
    card = {}
    for each, day in happenings:
        card = earn(
            RULES, card, Event(each.id, each.kind, "ada", START + timedelta(days=day), each.name, details=each.details)
        )
    now = START + timedelta(days=later)

    caps = {rule.id: rule.cap for rule in RULES.engagement}
    assert all(0 <= points.value / caps[name] <= 1 for name, points in card.items())
    assert 0 <= engagement(RULES, card, now) <= most(RULES, card) <= RULES.engagement_cap
    assert sum(each.points for each in reasons(RULES, lead(), card, now)) == pytest.approx(engagement(RULES, card, now))


@given(st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0.01, 1e4))
def test_decay_never_grows_and_never_turns_negative(value, sooner, longer, half_life):
    first, second = sorted((sooner, longer))
    left = [faded(value, timedelta(days=days), timedelta(days=half_life)) for days in (first, second)]

    assert value >= left[0] >= left[1] >= 0


@given(st.floats(0, 1e6), st.floats(-1e4, 0))
def test_a_clock_that_runs_back_changes_nothing(value, age):
    assert faded(value, timedelta(days=age), timedelta(days=7)) == value


@pytest.mark.parametrize(
    ("document", "mistakes"),
    [
        pytest.param(
            {"fit": [{"rule": "x", "if": "lead.a >", "points": 3}]}, ["fit[0].if: column"], id="broken condition"
        ),
        pytest.param(
            {"fit": [{"rule": "x", "if": "replied", "points": 3}]},
            ["only ask the lead's fields, not replied"],
            id="event",
        ),
        pytest.param(
            {"fit": [{"rule": "x", "if": "score > 3", "points": 3}]}, ["not score"], id="fit asks for the score"
        ),
        pytest.param(
            {"fit": [{"rule": "x", "points": "3"}]}, ["fit[0].if: a text", "fit[0].points: a whole number"], id="both"
        ),
        pytest.param(
            {"engagement": [{"rule": "x", "on": "clickd", "points": 3, "half_life": "7 business days"}]},
            ['engagement[0].on: there is no event kind "clickd"', "engagement[0].half_life: a plain duration"],
            id="engagement",
        ),
        pytest.param(
            {"engagement": [{"rule": "x", "on": "clicked", "points": 9, "half_life": "soon", "cap": 3}]},
            ["leaves no room for 9 points", '"soon" is not a duration'],
            id="cap and half-life",
        ),
        pytest.param(
            {"engagement": [{"rule": "x", "on": "clicked", "points": 9, "half_life": "0 days"}]},
            ["longer than"],
            id="zero",
        ),
        pytest.param({"bands": {"hot": 80}}, ["one band must begin at 0"], id="bands"),
        pytest.param({"fitt": []}, ['fitt: unknown key. Did you mean "fit"?'], id="unknown key"),
        pytest.param(
            {"fit": [{"rule": "x", "if": "true", "points": 1}, {"rule": "x", "if": "true", "points": 1}]},
            ['two rules are called "x"'],
            id="twins",
        ),
        pytest.param("no", ["the document is not a mapping"], id="no mapping"),
    ],
)
def test_a_broken_policy_names_every_mistake(document, mistakes):
    with pytest.raises(Invalid) as refused:
        ScoreRules.from_document(document)

    told = "\n".join(refused.value.problems)
    assert [mistake for mistake in mistakes if mistake not in told] == []


def test_the_shipped_rules_never_score_an_open_nor_what_reps_filled_in():
    filled_in_later = {
        "tags", "lead_quality", "lead_profile", "last_notable_activity", "asymmetrique_activity_index",
        "asymmetrique_profile_index", "asymmetrique_activity_score", "asymmetrique_profile_score", "converted",
    }  # fmt: skip

    assert EventKind.OPENED not in {rule.on for rule in SHIPPED.engagement}
    assert filled_in_later & {name for rule in SHIPPED.fit for name in rule.when.fields} == set()
    assert all(rule.why for rule in (*SHIPPED.fit, *SHIPPED.engagement))


@pytest.mark.parametrize(
    ("person", "points"),
    [
        pytest.param(
            lead(industry="Software", title="VP Sales", company_size=400, budget=20_000, need="faster reports"),
            12 + 18 + 15 + 15 + 10, id="a buyer",
        ),
        pytest.param(lead(title="Working student", company_size=1, need="just looking"), -15 - 10 - 8, id="a student"),
        pytest.param(lead(title="International Buyer"), 0, id="international is no intern"),
        pytest.param(
            lead(
                lead_origin="Lead Add Form", lead_source="Reference", total_time_spent_on_website="0",
                what_is_your_current_occupation="Working Professional", specialization="Finance Management",
            ),
            35 + 10 + 35 + 4, id="a referred professional",
        ),
        pytest.param(
            lead(lead_origin="API", last_activity="Olark Chat Conversation", total_time_spent_on_website=0),
            -12, id="a chat visitor",
        ),
    ],
)  # fmt: skip
def test_the_shipped_rules_know_buyers_from_visitors(person, points):
    assert fit(SHIPPED, person) == points
