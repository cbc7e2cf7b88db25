"""A spreadsheet as sales teams hand them over: made up, messy, and the same every time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from nurture.domain.personas import chance

HEADERS = (
    "First Name", "Last Name", "E-mail", "Phone", "Company", "Job Title", "Country", "City", "Lead Source",
    "Lead Origin", "Do Not Email", "Do Not Call", "Employees", "Industry", "Total Visits", "Time On Site",
    "Last Activity", "Created At", "Notes", "Tags",
)  # fmt: skip
FIRST = ("Priya", "Jonas", "Ama", "Luca", "Mei", "Sofia", "Omar", "Ingrid", "Tariq", "Zoë", "José", "  anna ", "KEN")
LAST = ("Okafor", "Weber", "D'Souza", "Rossi", "Nguyen", "Müller", "Ortega", "van Dijk", "O'Neil", "Sato")
COMPANIES = ("Harbour Logistics", "Nordlicht GmbH", "Blue Kite", "Vela Foods, Inc.", "Quarry & Sons", "Select", "")
TITLES = ("CTO", "Head of Operations", "Buyer", "Select", "founder", "N/A", "VP Sales")
COUNTRIES = ("Germany", "United States", "india", "France", "UK", "unknown", "", "Spain", "Select")
SOURCES = ("Google", "Organic Search", "Referral", "Olark Chat", "webinar", "Partner", "")
# In each of these, 555-0100 to 555-0199 are kept for examples: 14,100 numbers before one comes again.
AREAS = tuple(
    area
    for hundred, few, more in (
        (2, 9, 19),
        (3, 9, 20),
        (4, 9, 18),
        (5, 9, 19),
        (6, 9, 20),
        (7, 9, 20),
        (8, 9, 21),
        (9, 9, 20),
    )
    for area in (
        *range(hundred * 100 + 1, hundred * 100 + few + 1),
        *range(hundred * 100 + 12, hundred * 100 + more + 1),
    )
)
NOTES = ("", "", 'called twice, "later"', "line one\nline two")
ACTIVITIES = ("Email Opened", "Page Visited on Website", "SMS Sent", "Olark Chat Conversation", "Modified")


def write(path: Path, rows: int) -> Path:
    """Write `rows` rows below the header and return `path`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(_rows(rows))
    return path


def _rows(count: int) -> Iterator[list[str]]:
    for number in range(count):
        dice = _Dice(number)
        yield [
            dice.of(FIRST), dice.of(LAST), _email(number, dice), _phone(number, dice), dice.of(COMPANIES),
            dice.of(TITLES),
            dice.of(COUNTRIES), dice.of(("Berlin", "Mumbai", "Select", "", "Leeds")), dice.of(SOURCES),
            dice.of(("API", "Landing Page Submission", "Lead Add Form", "Lead Import")),
            "Yes" if dice.next() < 0.08 else "No", "Yes" if dice.next() < 0.02 else "No",
            str(int(5_000 * dice.next() ** 3)), dice.of(("Software", "Retail", "Select", "Health", "")),
            str(int(20 * dice.next())), str(int(2_000 * dice.next())), dice.of(ACTIVITIES),
            f"2026-0{1 + int(9 * dice.next())}-1{int(9 * dice.next())} 10:0{int(9 * dice.next())}",
            dice.of(NOTES), dice.of(("", "hot", "Ringing", "Interested")),
        ]  # fmt: skip


def _email(number: int, dice: _Dice) -> str:
    """Mostly an address; sometimes none, a broken one, one in capitals, or somebody's who came before."""
    kind = dice.next()
    if kind < 0.04:
        return ""
    if kind < 0.06:
        return f"lead{number} at example.com"
    known = number - 7 if kind < 0.11 and number > 7 else number
    return f" Lead{known}@Example.com" if kind > 0.9 else f"lead{known}@example.com"


def _phone(number: int, dice: _Dice) -> str:
    if dice.next() < 0.6:
        return ""
    area, last = AREAS[number // 100 % len(AREAS)], number % 100
    return f"+1 ({area}) 555-01{last:02}" if dice.next() < 0.5 else f"+1{area}55501{last:02}"


class _Dice:
    """Throws that depend on the row's number alone."""

    def __init__(self, number: int) -> None:
        self._number, self._throws = number, 0

    def next(self) -> float:
        self._throws += 1
        return chance("messy", self._number, self._throws)

    def of(self, choices: tuple[str, ...]) -> str:
        return choices[int(self.next() * len(choices))]
