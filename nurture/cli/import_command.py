"""`nurture import`: people from a spreadsheet, with a map to confirm, a reason for every row left out, and a report."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nurture.cli._desk import AsJson, aligned, at_home, note, progress, say_json
from nurture.domain.errors import Invalid, NurtureError

if TYPE_CHECKING:
    from nurture.intake import ImportReport, LeadMap, Row

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file, in any encoding and delimiter.")]
Map = Annotated[
    Path | None, typer.Option("--map", exists=True, dir_okay=False, help="Which column means what. Unset: guessed.")
]
SaveMap = Annotated[Path | None, typer.Option(help="Write the map here, to be corrected and passed as --map.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Take the guessed map without asking.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Read at most so many rows.")]
RejectsTo = Annotated[Path, typer.Option("--rejects", help="Where rows that cannot be a lead go, with their reasons.")]


def command(
    file: File,
    map_: Map = None,
    save_map: SaveMap = None,
    yes: Yes = False,
    limit: Limit = None,
    rejects: RejectsTo = Path("rejects.csv"),
    as_json: AsJson = False,
) -> None:
    """Import leads from a CSV file. Importing twice makes nobody twice.

    Without --map the columns are guessed and shown to be confirmed. Addresses are normalised, people we know already
    are merged (gaps are filled, nothing known is overwritten), and "do not e-mail" closes a channel for good.

    Example: `nurture import leads.csv --save-map leads.map.yaml`, correct the map, then
    `nurture import leads.csv --map leads.map.yaml`
    """
    from nurture.intake import load_map

    leadmap = load_map(map_) if map_ else _guessed(file, save_map, yes, as_json)
    if map_ and save_map:
        _save(leadmap, save_map)
    report = asyncio.run(_import(file, leadmap, limit, rejects))
    document = asdict(report) | {"rejects": str(rejects) if report.rejected else None}
    if as_json:
        say_json(document)
    else:
        _tell(report, rejects)
    if report.read and report.rejected == report.read:
        raise NurtureError("No row could be taken", remedy=f"See {rejects} and correct the map")


def _guessed(file: Path, save_map: Path | None, yes: bool, as_json: bool) -> LeadMap:
    """Return the likeliest map, saved if asked and confirmed if there is somebody to ask. Raises Invalid, Abort."""
    from nurture.intake import guess_file, table

    leadmap = guess_file(file)
    print(table(leadmap), file=sys.stderr if as_json else sys.stdout)
    if save_map:
        _save(leadmap, save_map)
    if problems := leadmap.problems():
        remedy = "Write the map with --save-map MAP.yaml, correct it, and pass it as --map"
        raise Invalid(f"{file.name} cannot be imported by a guess", problems=problems, remedy=remedy)
    if not yes and sys.stdin.isatty() and not typer.confirm("Import with this map?", default=True, err=True):
        way = f"correct {save_map} and pass it as --map" if save_map else "write the map with --save-map and correct it"
        note(f"Nothing was imported: {way}.")
        raise typer.Exit(1)
    return leadmap


def _save(leadmap: LeadMap, path: Path) -> None:
    from nurture.intake import dump_map

    if path.exists():
        raise Invalid(f"{path} exists already", remedy="Pass it as --map, or save to another name")
    path.write_text(dump_map(leadmap), encoding="utf-8")
    note(f"The map is in {path}.")


async def _import(file: Path, leadmap: LeadMap, limit: int | None, rejects: Path) -> ImportReport:
    from nurture.intake import import_leads, read_leads, rejects_file, shape_of

    headers = shape_of(file, leadmap).headers
    rows: Iterable[Row] = islice(read_leads(file, leadmap), limit)
    total = _rows_in(file, limit)
    with rejects_file(rejects, headers) as left_out, progress("importing", total) as show:
        async with at_home() as house:
            store, told = house.store, _shown(show)
            report = await import_leads(
                rows, store.leads, store.inbox, house.clock, told, on_reject=left_out.add, file=file.name
            )
        show(report.read, report.read)
    return report


def _shown(show: Callable[..., None]) -> Callable[[ImportReport], None]:
    return lambda report: show(report.read)


def _rows_in(file: Path, limit: int | None) -> int:
    """Return about how many rows there are: lines without the header. Only the bar depends on it."""
    with file.open("rb") as lines:
        counted = sum(chunk.count(b"\n") for chunk in iter(lambda: lines.read(1 << 20), b""))
    return max(1, min(counted, limit or counted))


def _tell(report: ImportReport, rejects: Path) -> None:
    rows: list[tuple[Any, ...]] = [
        (f"{report.read:,}", "rows read"),
        (f"{report.imported:,}", "people new"),
        (f"{report.merged:,}", "rows merged with people known already"),
        (f"{report.rejected:,}", f"rows rejected{f', see {rejects}' if report.rejected else ''}"),
        (f"{report.opted_out:,}", "people who closed a channel"),
    ]
    for line in aligned([(count.rjust(10), what) for count, what in rows], indent=""):
        print(line)
    if report.notes:
        print("\nLeft out of people who were imported:")
        for words, count in sorted(report.notes.items(), key=lambda note: -note[1]):
            print(f"{count:>10,}  {words}")
    print("\nEnrol them with: nurture enrol SEQUENCE --all")
