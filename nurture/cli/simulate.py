"""`nurture simulate`: months in seconds, with made-up people or your own leads, before anybody hears a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nurture.cli._desk import AsJson, note, say_json
from nurture.cli._root import Root, patient_bar, root_for

if TYPE_CHECKING:
    from nurture.domain.simulator import Person, Simulator, World
    from nurture.trying.crowd import Crowd, Plan
    from nurture.trying.simulated import Simulated
    from nurture.trying.workshop import Workshop

MONTH = 30.0
"""Over how many days people come in, unless said otherwise; never longer than the simulation."""

Sequences = Annotated[list[str], typer.Argument(metavar="SEQUENCE", help="Ids, or files in sequences/.")]
Leads = Annotated[str, typer.Option(metavar="N|FILE", help="How many made-up people, or a CSV file of leads.")]
Days = Annotated[int, typer.Option(min=1, max=3_650, help="How long to look.")]
Seed = Annotated[int, typer.Option(help="The dice: the same seed gives the same result to the last number.")]
Start = Annotated[str, typer.Option(metavar="DATE", help="The first day, such as 2026-06-01. Default: today.")]
Over = Annotated[
    float | None, typer.Option(min=0, metavar="DAYS", help="People come in over so many days. Default: 30.")
]
Map = Annotated[
    Path | None, typer.Option("--map", metavar="FILE", help="What the CSV's columns mean. Default: a guess.")
]
Out = Annotated[
    float | None,
    typer.Option("--outage", min=0, metavar="DAYS", help="Everything is down for so many days; then what was missed?"),
]
OutFrom = Annotated[
    int | None,
    typer.Option("--outage-from", min=1, metavar="DAY", help="On which day it begins. Default: in the middle."),
]
Page = Annotated[Path | None, typer.Option(metavar="FILE", help="Write charts there, as one HTML page.")]


def command(
    sequences: Sequences,
    leads: Leads = "1000",
    days: Days = 90,
    seed: Seed = 1,
    start: Start = "",
    over: Over = None,
    leadmap: Map = None,
    page: Page = None,
    outage: Out = None,
    outage_from: OutFrom = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Let a crowd walk through sequences: touches per day, load on mailboxes and reps, stages, who starves and why.

    The planner, calendars, caps, consent and mailboxes are the real ones; people behave like sequences/personas.yaml
    says, by its shares. Leads of a file keep their own facts and consents. Whoever a sequence sends on to another one
    walks on there.

    Examples: `nurture simulate trial-nurture --leads 10000 --days 90 --page var/simulation.html` ·
    `nurture simulate trial-nurture demo-request --leads leads.csv --seed 7 --json` ·
    `nurture simulate trial-nurture --leads 5000 --over 5 --outage 3 --outage-from 7`, which ends with a table of what
    was sent, put off or skipped after three days in which nothing ran
    """
    from nurture.trying.crowd import Plan
    from nurture.trying.simulated import Simulated
    from nurture.trying.workshop import Workshop, names_of

    first, names = _first_day(start), names_of(sequences)
    workshop = Workshop.open(root_for(root), first.year, names)
    plan = Plan(names, first, timedelta(days=min(days, MONTH if over is None else over)), seed)
    crowd = _crowd(workshop, plan, leads, leadmap)
    world = workshop.world(seed, names)
    begins = None if outage is None else first + timedelta(days=days // 2 if outage_from is None else outage_from)
    with patient_bar(f"{len(crowd.people):,} leads, {days} days") as tell:
        tally = _simulator(world, crowd.people, first, days, begins, outage or 0.0).run(tell)
    told = f"leads of {Path(leads).name}" if not leads.isdigit() else "made up from personas"
    done = Simulated(world, tally, names, len(crowd.people), days, told)
    _show(done, crowd, seed, page, as_json)


def _simulator(
    world: World, people: list[Person], first: datetime, days: int, begins: datetime | None, outage: float
) -> Simulator:
    """Return what runs the weeks; with `begins` everything stands still from then on for `outage` days."""
    from nurture.domain.outage import Aftermath, Blackout, Outage
    from nurture.domain.simulator import Simulator

    if begins is None:
        return Simulator(world, people, first, days)
    ends = begins + timedelta(days=outage)
    if ends >= first + timedelta(days=days):
        raise typer.BadParameter(f"The outage ends on {ends:%d %b}, after the simulation. Give it more --days")
    aftermath = Aftermath(first, outage=Outage(begins, ends), policies=world.book.policies)
    return Blackout(world, people, first, days, aftermath)


def _crowd(workshop: Workshop, plan: Plan, leads: str, leadmap: Path | None) -> Crowd:
    from nurture.intake import load_map
    from nurture.trying.crowd import from_file, made_up

    if leads.isdigit():
        if leadmap is not None or int(leads) == 0:
            raise typer.BadParameter("--leads needs a number above 0, or a CSV file; --map only goes with a file")
        return made_up(workshop, plan, int(leads))
    return from_file(workshop, plan, Path(leads), load_map(leadmap) if leadmap else None)


def _show(done: Simulated, crowd: Crowd, seed: int, page: Path | None, as_json: bool) -> None:
    from rich.console import Console

    from nurture.trying.chart_page import chart_page
    from nurture.trying.tables import simulation_table

    for why, count in sorted(crowd.left_out.items(), key=lambda row: -row[1]):
        note(f"left out {count:,} rows: {why}")
    if page is not None:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(chart_page(done, seed), encoding="utf-8")
        note(f"wrote {page}")
    if as_json:
        say_json(done.as_json(done.tally.start, seed))
    else:
        Console().print(simulation_table(done))


def _first_day(text: str) -> datetime:
    if not text:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as odd:
        raise typer.BadParameter(f'"{text}" is no day. Write one such as 2026-06-01') from odd
