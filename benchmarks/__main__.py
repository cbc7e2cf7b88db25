"""`python -m benchmarks`: measures every claim and prints one table, or with `--json` one object as the last line."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.catalogue import ALL, NAMES
from benchmarks.rows import Ask, Benchmark, Row, Size
from nurture.leaving import leave

WORDS = {True: "met", False: "NOT MET", None: "for comparison"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for and print it. Returns 0 whether or not budgets are met, 1 if a row is missing."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    names = chosen.only or NAMES
    rows = measure(names, Ask(chosen.size, chosen.file, _say))
    if chosen.json:
        print(as_json(rows, chosen.size))
    else:
        show(rows, chosen.size)
    return 0 if {row.name for row in rows} == set(names) else 1


def measure(names: Sequence[str], ask: Ask) -> list[Row]:
    """Run every benchmark that gives one of the rows `names`; return those rows in the order of the budget table."""
    began, rows = time.monotonic(), list[Row]()
    wanted = [benchmark for benchmark in ALL if _gives(benchmark, names)]
    for number, benchmark in enumerate(wanted, start=1):
        ask.say(f"[{number}/{len(wanted)}, {time.monotonic() - began:.0f} s] {benchmark.about}")
        rows += [row for row in _rows_of(benchmark, ask) if row.name in names]
    return rows


def _rows_of(benchmark: Benchmark, ask: Ask) -> Sequence[Row]:
    """Run one benchmark; one that breaks costs its own rows only, and says why."""
    try:
        return benchmark.run(ask)
    except Exception:  # noqa: BLE001 -- whatever breaks one measurement says nothing of the others
        ask.say(f"{benchmark.names[0]} could not be measured:\n{traceback.format_exc()}")
        return ()


def as_json(rows: Sequence[Row], size: Size) -> str:
    """Return all rows as one line; `inputs` says by row what was measured with, `size` how much."""
    inputs = {row.name: row.inputs for row in rows}
    return json.dumps({"rows": [row.as_json() for row in rows], "size": str(size), "inputs": inputs})


def show(rows: Sequence[Row], size: Size) -> None:
    """Print the table and, below it, the inputs of each row."""
    title = "Measured on this machine, just now" + ("" if size is Size.FULL else f" ({size} inputs: no claim)")
    table = Table(title=title, title_justify="left")
    for name in ("what", "value", "baseline", "ratio", "budget", ""):
        table.add_column(name, overflow="fold")
    for row in rows:
        plain = row.as_json()
        table.add_row(
            row.name,
            f"{plain['value']} {row.unit}",
            _or_dash(plain["baseline"]),
            _or_dash(plain["ratio"]),
            _or_dash(plain["budget"]),
            WORDS[row.met],
        )
    console = Console(width=None if sys.stdout.isatty() else 130)
    console.print(table)
    for row in rows:
        console.print(f"{row.name}: {row.inputs}", highlight=False, markup=False)


def _or_dash(value: object) -> str:
    return "–" if value is None else str(value)


def _gives(benchmark: Benchmark, names: Sequence[str]) -> bool:
    return any(name in names for name in benchmark.names)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--only", action="append", choices=NAMES, help="measure this row only; may be repeated")
    parser.add_argument("--file", type=Path, help="a CSV file of leads for the import rows, instead of a made-up one")
    parser.add_argument(
        "--quick", dest="size", action="store_const", const=Size.QUICK, default=Size.FULL, help="smaller inputs"
    )
    return parser


if __name__ == "__main__":
    leave(main())
