"""A mistake as its author sees it: a place, a fact, a way out, and the line itself with a caret."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """An error fails the check; a warning is a lint that does not."""

    ERROR = "error"
    WARNING = "warning"


class Place(NamedTuple):
    """Where something stands in its file: line and column count from 1, length in characters."""

    line: int
    column: int
    length: int = 1


class Line(NamedTuple):
    """One quoted line of the file and the part of it that a caret marks."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file. `fact` and `hint` are whole sentences; `lines` are quoted below, in the file's order."""

    path: str
    place: Place
    rule: str
    fact: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    lines: tuple[Line, ...] = ()

    def __str__(self) -> str:
        words = " ".join(part for part in (_sentence(self.fact), _sentence(self.hint)) if part)
        mark = "warning: " if self.severity is Severity.WARNING else ""
        head = f"{self.path}:{self.place.line}:{self.place.column}: {mark}{words} [{self.rule}]"
        return "\n".join([head, *_quoted(self.lines)])

    def as_json(self) -> dict[str, object]:
        """Return the problem as plain values for machines."""
        return {
            "file": self.path,
            "line": self.place.line,
            "column": self.place.column,
            "length": self.place.length,
            "rule": self.rule,
            "severity": str(self.severity),
            "fact": self.fact,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of several files found: `files` as they were named, `problems` sorted by file, line and column."""

    files: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that fail the check."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def is_clean(self) -> bool:
        """Whether nothing fails; warnings may remain."""
        return not self.errors

    def __str__(self) -> str:
        return "\n".join([*map(str, self.problems), self.summary])

    @property
    def summary(self) -> str:
        """The last line: `2 problems in 1 file`."""
        errors, warnings = len(self.errors), len(self.problems) - len(self.errors)
        if not self.problems:
            return f"no problems in {_count(len(self.files), 'file')}"
        found = [_count(errors, "problem")] if errors else []
        found += [_count(warnings, "warning")] if warnings else []
        return f"{' and '.join(found)} in {_count(len({problem.path for problem in self.problems}), 'file')}"

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values for machines."""
        return {"files": list(self.files), "problems": [problem.as_json() for problem in self.problems]}


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems sorted by file, line and column, each once."""
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda problem: (problem.path, problem.place, problem.rule, problem.fact)))


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that `word` was probably meant to be, or ""."""
    near = difflib.get_close_matches(word.lower(), [*known], n=1, cutoff=0.6)
    return near[0] if near else ""


def one_of(known: Iterable[str], limit: int = 12) -> str:
    """Return `Expected one of "a", "b", …`, shortened after `limit` words."""
    words = list(dict.fromkeys(known))
    if not words:
        return "There is none yet"
    more = f" and {len(words) - limit} more" if len(words) > limit else ""
    quoted = ", ".join(f'"{word}"' for word in words[:limit])
    return f"Expected one of {quoted}{more}"


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return `Did you mean "x"?` when a known word is near, else what was expected."""
    near = nearest(word, known)
    return f'Did you mean "{near}"?' if near else one_of(known)


def _sentence(words: str) -> str:
    return words if not words or words.endswith((".", "?", "!", ":")) else f"{words}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _quoted(lines: Sequence[Line]) -> list[str]:
    width = max((len(str(line.place.line)) for line in lines), default=0)
    quoted = []
    for text, place in lines:
        blank = "".join("\t" if letter == "\t" else " " for letter in text[: place.column - 1])
        length = max(1, min(place.length, len(text) - place.column + 1))
        quoted += [f"{place.line:>{width}} | {text}", f"{' ' * width} | {blank}^{'~' * (length - 1)}"]
    return quoted
