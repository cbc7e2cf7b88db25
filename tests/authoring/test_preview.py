"""The preview page and its terminal twin."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from rich.console import Console

from nurture.authoring.preview import Planned, Shown
from nurture.authoring.preview_page import preview_page
from nurture.authoring.preview_terminal import preview_terminal
from nurture.domain.lead import Channel
from tests.authoring.golden.people import ADA, composer, touch

START = datetime(2026, 3, 27, 9, 20, tzinfo=UTC)


class Page(HTMLParser):
    """What a browser would load or run."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.loaded, self.ids, self.anchors = [], [], set(), set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.loaded += [values[name] for name in ("src", "data", "action") if name in values]
        self.ids |= {values["id"]} if "id" in values else set()
        self.anchors |= {values["href"]} if tag == "a" else set()


@pytest.fixture
async def story():
    made, _ = composer()
    steps = [
        ("welcome", "email", "welcome", "question"),
        ("price-call", "call", "pricing", ""),
        ("nudge", "sms", "trial-nudge", ""),
        ("again", "whatsapp", "trial-nudge", ""),
    ]
    plan, messages = [], []
    for number, (step, channel, template, variant) in enumerate(steps):
        why = "office-hours <Berlin>"
        plan.append(Planned(step, START + timedelta(days=number), Channel(channel), template, variant, why))
        sender = "anna" if channel in ("email", "call") else "number"
        messages.append(await made.show(touch(channel, template, variant=variant), ADA, sender, ()))
    plan.append(Planned("verdict", START + timedelta(days=30), why="waits for the goal"))
    messages.append(None)
    return plan, messages


async def test_the_page_shows_every_step_and_message(story):
    page = preview_page(*story, title="Trial", lead="Ada Byron", timezone="Europe/Berlin")

    seen = Page(page)
    assert seen.anchors == {f"#step-{number}" for number in range(5)}
    assert {f"step-{number}" for number in range(5)} <= seen.ids
    for words in (
        "March 2026",
        "Fri 27 Mar 2026, 10:20",
        "Sun 29 Mar 2026, 11:20",
        "4 touches in 31 days",
        "Your workspace is ready",
        "What should Analytical Engines bring in first?",
        "2 segments (GSM-7",
        "approved template HX",
        "Call Ada at Analytical Engines about prices",
        "office-hours &lt;Berlin&gt;",
        "List-Unsubscribe",
        "Plain text",
        "waits for the goal",
    ):
        assert words in page


async def test_the_page_loads_and_runs_nothing(story):
    page = preview_page(*story)

    seen = Page(page)
    assert "script" not in seen.tags
    assert seen.loaded == []
    assert 'sandbox=""' in page
    assert "@import" not in page


def test_hostile_words_stay_words():
    plan = [Planned("<b>step</b>", START, "email", "<i>", "<u>", "<script>")]

    page = preview_page(plan, [Shown(trouble="<img src=x>")], title="<h1>", lead="<a>")

    assert {"b", "i", "u", "script", "img"}.isdisjoint(Page(page).tags)


def test_an_empty_plan_says_so():
    assert "nothing is planned" in preview_page([], [])


async def test_the_terminal_shows_the_same(story):
    console = Console(width=150)
    with console.capture() as captured:
        console.print(preview_terminal(*story, title="Trial [bold]", timezone="Europe/Berlin"))
    shown = captured.get()

    for words in (
        "Trial [bold]",
        "Fri 27 Mar 10:20",
        "question",
        "What should Analytical Engines bring in first?",
        "2 segments (GSM-7",
        "HX0000",
        "Call Ada at Analytical Engines about prices",
        "Unsubscribe: https://",
    ):
        assert words in shown


def test_a_name_with_brackets_is_no_markup():
    console = Console(width=100)
    with console.capture() as captured:
        console.print(preview_terminal([Planned("a", START, "sms")], [Shown(trouble="[red]boom[/red] [/]")]))

    assert "[red]boom[/red] [/]" in captured.get()
