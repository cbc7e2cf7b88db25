"""The library on disk: sequences by id, policies with their holidays, tests, and the versions they have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from nurture.authoring.checks import walk
from nurture.authoring.grammar_sequence import SEQUENCE_FILE
from nurture.authoring.grammar_tests import TEST_FILE
from nurture.authoring.nodes import Items, places_of, plain
from nurture.authoring.phone_lines import with_lines
from nurture.authoring.problem import Place, Problem, Severity, in_order
from nurture.authoring.source import Source, read_source, version_of
from nurture.domain.errors import Invalid, Misconfigured

POLICY_FILES = ("calendars", "score", "stages", "consent", "senders", "routing", "team", "fields")
_ID_LINE = re.compile(rb"^sequence:[ \t]*[\"']?([A-Za-z][A-Za-z0-9_-]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SequenceFile:
    """One version of one sequence. `document` is the YAML as plain values, `version` its content hash."""

    id: str
    version: str
    document: Mapping[str, Any]
    path: Path


@dataclass(frozen=True, slots=True)
class TestDocument:
    """One sequence test. `places` maps a path inside `document` (`("expect", "sent", 0)`) to where it is written."""

    __test__ = False

    name: str
    path: Path
    place: Place
    document: Mapping[str, Any]
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bookshelf:
    """Everything under one root: sequences by id, policies by file, and what is wrong with their grammar.

    Sequences with errors are left out and named in `problems`; `check_path` finds what goes beyond one file.
    """

    sequences: Mapping[str, SequenceFile]
    policies: Mapping[str, Any]
    problems: tuple[Problem, ...]

    @classmethod
    def open(cls, root: Path, year: int) -> Bookshelf:
        """Read sequences/ and policies/ below `root`; `year` is the present one, for the holidays."""
        sequences: dict[str, SequenceFile] = {}
        problems: list[Problem] = []
        for path in sequence_paths(root):
            source = read_source(path, root)
            found = grammar_problems(source)
            problems += found
            if not any(problem.severity is Severity.ERROR for problem in found):
                entry = _entry(source)
                sequences.setdefault(entry.id, entry)
        policies = with_zones(load_policies(root, year), [entry.document for entry in sequences.values()])
        return cls(sequences, policies, in_order(problems))


def load_sequence(path: Path) -> SequenceFile:
    """Read one sequence. Raises Invalid with one text a mistake when its YAML or its grammar is wrong.

    Names are not looked up: `check_path` does that.
    """
    source = read_source(path)
    found = [problem for problem in grammar_problems(source) if problem.severity is Severity.ERROR]
    if found:
        raise Invalid(
            f"{path.name} cannot be used",
            problems=[str(problem) for problem in in_order(found)],
            remedy=f"Run: nurture validate {path}",
        )
    return _entry(source)


def load_policies(root: Path, year: int) -> dict[str, Any]:
    """Return `{"calendars": …, "score": …, …}` from policies/*.yaml, with `calendars.holiday_dates` filled in.

    Holidays are those of the countries that calendars.yaml names, from the year before `year` to two years after it.
    Raises Misconfigured, naming every file that cannot be read.
    """
    documents: dict[str, Any] = {}
    problems: list[Problem] = []
    for source in policy_sources(root):
        problems += source.problems(source.mistakes)
        documents[source.path.stem] = source.document
    if problems:
        raise Misconfigured("; ".join(str(problem).splitlines()[0] for problem in in_order(problems)))
    calendars = documents.get("calendars")
    if isinstance(calendars, dict):
        documents["calendars"] = {**calendars, "holiday_dates": holiday_dates(calendars, year)}
    if isinstance(documents.get("senders"), dict):
        documents["senders"] = with_lines(documents["senders"])
    return documents


def load_tests(path: Path) -> list[TestDocument]:
    """Read a `*.test.yaml`. Raises Invalid with one text a mistake when its YAML or its grammar is wrong."""
    source = read_source(path)
    mistakes = [*source.mistakes, *(walk(TEST_FILE, source.root).mistakes if source.root is not None else [])]
    if mistakes:
        problems = in_order(source.problems(mistakes))
        raise Invalid(f"{path.name} cannot be used", problems=[str(problem) for problem in problems])
    assert isinstance(source.root, Items)
    return [
        TestDocument(str(plain(item)["test"]), path, item.place, plain(item), dict(places_of(item)))
        for item in source.root.items
    ]


def sequence_paths(root: Path) -> list[Path]:
    """Return the sequence files below `root`/sequences, sorted; tests are none."""
    found = (root / "sequences").rglob("*.y*ml")
    kept = (path for path in found if path.suffix in (".yaml", ".yml"))
    return sorted(path for path in kept if not is_test(path) and not is_personas(path))


def is_personas(path: Path) -> bool:
    """Return whether a file holds the made-up people of tests and simulations."""
    return path.name == "personas.yaml"


def is_test(path: Path) -> bool:
    """Return whether a file holds sequence tests."""
    return path.name.endswith((".test.yaml", ".test.yml"))


def policy_sources(root: Path) -> Iterator[Source]:
    """Yield the policy files below `root`/policies that we know, read."""
    for name in POLICY_FILES:
        path = root / "policies" / f"{name}.yaml"
        if path.exists():
            yield read_source(path, root)


def sequence_ids(root: Path) -> dict[str, list[Path]]:
    """Return the id of every sequence below `root` and the files that claim it, without parsing them."""
    ids: dict[str, list[Path]] = {}
    for path in sequence_paths(root):
        if match := _ID_LINE.search(path.read_bytes()):
            ids.setdefault(match[1].decode(), []).append(path)
    return ids


def grammar_problems(source: Source) -> list[Problem]:
    """Return what is wrong with a sequence file taken by itself: its YAML and its grammar."""
    found = walk(SEQUENCE_FILE, source.root).mistakes if source.root is not None else []
    return source.problems([*source.mistakes, *found])


def holiday_dates(calendars: Mapping[str, Any], year: int) -> dict[str, list[str]]:
    """Return the holidays of every country that calendars.yaml names, as ISO dates, from `year` - 1 to `year` + 2.

    `holidays:` maps a country (DE, US-CA) to categories of the holidays library (public, bank, …), or lists countries.
    Raises Misconfigured for a country or category that the library does not know.
    """
    named = calendars.get("holidays") or {}
    wanted = named.items() if isinstance(named, Mapping) else ((country, ()) for country in named)
    return {str(country): list(_holidays(str(country), _words(kinds), year)) for country, kinds in wanted}


def with_zones(policies: Mapping[str, Any], sequences: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the policies with `calendars.zones`: every time zone that the company or one of its sequences names."""
    calendars = policies.get("calendars")
    if not isinstance(calendars, Mapping):
        return dict(policies)
    timings = [document.get("timing") or {} for document in sequences]
    named = {timing.get(key, "") for timing in timings for key in ("timezone", "fallback_timezone")} - {"lead"}
    zones = sorted({str(calendars.get("timezone", "UTC")), *named} - {""})
    return {**policies, "calendars": {**calendars, "zones": zones}}


def _words(kinds: object) -> tuple[str, ...]:
    return tuple(map(str, kinds)) if isinstance(kinds, list | tuple) and kinds else ("public",)


@lru_cache(maxsize=256)
def _holidays(country: str, kinds: tuple[str, ...], year: int) -> tuple[str, ...]:
    # The list of countries costs 0.2 s to import, and only those who send need it.
    import holidays

    name, _, region = country.partition("-")
    try:
        days = holidays.country_holidays(name, subdiv=region or None, years=range(year - 1, year + 3), categories=kinds)
    except (NotImplementedError, ValueError) as error:
        raise Misconfigured(
            f'calendars.yaml names holidays of "{country}" ({", ".join(kinds)}) that nobody knows',
            remedy="Write a code such as DE, US or US-CA, and categories such as public",
        ) from error
    return tuple(day.isoformat() for day in sorted(days))


def _entry(source: Source) -> SequenceFile:
    document = source.document
    return SequenceFile(str(document["sequence"]), version_of(document), document, source.path)
