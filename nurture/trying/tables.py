"""A simulation in a terminal: who heard what, who carried it, where everybody stands, and why some heard nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nurture.domain.outage import Aftermath
from nurture.trying.outage_table import outage_table
from nurture.trying.simulated import Load, Simulated

_BLOCKS = " ▁▂▃▄▅▆▇█"
_MOST_REASONS = 12


def simulation_table(done: Simulated) -> RenderableType:
    """Return what `rich` prints for a simulation."""
    tables = [
        _touches(done),
        _loads("Mailboxes and numbers", done.mailboxes()),
        _loads("Reps", done.reps()),
        _stages(done),
        *(_funnel(done, sequence) for sequence in done.walked()),
        _reasons(done),
    ]
    after = [outage_table(done.tally)] if isinstance(done.tally, Aftermath) else []
    return Group(_headline(done), *(part for table in tables for part in (table, Text())), *after)


def sparkline(values: Sequence[int], width: int = 45, most: int = 0) -> str:
    """Return numbers as a row of blocks, at most `width` wide; `most` is the number a full block stands for."""
    size = max(1, -(-len(values) // width))
    bins = [max(values[start : start + size]) for start in range(0, len(values), size)]
    top = max([most, *bins, 1])
    return "".join(_BLOCKS[-(-number * (len(_BLOCKS) - 1) // top)] for number in bins)


def _headline(done: Simulated) -> Text:
    tally = done.tally
    replies = sum(count for name, count in tally.answers.items() if name.startswith("replied"))
    offered = tally.handoffs
    parts = [
        f"{sum(tally.entered.values()):,} entries",
        f"{sum(tally.touches.values()):,} touches",
        f"{replies:,} replies",
        f"{offered['created']:,} hand-offs ({offered['accepted']:,} accepted, {offered['late']:,} late)",
        f"{tally.answers['opted_out']:,} opt-outs",
    ]
    head = f"{', '.join(done.sequences)}: {done.leads:,} leads, {done.days} days from {done.date_of(0):%d %b %Y}"
    return Text(f"{head} · {done.crowd}\n{' · '.join(parts)}\n", style="bold")


def _touches(done: Simulated) -> Table:
    table = _table("Touches", "Channel", "Total", "Busiest day", "Day by day")
    for channel, days in done.touches().items():
        busiest = max(days)
        when = f"{busiest:,} on {done.date_of(days.index(busiest)):%d %b}"
        table.add_row(channel, f"{sum(days):,}", when, sparkline(days))
    return table


def _loads(title: str, loads: Iterable[Load]) -> Table:
    table = _table(title, "Who", "Total", "Busiest day", "Days full", "Day by day")
    for load in loads:
        busiest = f"{load.busiest:,} of {load.limit:,}" if load.limit else f"{load.busiest:,}"
        full = Text(str(load.full), style="red" if load.full else "dim") if load.limit else Text("")
        table.add_row(load.name, f"{load.total:,}", busiest, full, sparkline(load.days, 30, max(load.limits)))
    return table


def _stages(done: Simulated) -> Table:
    table = _table("Where they stand at the end", "Stage", "People", "Share", "")
    for stage, count in done.stages():
        share = count / max(1, done.leads)
        table.add_row(stage, f"{count:,}", f"{share:.1%}", "█" * round(40 * share))
    return table


def _funnel(done: Simulated, sequence: str) -> Table:
    entered = done.tally.entered[sequence]
    table = _table(f"{sequence}: {entered:,} entered", "Step", "By", "Times", "Of those who entered", "Passed over")
    for rung in done.funnel(sequence):
        share = f"{rung.count / entered:.0%}" if entered else ""
        why = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in rung.skipped)
        ways = [f"{way} {count:,}" if len(rung.ways) > 1 else way for way, count in rung.ways]
        table.add_row(rung.step, ", ".join(ways), f"{rung.count:,}", share, why)
    return table


def _reasons(done: Simulated) -> Table:
    table = _table("Who starves, what waits, and why", "What", "Why", "How often")
    rows = done.why_not()
    for what, why, count in rows[:_MOST_REASONS]:
        table.add_row(Text(what, style="red" if what == "starved" else ""), why, f"{count:,}")
    if not rows:
        table.add_row("nobody", "everything went out in its own time", "")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        right = column in ("Total", "Busiest day", "Days full", "People", "Share", "Times", "How often")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    return table
