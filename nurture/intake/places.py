"""Where somebody may be: names of countries to ISO codes, and codes to every time zone the country has."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from importlib import resources

from nurture.intake.cells import snake_case

_ALIASES = {
    "GB": "uk|gbr|great britain|britain|england|scotland|wales|northern ireland|united kingdom of great britain",
    "US": "usa|u s a|u s|united states of america|america|vereinigte staaten|etats unis|estados unidos",
    "AE": "uae|u a e|emirates",
    "KR": "south korea|korea republic of|republic of korea|korea",
    "KP": "north korea",
    "RU": "russian federation|rus",
    "VN": "viet nam",
    "DE": "deutschland|ger|deu|allemagne",
    "AT": "osterreich|oesterreich|aut",
    "CH": "schweiz|suisse|svizzera|che",
    "NL": "holland|the netherlands|nederland|nld",
    "ES": "espana|esp",
    "FR": "fra|frankreich",
    "IT": "italia|ita",
    "PL": "polska|pol",
    "BR": "brasil|bra",
    "IN": "ind|bharat",
    "CA": "can",
    "AU": "aus",
    "CN": "prc|people s republic of china|mainland china|chn",
    "HK": "hong kong sar|hong kong s a r",
    "MO": "macao|macau sar",
    "TW": "taiwan roc|chinese taipei",
    "TR": "turkiye",
    "CZ": "czechia|czech republic",
    "MK": "macedonia|north macedonia",
    "CI": "ivory coast|cote d ivoire",
    "CD": "dr congo|drc|democratic republic of the congo",
    "CG": "republic of the congo|congo",
    "MM": "myanmar|burma",
    "SZ": "eswatini|swaziland",
    "CV": "cape verde|cabo verde",
    "TL": "timor leste|east timor",
    "VA": "holy see|vatican",
    "PS": "palestine|palestinian territories",
    "IR": "iran islamic republic of",
    "SY": "syrian arab republic",
    "LA": "lao|laos",
    "BO": "plurinational state of bolivia",
    "VE": "bolivarian republic of venezuela",
    "TZ": "united republic of tanzania",
    "MD": "republic of moldova",
    "BN": "brunei darussalam",
    "VG": "british virgin islands",
    "VI": "us virgin islands",
    "VC": "st vincent and the grenadines|saint vincent and the grenadines",
}
# zone.tab lists these countries from east to west or by island: most people live elsewhere than in its first line.
_WHERE_MOST_LIVE = {"AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto", "RU": "Europe/Moscow"}


@lru_cache(maxsize=4_096)
def country_of(text: str) -> str:
    """Return the ISO 3166 alpha-2 code of a country's name or code. Raises ValueError when it is none we know."""
    code = _countries().get(text.upper() if len(text) == 2 else snake_case(text))
    if code is None:
        raise ValueError("not a country we know")
    return code


def zones_of(country: str) -> tuple[str, ...]:
    """Return every zone (IANA) of a country, where most people live first; () for an unknown code."""
    return _zones().get(country, ())


def zone_of(text: str) -> str:
    """Return the canonical name of an IANA time zone. Raises ValueError when there is none of that name."""
    zone = canonical_zone(text)
    if not zone:
        raise ValueError("not a time zone like Europe/Berlin")
    return zone


def canonical_zone(zone: str) -> str:
    """Return the zone as zone.tab names it (Asia/Calcutta -> Asia/Kolkata); "" when there is no such zone."""
    return zone if zone in _named() else _links().get(zone, "")


@lru_cache(maxsize=4_096)
def candidates(country: str, by_phone: tuple[str, ...]) -> tuple[str, ...]:
    """Return all zones a person may be in, the best guess first: the country's, the phone prefix's, or both.

    A prefix narrows the country down when they agree. When they do not (an Indian with a New York number), both count,
    the country first: who sends must respect every zone (rules-of-the-road L3).
    """
    here = zones_of(country)
    shared = tuple(zone for zone in here if zone in by_phone)
    return shared or tuple(dict.fromkeys((*here, *by_phone)))


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    known: dict[str, str] = {}
    for code, name in (line.split("\t")[:2] for line in _lines("iso3166.tab")):
        spellings = (name, name.replace("&", "and"), name.replace("St ", "Saint "), name.partition(" (")[0])
        known |= {snake_case(spelling): code for spelling in reversed(spellings) if spelling}
        known[code] = code
    for code, names in _ALIASES.items():
        known |= {snake_case(name): code for name in names.split("|")} | {"UK": "GB"}
    return known


@lru_cache(maxsize=1)
def _zones() -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for code, _, zone, *_ in (line.split("\t") for line in _lines("zone.tab")):
        found[code].append(zone)
    for code, zone in _WHERE_MOST_LIVE.items():
        found[code].sort(key=lambda each, first=zone: each != first)  # type: ignore[misc]
    return {code: tuple(zones) for code, zones in found.items()}


@lru_cache(maxsize=1)
def _named() -> frozenset[str]:
    return frozenset(zone for zones in _zones().values() for zone in zones) | {"UTC"}


@lru_cache(maxsize=1)
def _links() -> dict[str, str]:
    links = {
        alias: target for _, target, alias in (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    }
    return {alias: target for alias, target in links.items() if target in _named()}


def _lines(name: str) -> list[str]:
    text = (resources.files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
