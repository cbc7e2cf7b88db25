"""Runs files of tests: finds each test's lead, variants and start, walks it, and says what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nurture.authoring.checking import check_path
from nurture.authoring.library import TestDocument, is_test, load_tests
from nurture.authoring.problem import Place
from nurture.authoring.source import show
from nurture.domain.errors import Invalid, NotFound
from nurture.domain.experiment import HOLDOUT, variant_of
from nurture.domain.sequence import Experiment, Say
from nurture.domain.sequence import Sequence as Plan
from nurture.trying.expecting import Miss, misses
from nurture.trying.moments import moment_of
from nurture.trying.people import Someone, persona_as, visitor
from nurture.trying.record import Record
from nurture.trying.trial import Trial
from nurture.trying.workshop import PERSONAS, Workshop

DEFAULT_START = "2026-06-01 10:00"
"""When a test begins that does not say: a Monday morning where the lead is, far from holidays and clock changes."""
_TRIES = 20_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one test came out. `file` is as its author knows it; `zone` (IANA) is the lead's, for the log."""

    file: str
    test: TestDocument
    misses: tuple[Miss, ...]
    record: Record
    zone: str

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.misses

    def place_of(self, miss: Miss) -> Place:
        """Return where the test says what was missed: the nearest place above when it is not written itself."""
        path = miss.path
        while path and path not in self.test.places:
            path = path[:-1]
        return self.test.places[path] if path else self.test.place


def test_files(paths: Sequence[Path], root: Path) -> list[Path]:
    """Return the test files among `paths`: files, those beside a sequence, all below a folder, or all below the root.

    Raises NotFound for a path that is not there and when there is no test at all.
    """
    found: list[Path] = []
    for path in paths or [root / "sequences"]:
        if not path.exists():
            raise NotFound(f"There is no {path}", remedy="Give a *.test.yaml, a sequence, or a folder of them")
        beside = path.with_name(f"{path.stem}.test.yaml")
        if path.is_dir():
            found += sorted(file for file in path.rglob("*.y*ml") if is_test(file))
        elif is_test(path) or beside.exists():
            found.append(path if is_test(path) else beside)
    if not found:
        raise NotFound("There is no test there", remedy="Write one beside its sequence: <name>.test.yaml")
    return list(dict.fromkeys(found))


def rehearse(files: Sequence[Path], root: Path) -> Iterator[Verdict]:
    """Run every test in `files` and yield how each came out. Raises Invalid with all mistakes before the first runs."""
    sequences = [file.with_name(f"{file.name.split('.test.')[0]}.yaml") for file in files]
    people = [root / PERSONAS] if (root / PERSONAS).exists() else []
    report = check_path([*files, *(path for path in sequences if path.exists()), *people], root)
    if report.errors:
        problems = [str(problem) for problem in report.errors]
        raise Invalid("These tests cannot run yet", problems=problems, remedy="Mend the lines above")
    workshops: dict[int, Workshop] = {}

    def workshop_of(year: int) -> Workshop:
        # Holidays travel with the policies for the years around one; a test of 2026 means those of 2026 for ever.
        if year not in workshops:
            workshops[year] = Workshop.open(root, year, [])
        return workshops[year]

    for file, path in zip(files, sequences, strict=True):
        for test in load_tests(file):
            yield _run(test, path, root, workshop_of)


def _run(test: TestDocument, path: Path, root: Path, workshop_of: Callable[[int], Workshop]) -> Verdict:
    document = test.document
    workshop = workshop_of(int(str(document.get("start", DEFAULT_START))[:4]))
    plan = _plan(workshop, path)
    zone = _zone(workshop, plan, document["lead"])
    start = moment_of(str(document.get("start", DEFAULT_START)), zone)
    try:
        lead = lead_for(plan, document.get("variant", {}))
    except Invalid as impossible:
        return Verdict(show(test.path, root), test, (Miss(("variant",), str(impossible)),), Record(), zone)
    someone = _someone(workshop, document["lead"], lead, start)
    record = Trial(workshop, plan, someone, start, zone, document.get("happens", ())).run()
    return Verdict(show(test.path, root), test, tuple(misses(document, record, zone)), record, zone)


def _plan(workshop: Workshop, path: Path) -> Plan:
    file = next(file for file in workshop.shelf.sequences.values() if file.path.resolve() == path.resolve())
    return workshop.book.sequences[file.version]


def _someone(workshop: Workshop, spec: Mapping[str, Any], lead: str, start: datetime) -> Someone:
    facts = {name: value for name, value in spec.items() if name != "like"}
    if "like" in spec:
        return persona_as(workshop.personas[str(spec["like"])], lead, start, facts)
    return visitor(lead, facts, start)


def _zone(workshop: Workshop, plan: Plan, spec: Mapping[str, Any]) -> str:
    """Return the zone the sequence will take for this lead."""
    someone = _someone(workshop, spec, "anyone", datetime(2026, 1, 1, tzinfo=UTC))
    known = someone.contact.timezones[0] if someone.contact.timezones else ""
    return (known or plan.timing.fallback) if plan.timing.timezone == "lead" else plan.timing.timezone


def lead_for(plan: Plan, wanted: Mapping[str, str]) -> str:
    """Return a lead id that gets the wanted variants, and no holdout that the test does not ask for.

    Chance is a hash of the lead, so a variant is forced by choosing the lead. Raises Invalid when no lead can have it.
    """
    experiments = [step.experiment for step in plan.steps.values() if isinstance(step, Say) and step.experiment]
    for number in range(_TRIES):
        lead = f"lead-{number}"
        if all(_suits(lead, experiment, wanted) for experiment in experiments):
            return lead
    raise Invalid(f"no lead gets these variants: {wanted}", remedy="Give them a share in the sequence's ab_test")


def _suits(lead: str, experiment: Experiment, wanted: Mapping[str, str]) -> bool:
    variant = variant_of(lead, experiment.name, experiment.shares)
    asked = wanted.get(experiment.name)
    return variant == asked if asked else variant != HOLDOUT or set(experiment.shares) == {HOLDOUT}


test_files.__test__ = False  # type: ignore[attr-defined]  # its name is what it does, not what pytest looks for
