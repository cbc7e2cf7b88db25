"""How fast and how lean an import is, against reading the same file and inserting it without looking at it."""

from __future__ import annotations

import asyncio
import csv
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks import messy_csv
from benchmarks.children import Child
from benchmarks.rows import Ask, Benchmark, Budget, Row
from benchmarks.timing import cpu_of, in_turns, middle, spread
from nurture.intake import ImportReport, guess_file, import_leads, read_leads
from nurture.store import open_store

SPEED, MEMORY = "import-rows", "import-memory"
BUDGET, FLAT = Budget("ratio", at_least=0.4), Budget("ratio", at_most=1.15)
BATCH = 1_000


class Now:
    """The wall clock."""

    def now(self) -> datetime:
        """Return the present (UTC)."""
        return datetime.now(UTC)


def run(ask: Ask) -> list[Row]:
    """Import a messy file into a fresh SQLite store, in turns with the baseline; then look at memory for n and 4 n."""
    with tempfile.TemporaryDirectory(prefix="nurture-bench-") as folder:
        path, lines = _file(ask, Path(folder))
        ask.say(f"{SPEED}: {lines} rows of {path.name}")
        return [_speed(ask, path, lines, Path(folder)), _memory(ask, Path(folder))]


def _file(ask: Ask, folder: Path) -> tuple[Path, int]:
    path = ask.leads or messy_csv.write(folder / "messy.csv", ask.pick(20_000, 4_000, 60))
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return path, sum(1 for _ in csv.reader(file)) - 1


def _speed(ask: Ask, path: Path, lines: int, folder: Path) -> Row:
    databases = (folder / f"{number}.db" for number in range(1_000))
    reports: list[ImportReport] = []

    def ours() -> float:
        return lines / cpu_of(lambda: reports.append(asyncio.run(import_file(path, next(databases)))))

    def bare() -> float:
        return lines / cpu_of(lambda: _bare(path, next(databases)))

    real, baseline = in_turns(ask.pick(5, 3, 1), ours, bare)
    done = reports[-1]
    inputs = (
        f"{lines} rows, {path.stat().st_size / 1e6:.1f} MB: {done.imported} imported, {done.merged} merged, "
        f"{done.rejected} rejected, {done.opted_out} opted out; CPU time, rounds {spread(real)} against "
        f"{spread(baseline)}; "
        f"baseline: csv.DictReader, one insert a row with all its cells, a commit every {BATCH}"
    )
    return Row(SPEED, middle(real), "rows/s", middle(baseline), BUDGET, inputs)


def _memory(ask: Ask, folder: Path) -> Row:
    """Compare the peak memory of a process that imports n rows with one that imports 4 n."""
    few = ask.pick(20_000, 4_000, 60)
    peaks = []
    for rows in (few, 4 * few):
        ask.say(f"{MEMORY}: {rows} rows in a process of their own")
        path = messy_csv.write(folder / f"messy-{rows}.csv", rows)
        peaks.append(asyncio.run(_peak(path, folder / f"peak-{rows}.db")))
    inputs = f"peak resident memory (VmHWM) of a process that imports {4 * few} rows; baseline: {few} rows"
    return Row(MEMORY, peaks[1], "MB", peaks[0], FLAT, inputs)


async def _peak(path: Path, database: Path) -> float:
    async with Child("benchmarks.importing", [str(path), str(database)]) as child:
        return float(child.first)


async def import_file(path: Path, database: Path) -> ImportReport:
    """Import a file into a store that is made for it, as `nurture import` does."""
    async with open_store(f"sqlite+aiosqlite:///{database}", Now(), key=b"benchmark") as store:
        return await import_leads(read_leads(path, guess_file(path)), store.leads, store.inbox, Now())


def peak_of_this_process() -> float:
    """Return the most memory this process ever held, in MB (Linux only).

    `ru_maxrss` would not do: it is handed down by the parent, and says how large that was.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1_024


def _bare(path: Path, database: Path) -> None:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or ())
        connection = sqlite3.connect(database)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"CREATE TABLE leads ({', '.join(f'c{n} TEXT' for n in range(len(names)))})")
        insert = f"INSERT INTO leads VALUES ({', '.join('?' * len(names))})"
        for batch in _batches(reader):
            for row in batch:
                connection.execute(insert, [row[name] for name in names])
            connection.commit()
        connection.close()


def _batches(reader: csv.DictReader[str]) -> Iterator[list[dict[str, str]]]:
    while batch := list(islice(reader, BATCH)):
        yield batch


BENCHMARK = Benchmark((SPEED, MEMORY), "How fast and how lean a messy file becomes people.", run)


if __name__ == "__main__":
    asyncio.run(import_file(Path(sys.argv[1]), Path(sys.argv[2])))
    print(peak_of_this_process(), flush=True)
