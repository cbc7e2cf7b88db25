"""A room to try sequences in: the shipped policies, templates and personas, and whatever a test writes beside them."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

from nurture.trying.rehearsal import Verdict, rehearse, test_files

ROOT = Path(__file__).parents[2]
SEQUENCE = """
sequence: trial
title: A trial
purpose: marketing
enter: { on: trial_started, if: known(lead.email), unless: 'stage in [customer]' }
timing: { timezone: lead, fallback_timezone: Europe/Berlin, window: office-hours }
sender: { pool: sdr-mailboxes }
stop:
  - when: replied(interested)
    then: { move: mql, handoff: hot }
  - when: happened(meeting_booked)
    then: { move: sql, reason: booked }
pause:
  - when: out_of_office
    until: return date, else 5 business days
steps:
  - id: welcome
    after: 20 minutes
    email: welcome
    ab_test: { name: subjects, variants: { control: 45%, question: 45%, holdout: 10% } }
  - id: first-value
    wait_for: happened(used_feature, name="import")
    up_to: 2 business days
    then: continue
    else:
      - { id: setup-help, email: setup-help, thread: welcome }
  - id: fork
    after: 1 business day
    branch:
      - if: clicked(welcome, link="pricing") and known(lead.phone)
        steps:
          - id: price-call
            call: pricing
            due: 4 business hours
            wait: up to 2 business days
            outcomes:
              connected: { go_to: wrap-up }
              no_answer: { retry: 1 times, every: 1 business day, else: continue }
              wrong_number: { bad: lead.phone, then: continue }
      - if: lead.company_size >= 500
        steps: [{ id: big, email: enterprise-de }]
      - otherwise: [{ id: case-study, email: case-study }]
  - id: nudge
    after: 3 business days
    first_possible: [{ sms: trial-nudge }, { email: trial-nudge }]
  - { id: wrap-up, after: 1 business day, email: trial-ending }
  - { id: recycle, move: nurture, enroll: letters, reason: silent }
handoffs:
  hot:
    route: sdr
    title: Call now
    accept_within: 5 business minutes
    accepted: { move: sal }
    rejected: { bad_data: { resume: here }, bad_fit: { move: unqualified, reason: bad fit } }
"""
LETTERS = """
sequence: letters
purpose: marketing
enter: { by_hand: true }
timing: { window: midweek }
steps: [{ id: one, after: 30 days, email: quarterly-one }]
"""
PETRA = "{ like: busy-cto-berlin, owner: anna, company_size: 40 }"


class Room:
    """A folder with a sequence and its tests."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        for name in ("policies", "templates"):
            copytree(ROOT / name, folder / name)
        (folder / "sequences").mkdir()
        self.write("personas.yaml", (ROOT / "sequences" / "personas.yaml").read_text())
        self.write("trial.yaml", SEQUENCE)
        self.write("letters.yaml", LETTERS)

    def write(self, name: str, text: str) -> Path:
        """Write a file into sequences/."""
        path = self.root / "sequences" / name
        path.write_text(text)
        return path

    def tries(self, *tests: str) -> list[Verdict]:
        """Run these tests, each written as one YAML list item, and return how they came out."""
        self.write("trial.test.yaml", "\n".join(tests))
        return list(rehearse(test_files([], self.root), self.root))

    def tries_one(
        self, *, lead: str = PETRA, happens: str = "[]", expect: str = "{ enrolled: true }", more: str = ""
    ) -> Verdict:
        """Run one test on Petra, who works in Berlin, starting on Monday morning, and return how it came out."""
        start = "" if "start:" in more else "\n  start: 2026-06-01 10:00"
        test = f"- test: a story\n  lead: {lead}{start}\n  happens: {happens}\n  expect: {expect}\n"
        return self.tries(test + (f"  {more}\n" if more else ""))[0]
