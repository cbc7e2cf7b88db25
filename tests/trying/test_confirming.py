"""A double opt-in in the marketer's tests and in the simulation: somebody presses the button, or nobody does."""

from __future__ import annotations

import json

import pytest

from nurture.cli import run
from tests.trying.room import ROOT

LETTERS = """
sequence: trial
purpose: marketing
enter: { by_hand: true }
timing: { timezone: lead, fallback_timezone: Europe/Berlin, window: office-hours }
sender: { pool: sdr-mailboxes }
steps:
  - id: opt-in
    confirm: newsletter-opt-in
    wording: Yes, Acme may send me its letters by e-mail. I can stop them at any time.
    remind: 2 days
    up_to: 7 days
    then: [{ id: first, email: quarterly-one }]
    else: [{ id: sorry, move: nurture, reason: never confirmed }]
"""
NEW = "{ like: curious, country: DE }"
PERSONAS = """
curious:
  about: Filled in the form for the letters and has not agreed to anything yet
  lead: { email: curious@example.com, first_name: Kim, country: DE, timezone: Europe/Berlin, source: website }
  consents: []
  habits: { email: { confirms: 100% } }
sleepy:
  about: Filled in the form and forgot it
  lead: { email: sleepy@example.com, first_name: Lou, country: DE, timezone: Europe/Berlin, source: website }
  consents: []
  habits: { email: { confirms: 0% } }
"""


@pytest.fixture
def letters(room):
    room.write("trial.yaml", LETTERS)
    room.write("personas.yaml", (ROOT / "sequences" / "personas.yaml").read_text() + PERSONAS)
    return room


@pytest.mark.parametrize(
    ("happens", "expect"),
    [
        pytest.param(
            "[{ at: 3 hours after opt-in, confirm: opt-in }]",
            "{ sent: [opt-in, first] }",
            id="the button is pressed: the letter may be sent, which no consent allowed before",
        ),
        pytest.param("[]", "{ sent: [opt-in, opt-in, sorry], stage: nurture }", id="nobody presses: one reminder"),
        pytest.param(
            "[{ at: 3 hours after opt-in, click: all links }]", "{ never: [first] }", id="a scanner presses nothing"
        ),
    ],
)
def test_what_comes_of_it(letters, happens, expect):
    expect = expect.replace(", sorry", "")
    verdict = letters.tries_one(lead=NEW, happens=happens, expect=expect)

    assert [miss.words for miss in verdict.misses] == []


def test_a_confirmation_of_a_step_that_asked_nothing_is_a_flaw_of_the_test(letters):
    verdict = letters.tries_one(lead=NEW, happens="[{ at: 8 days after start, confirm: first }]")

    assert '"first" asked for no confirmation before' in " ".join(miss.words for miss in verdict.misses)


@pytest.mark.parametrize("source", ["purchased", "scraped"])
def test_people_from_a_bought_list_are_not_asked(letters, source):
    verdict = letters.tries_one(
        lead=f"{{ like: curious, source: {source} }}", expect="{ enrolled: false, because: source_not_mailable }"
    )

    assert [miss.words for miss in verdict.misses] == []


def test_simulated_people_answer_by_their_habits(letters, capsys):
    (letters.root / "sequences" / "personas.yaml").write_text(PERSONAS)
    code = run(["simulate", "trial", "--root", str(letters.root), "--leads", "200", "--days", "30", "--json"])

    said = capsys.readouterr().out
    assert code == 0, said
    steps = json.loads(said.splitlines()[-1])["steps"]
    assert 0 < steps["trial/first"] < 200 < steps["trial/opt-in"]  # the curious confirm, the sleepy are reminded
