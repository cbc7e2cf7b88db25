"""Files of leads, read row by row: encoding and delimiter found out, sizes capped, memory flat."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TextIO

from nurture.domain.errors import Invalid
from nurture.intake.cells import clean, snake_case
from nurture.intake.guessing import guess_mapping
from nurture.intake.leadmap import LeadMap
from nurture.intake.person import Accepted, RowReader

DELIMITERS = ",;\t|"
SAMPLE = 200
"""Rows a guess looks at."""
_CHUNK = 1 << 16
_TOGETHER = 500
"""Rows that are read together: more are not faster, fewer are slower."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be a person, why, and its cells as they came; the header is row 1."""

    row: int
    reason: str
    cells: tuple[str, ...] = ()


Row = Accepted | Rejected
"""What a row of a file is to us."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may hold: bytes, and rows below the header."""

    size: int = 1 << 30
    rows: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written: its encoding, its delimiter and its column names (a repeated name gets a number)."""

    encoding: str
    delimiter: str
    headers: tuple[str, ...]


def shape_of(path: Path, leadmap: LeadMap | None = None, limits: Limits = Limits()) -> Shape:
    """Return how the file is written; what the map declares is believed. Raises Invalid when it is empty or too large.

    UTF-8 (with or without a byte order mark) and UTF-16 with a mark are found out; all else is read as Windows-1252.
    """
    if path.stat().st_size > limits.size:
        raise Invalid(f"{path.name} is larger than {limits.size:,} bytes", remedy="Split the file")
    encoding = (leadmap and leadmap.encoding) or _encoding(path)
    with _opened(path, encoding) as file:
        sample = list(islice(file, 20))
    if not "".join(sample).strip():
        raise Invalid(f"{path.name} is empty")
    delimiter = (leadmap and leadmap.delimiter) or _delimiter(sample)
    with _opened(path, encoding) as file:
        headers = next(_rows(file, delimiter))
    if isinstance(headers, str):
        raise Invalid(f"{path.name} has no header: {headers}")
    return Shape(encoding, delimiter, _distinct(headers))


def guess_file(path: Path, limits: Limits = Limits()) -> LeadMap:
    """Return the likeliest map of a file, from its header and first rows. Raises Invalid when it cannot be read."""
    shape = shape_of(path, limits=limits)
    with _opened(path, shape.encoding) as file:
        rows = [row for row in islice(_rows(file, shape.delimiter), 1, SAMPLE + 1) if isinstance(row, list)]
    return replace(guess_mapping(shape.headers, rows), encoding=shape.encoding, delimiter=shape.delimiter)


def read_leads(path: Path, leadmap: LeadMap, limits: Limits = Limits()) -> Iterator[Row]:
    """Yield what each row of the file is: a person, or why not. Blank rows are passed over.

    Raises Invalid before the first row when the map does not fit the file or the file is too large, and after the last
    allowed row when there are more. Cells are taken literally: a formula is the text of a formula. When the map names
    neither a source column nor a source, the people's source is the file: `file_` and its name.
    """
    shape = shape_of(path, leadmap, limits)
    reader = RowReader(leadmap, shape.headers, came_by=snake_case(f"file {path.stem}"))
    last = limits.rows + 1
    with _opened(path, shape.encoding) as file:
        records = csv.reader(file, delimiter=shape.delimiter)
        next(records)
        for first, rows, complaint in _runs(records):
            yield from _read(reader, rows[: last + 1 - first], first)
            after = first + len(rows)
            if after + bool(complaint) > last + 1:
                raise Invalid(f"{path.name} has more than {limits.rows:,} rows", remedy="Split the file, import again")
            if complaint:
                yield Rejected(after, complaint)


def _read(reader: RowReader, rows: Sequence[Sequence[str]], first: int) -> Iterator[Row]:
    """Yield what each row is; the first one's number in the file is `first`."""
    numbers = [number for number, cells in enumerate(rows, start=first) if any(cells)]
    if len(numbers) < len(rows):
        rows = [cells for cells in rows if any(cells)]
    for number, cells, found in zip(numbers, rows, reader.read_all(rows, numbers) if rows else (), strict=True):
        yield found if isinstance(found, Accepted) else Rejected(number, found.reason, tuple(cells))


def _runs(records: Iterator[list[str]]) -> Iterator[tuple[int, list[list[str]], str]]:
    """Yield runs of rows with the number of their first, and csv's complaint about the row after them, or ""."""
    number = 2
    while True:
        rows: list[list[str]] = []
        complaint = ""
        try:
            rows.extend(islice(records, _TOGETHER))
        except csv.Error as error:  # what was read before it is in `rows`
            complaint = f"not readable as CSV: {error}"
        if not rows and not complaint:
            return
        yield number, rows, complaint
        number += len(rows) + bool(complaint)


def _rows(file: Iterable[str], delimiter: str) -> Iterator[list[str] | str]:
    """Yield each row's cells, or, for a row that csv itself cannot read, its complaint."""
    reader = csv.reader(file, delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"not readable as CSV: {error}"


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _delimiter(sample: Sequence[str]) -> str:
    def fit(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in _rows(sample, delimiter) if isinstance(row, list) and row]
        return (sum(width == widths[0] for width in widths) if widths and widths[0] > 1 else 0), max(widths, default=0)

    return max(DELIMITERS, key=fit)


def _distinct(headers: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    names = []
    for header in map(clean, headers):
        seen[header] = seen.get(header, 0) + 1
        names.append(f"{header} ({seen[header]})" if header and seen[header] > 1 else header)
    return tuple(names)


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[TextIO]:
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            yield file
    except LookupError as error:
        raise Invalid(f"there is no encoding {encoding!r}") from error
