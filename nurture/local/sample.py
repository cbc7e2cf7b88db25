"""The demo's own leads: made up from the personas, the same for the same seed, on addresses reserved for examples."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from nurture.domain.consent import Basis
from nurture.domain.lead import Channel
from nurture.domain.personas import Persona, chance, draw, pick
from nurture.intake import Column, ConsentColumns, LeadMap, Part

_NAMES: Mapping[str, tuple[str, str]] = {
    "DE": (
        "Lena Jonas Clara Felix Marlene Tobias Frieda Henrik Greta Moritz",
        "Vogt Lindner Aumann Reuter Sailer Kolb Hagen",
    ),
    "GB": (
        "Imogen Callum Harriet Rory Beatrice Alfie Nadia Owen Tamsin Giles",
        "Hale Whitcombe Ashdown Penrose Marlow Fenn Oakley",
    ),
    "US": (
        "Marcus Dana Tyrell Joanna Caleb Renee Victor Paige Andre Holly",
        "Reyes Whitfield Carver Dalton Brooks Navarro Quinn",
    ),
    "IN": (
        "Asha Rohan Meera Kabir Ishita Dev Anaya Nikhil Priya Arjun",
        "Kulkarni Menon Banerjee Rao Deshpande Iyer Sethi",
    ),
    "FR": ("Luc Camille Bastien Elodie Mathis Solene Hugo Manon", "Fournier Delmas Garnier Perrin Vasseur Chabrol"),
    "ES": ("Nuria Alvaro Ines Ruben Carla Mateo", "Campos Serrano Vidal Ibarra Molina"),
    "NO": ("Ingrid Sondre Kari Eirik Silje Magnus", "Solberg Haugen Lien Bakke Strand"),
}
_FIRMS = "Lakeside Harbour Copperfield Northgate Juniper Bluebird Ironwood Meadow Summit Fairway Kestrel Orchard"
_TRADES = "Robotics Logistics Media Supply Analytics Foods Energy Textiles Health Tools"
_NUMBERS: Mapping[str, tuple[int, int]] = {
    "US": (12015550100, 80),  # 555-01xx; the last twenty are our own senders
    "GB": (447700900100, 800),  # Ofcom's numbers for drama
    "DE": (4917604069000, 100),  # Bundesnetzagentur's numbers for media
}
_COMES_BY = {"trial_started": 0.5, "content_downloaded": 0.3, "demo_requested": 0.2}
_HOURS = (8.0, 18.0)
_WORDING = "Yes, Acme Workspace may write to me about its product until I say no."
_COLUMNS = (
    "email", "phone", "first_name", "last_name", "company", "country", "region", "timezone", "language", "source"
)  # fmt: skip
_FACTS = ("title", "industry", "company_size", "what_is_your_current_occupation", "trial_ends_at")
_CONSENTS = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)
_PROOF = ("consent_date", "consent_source", "consent_wording")


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up lead: its row, its persona, and the event by which it comes to us at `comes_at` (UTC)."""

    row: Mapping[str, str]
    persona: Persona
    event: str
    comes_at: datetime


def make_people(personas: Sequence[Persona], count: int, seed: int, first: datetime, days: float) -> Iterator[Person]:
    """Yield `count` people who come within `days` of `first` (UTC); the same arguments give the same people."""
    numbers: Counter[str] = Counter()
    for place in range(count):
        persona = pick(personas, chance(seed, place, "persona"))
        yield _person(persona, place, seed, numbers, first + timedelta(days=days * chance(seed, place, "day")))


def sample_map() -> LeadMap:
    """Return how the columns of the sample's file are read."""
    plain = [Column(name, Part(name)) for name in _COLUMNS]
    facts = [Column(name, Part.FIELD, name=name) for name in _FACTS]
    proof = [Column(name, Part.SKIP) for name in _PROOF]
    return LeadMap((*plain, *facts, *proof, *(_consent(channel) for channel in _CONSENTS)), system="sample")


def write_sample(path: Path, people: Sequence[Person]) -> None:
    """Write the people as a CSV file that `sample_map` reads."""
    names = [*_COLUMNS, *_FACTS, *_PROOF, *(_yes(channel) for channel in _CONSENTS)]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(person.row for person in people)


def _person(persona: Persona, place: int, seed: int, numbers: Counter[str], day: datetime) -> Person:
    facts = {name: str(value) for name, value in persona.lead.items()}
    country = facts.get("country", "GB")
    event = draw(_COMES_BY, chance(seed, place, "event")) or "trial_started"
    comes_at = _in_daytime(day, facts.get("timezone", "UTC"), chance(seed, place, "hour"))
    first, last = (_one(names, seed, place, names) for names in _NAMES.get(country, _NAMES["GB"]))
    row = {name: facts[name] for name in (*_COLUMNS, *_FACTS) if name in facts}
    row |= {"email": f"{first}.{last}.{place}@example.com".lower(), "first_name": first, "last_name": last}
    row["phone"] = _number(country, numbers) if "phone" in facts else ""
    if "company" in facts:
        row["company"] = f"{_one(_FIRMS, seed, place, 'firm')} {_one(_TRADES, seed, place, 'trade')}"
    if event == "trial_started":
        row["trial_ends_at"] = (comes_at + timedelta(days=14)).date().isoformat()
    row |= {_yes(Channel(channel)): "yes" for channel in persona.consents}
    given = (comes_at - timedelta(days=10)).date().isoformat()
    row |= dict(zip(_PROOF, (given, "https://www.example.com/sign-up", _WORDING), strict=True))
    return Person(row, persona, event, comes_at)


def _in_daytime(day: datetime, zone: str, share: float) -> datetime:
    """Return a moment of that day at which somebody in `zone` is up and about, never before `day` itself."""
    hour = _HOURS[0] + (_HOURS[1] - _HOURS[0]) * share
    local = day.astimezone(ZoneInfo(zone)).replace(hour=int(hour), minute=int(hour % 1 * 60), second=0, microsecond=0)
    return max(day, local.astimezone(day.tzinfo))


def _number(country: str, numbers: Counter[str]) -> str:
    """Return the next number that is reserved for fiction, "" when there is none left."""
    first, count = _NUMBERS.get(country, (0, 0))
    numbers[country] += 1
    return f"+{first + numbers[country] - 1}" if numbers[country] <= count else ""


def _one(words: str, seed: int, place: int, what: str) -> str:
    choice = words.split()
    return choice[int(len(choice) * chance(seed, place, what))]


def _yes(channel: Channel) -> str:
    return f"{channel}_consent"


def _consent(channel: Channel) -> Column:
    basis = Basis.EXPRESS_WRITTEN if channel in (Channel.SMS, Channel.WHATSAPP) else Basis.EXPRESS
    return Column(_yes(channel), Part.CONSENT, consent=ConsentColumns(channel, *_PROOF, basis))
