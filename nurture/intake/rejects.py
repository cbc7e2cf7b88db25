"""rejects.csv: the rows we could not take, each with its number and reason, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from nurture.intake.reading import Rejected

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Rejects:
    """Writes rejected rows as they come. The file is made with the first one: no rejects, no file."""

    def __init__(self, path: Path, headers: Sequence[str]) -> None:
        """Prepare to write to `path`, under the columns `row`, `reason` and those of the file."""
        self._path, self._headers = path, headers
        self._file: TextIO | None = None

    def add(self, rejected: Rejected) -> None:
        """Write one row."""
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            self._write(["row", "reason", *self._headers])
        self._write([str(rejected.row), rejected.reason, *rejected.cells])

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file:
            self._file.close()

    def _write(self, cells: Sequence[str]) -> None:
        csv.writer(self._file).writerow([literal(cell) for cell in cells]) if self._file else None


@contextmanager
def rejects_file(path: Path, headers: Sequence[str]) -> Iterator[Rejects]:
    """Open `path` for rejected rows for the length of a `with`."""
    rejects = Rejects(path, headers)
    try:
        yield rejects
    finally:
        rejects.close()


def literal(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it: a quote goes before = + - @, tab and return (OWASP)."""
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) else cell
