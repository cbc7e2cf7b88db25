"""What became of the steps that fell due in an outage, as a table: sent, put off, skipped, each with its reason."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nurture.domain.outage import Aftermath
from nurture.trying.simulated import in_words

_PROMISES = {
    "outside_window": "left outside its window",
    "over_cap": "left over a cap",
    "overdue_twice_a_day": "overdue, and left less than a day after another touch",
}
_ENDS = {"stop": "a stop rule or a reply", "waits": "for its turn"}


def outage_table(aftermath: Aftermath) -> RenderableType:
    """Return what `rich` prints: how each overdue step ended, how often it was put off and why, and what was kept."""
    outage = aftermath.outage
    title = f"After the outage from {outage.begins:%a %d %b %H:%M} to {outage.ends:%a %d %b %H:%M} UTC"
    table = Table(title=Text(title, style="bold"), title_justify="left", show_edge=False, pad_edge=False)
    for column in ("Steps that fell due in it", "Why", "How many"):
        table.add_column(column, justify="right" if column == "How many" else "left", overflow="fold")
    for what, why, count in aftermath.ended():
        table.add_row(what, _ENDS.get(why, in_words(why)), f"{count:,}")
    table.add_row("all", "", f"{len(aftermath.overdue):,}", end_section=True)
    for reason, count in aftermath.put_off.most_common():
        table.add_row("put off", in_words(reason), f"{count:,}")
    return Group(table, Text(), _kept(aftermath))


def _kept(aftermath: Aftermath) -> Text:
    broken = aftermath.broken()
    words = ", ".join(f"{count:,} {_PROMISES[name]}" for name, count in broken.items())
    head = f"{len(aftermath.marks):,} touches after it: "
    return Text(f"{head}{words}", style="red" if any(broken.values()) else "green")
