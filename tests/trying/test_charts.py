"""The charts of a simulation: right, the same every time, readable without eyes, and closed to the outside."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from rich.console import Console

from nurture.domain.simulator import Simulator
from nurture.trying.chart_page import chart_page
from nurture.trying.charts import bar, load_strip, nice_top, stacked_bars
from nurture.trying.crowd import Plan, made_up
from nurture.trying.simulated import Simulated, in_order
from nurture.trying.tables import simulation_table, sparkline
from nurture.trying.workshop import Workshop
from tests.trying.room import ROOT

START = datetime(2026, 6, 1, tzinfo=UTC)


def simulate(count: int = 300, seed: int = 1) -> Simulated:
    workshop = Workshop.open(ROOT, 2026)
    plan = Plan(["trial-nurture", "demo-request"], START, timedelta(days=5), seed)
    people = made_up(workshop, plan, count).people
    world = workshop.world(seed, plan.sequences)
    tally = Simulator(world, people, START, 40).run()
    return Simulated(world, tally, plan.sequences, count, 40, "made up <from> personas")


@pytest.fixture(scope="module")
def done() -> Simulated:
    return simulate()


@pytest.fixture(scope="module")
def page(done) -> str:
    return chart_page(done, 1)


class Seen(HTMLParser):
    """What a browser would load, run and read out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.labels: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.loaded += [str(values[name]) for name in ("src", "href", "data") if name in values]
        if tag == "svg":
            assert values["role"] == "img"
            self.labels.append(str(values["aria-label"]))


def test_the_page_is_the_same_every_time(page):
    assert chart_page(simulate(), 1) == page
    assert chart_page(simulate(seed=2), 2) != page


def test_the_page_loads_and_runs_nothing(page):
    seen = Seen(page)

    assert seen.loaded == []
    assert "script" not in seen.tags
    assert "url(" not in page
    assert "@import" not in page


def test_every_chart_says_what_it_shows(page):
    labels = Seen(page).labels

    assert labels[0].startswith("Touches per day, by channel. ")
    assert any(re.fullmatch(r"Load of anna\. \d+ in all, \d+ of 120 on the busiest day", label) for label in labels)
    assert page.count("<title>") > len(labels)


def test_the_page_is_for_light_and_dark(page):
    assert "prefers-color-scheme: dark" in page
    assert "color-scheme: light dark" in page


def test_words_of_others_stay_words(page):
    assert "made up &lt;from&gt; personas" in page
    assert "<from>" not in page


def test_the_page_shows_every_part(page, done):
    for title in (
        "Simulation: trial-nurture, demo-request",
        "Touches per day",
        "Where they stand at the end",
        "Who waits, who starves, and why",
        "The way through trial-nurture",
        "The way through demo-request",
        "The way through quarterly-nurture",
        "Load on mailboxes and numbers",
        "Work for reps",
    ):
        assert f">{title}<" in page
    assert f"{sum(done.tally.touches.values()):,}" in page


def test_stacked_bars_are_a_drawing_with_true_heights():
    chart = stacked_bars(
        {"email": [4, 0, 8], "sms": [4, 0, 0]}, ["1 Jun", "2 Jun", "3 Jun"], "Touches & more", "16 in all"
    )

    root = ElementTree.fromstring(chart)
    groups = root.findall("g")
    assert [group.findtext("title") for group in groups] == ["1 Jun: 4 email, 4 sms", "3 Jun: 8 email"]
    heights = [float(rect.get("height", "")) for rect in groups[0].findall("rect")]
    full = float(groups[1].findall("rect")[0].get("height", ""))
    assert heights[0] == heights[1]
    assert full == pytest.approx(2 * heights[0] + 0.6, abs=0.1)
    assert root.findtext("title") == "Touches & more"


def test_no_touches_are_a_chart_too():
    ElementTree.fromstring(stacked_bars({}, [""] * 5, "Touches", "none"))
    ElementTree.fromstring(load_strip([], [], "Load", "none"))


def test_a_full_day_stands_out():
    root = ElementTree.fromstring(load_strip([5, 2, 0, 6], [5, 5, 5, 0], "Load of anna", "13 in all"))

    assert [rect.get("class") for rect in root.findall("rect")] == ["full", "load", "load"]
    assert len(root.findall("polyline")) == 1


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (3, 4), (5, 8), (9, 10), (11, 20), (100, 100), (101, 200), (3_500, 4_000), (999, 1_000)]
)
def test_an_axis_ends_at_a_round_number(most, top):
    assert nice_top(most) == top


def test_a_bar_fills_its_share():
    assert bar((0.25, "email"), (0.0, "sms"), (1.5, "call")).count("<span style") == 2
    assert "width:25.0%" in bar((0.25, "email"))
    assert "width:100.0%" in bar((1.5, "call"))


def test_a_sparkline_keeps_its_peaks():
    assert sparkline([0, 1, 2, 4, 8]) == " ▁▂▄█"
    assert sparkline([0] * 90 + [8], width=10)[-1] == "█"
    assert len(sparkline(list(range(90)), width=45)) == 45
    assert sparkline([]) == ""
    assert sparkline([1], most=100) == "▁"


def test_the_terminal_shows_the_same(done):
    console = Console(width=160, file=io.StringIO(), record=True)
    console.print(simulation_table(done))
    text = console.export_text()

    for words in (
        "trial-nurture, demo-request: 300 leads",
        "Touches",
        "Mailboxes and numbers",
        "Reps",
        "anna",
        "of 120",
    ):
        assert words in text
    assert "Where they stand at the end" in text
    assert "made up <from> personas" in text


def test_rows_add_up(done):
    tally = done.tally

    assert {channel: sum(days) for channel, days in done.touches().items()} == tally.by_channel()
    assert sum(count for _, count in done.stages()) == 300
    assert sum(load.total for load in done.mailboxes()) == sum(tally.mailboxes.values())
    assert sum(load.total for load in done.reps()) == sum(tally.reps.values())
    for sequence in done.walked():
        said = sum(count for (name, _, _), count in tally.steps.items() if name == sequence)
        acted = sum(count for (name, _), count in tally.acts.items() if name == sequence)
        assert sum(rung.count for rung in done.funnel(sequence)) == said + acted


def test_steps_are_listed_as_they_are_written(done):
    plan = done.world.book.sequences[done.world.current["trial-nurture"]]
    order = [step.id for step in in_order(plan)]

    told = [name for name in order if name in ("welcome", "setup-help", "price-call", "enterprise-note", "case-study")]
    assert told == ["welcome", "setup-help", "price-call", "enterprise-note", "case-study"]
    assert order.index("nudge") < order.index("connect") < order.index("trial-ending") < order.index("to-sales")
    assert set(order) == set(plan.steps)


def test_machines_get_plain_values(done):
    document = done.as_json(START, 1)

    assert document["sequences"] == ["trial-nurture", "demo-request"]
    assert (document["leads"], document["days"], document["seed"]) == (300, 40, 1)
    assert document["mailboxes"]["anna"]["cap"] == 120
    assert {"touches", "stages", "handoffs", "starved", "held", "refused", "per_day"} <= document.keys()
