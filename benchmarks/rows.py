"""What a measurement says: one row with its inputs, its baseline and whether it keeps its budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
"""The checkout: its sequences, policies and templates are what is measured."""


class Size(StrEnum):
    """How much is measured. Only FULL is the claim; QUICK is for a look and TINY for the tests."""

    FULL = "full"
    QUICK = "quick"
    TINY = "tiny"


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on a row's value or on its ratio to the baseline: the inclusive bounds, None where there is none."""

    of: str
    at_most: float | None = None
    at_least: float | None = None

    def holds(self, number: float) -> bool:
        """Whether `number` lies within the bounds."""
        too_much = self.at_most is not None and number > self.at_most
        too_little = self.at_least is not None and number < self.at_least
        return not (too_much or too_little)

    def __str__(self) -> str:
        if self.at_most is not None:
            return f"{self.of} <= {self.at_most:g}"
        return f"{self.of} >= {self.at_least:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One measured claim. `ratio` is value by baseline, both in `unit`; `inputs` says what was measured with.

    `baseline` and `ratio` are None where something is counted and there is nothing to compare with; `budget` is None
    for a row that is shown for comparison only.
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    budget: Budget | None
    inputs: str

    @property
    def ratio(self) -> float | None:
        """Value by baseline, or None without a baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the budget holds; None without one."""
        if self.budget is None:
            return None
        number = self.value if self.budget.of == "value" else self.ratio
        return number is not None and self.budget.holds(number)

    def as_json(self) -> dict[str, object]:
        """Return the row in the shape that `--json` promises."""
        return {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "baseline": _short(self.baseline),
            "ratio": _short(self.ratio),
            "budget": str(self.budget) if self.budget else None,
            "met": self.met,
        }


def _short(number: float | None) -> float | None:
    """Four significant digits: more would claim a precision that no run has."""
    return None if number is None else float(f"{number:.4g}")


@dataclass(frozen=True, slots=True)
class Ask:
    """What the caller wants: how much, with which file of leads (None: a generated one), and who hears of progress."""

    size: Size
    leads: Path | None
    say: Callable[[str], None]

    def pick(self, full: T, quick: T, tiny: T) -> T:
        """Return the input that belongs to the size."""
        return {Size.FULL: full, Size.QUICK: quick, Size.TINY: tiny}[self.size]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Something that is measured in one go and gives the rows named in `names`. `about` is its sentence."""

    names: Sequence[str]
    about: str
    run: Callable[[Ask], Sequence[Row]]
