"""What a person sees of a demo: live progress while it runs, then the funnel, the promises, and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nurture.local.outcome import Outcome, Progress

_SHOWN = 5
_EVERY = 5.0
_PROMISES = {
    "lost": "Nothing lost: every touch in the ledger arrived, every arrival is in the ledger",
    "twice": "Nothing twice",
    "after_stop": "Nothing after a reply, an opt-out, a complaint, a hard bounce or unqualified",
    "outside_window": "Nothing outside its window",
    "over_cap": "Nothing over a frequency cap",
    "uncertain": "Nobody knows whether these went out (listed, never sent again)",
    "tampered": "Every row of the ledger is as the engine wrote it, and none is gone",
}
_FUNNEL = ("opened", "clicked", "replied", "auto_replied", "opted_out", "bounced", "complained")


class Screen:
    """Draws on stderr. `plain` prints a line now and then instead of a picture that moves."""

    def __init__(self, *, plain: bool, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._live = None if plain else Live(console=self._console, refresh_per_second=4, transient=True)
        self._last_day = -_EVERY

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def say(self, words: str) -> None:
        """Print a line above the picture."""
        self._console.print(words, soft_wrap=True, markup=False)

    def look(self, progress: Progress) -> None:
        """Show where the demo stands."""
        if self._live:
            self._live.update(_picture(progress))
        elif progress.day >= self._last_day + _EVERY:
            self._last_day = progress.day
            self.say(f"day {max(progress.day, 0):.0f} of {progress.days}: {_listed(progress.touches)}")

    def end(self, outcome: Outcome) -> None:
        """Show how it ended."""
        self._stop()
        self._console.print(_funnel(outcome))
        self._console.print(_promises(outcome))
        for name, found in asdict(outcome.broken).items():
            for sentence in found[:_SHOWN]:
                self.say(f"  {name}: {sentence}")
            if len(found) > _SHOWN:
                self.say(f"  {name}: … and {len(found) - _SHOWN} more")
        again = f"; the worker died {outcome.restarts} times and was started again" if outcome.restarts else ""
        self.say(f"{outcome.days} days in {outcome.seconds:.0f} s{again}.")
        self.say(f"Temporal's UI: {outcome.temporal_ui}   inbox and timelines: {outcome.web}/inbox")

    def _stop(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None


def _picture(progress: Progress) -> Group:
    rows = Table.grid(padding=(0, 2))
    rows.add_row("touches", _listed(progress.touches))
    rows.add_row("people who", _listed({kind: progress.people.get(kind, 0) for kind in _FUNNEL}))
    rows.add_row("hand-offs", _listed(progress.handoffs))
    rows.add_row("stages", _listed(progress.stages))
    day = min(max(progress.day, 0.0), float(progress.days))
    bar = ProgressBar(total=progress.days, completed=day, width=60)
    return Group(Text(f"{progress.now:%A %d %B %H:%M} UTC, day {day:.0f} of {progress.days}"), bar, rows)


def _funnel(outcome: Outcome) -> Table:
    table = Table(title="What became of everybody", show_header=False, title_justify="left")
    table.add_row("rows", _listed(outcome.leads))
    table.add_row("enrolled", str(outcome.enrolled))
    table.add_row("touches", _listed(outcome.touches))
    table.add_row("withheld, and why", _listed(outcome.withheld))
    table.add_row("people who", _listed({kind: outcome.people.get(kind, 0) for kind in _FUNNEL}))
    table.add_row("hand-offs", _listed(outcome.handoffs))
    table.add_row("stages", _listed(outcome.stages))
    return table


def _promises(outcome: Outcome) -> Table:
    table = Table("promise", "broken", title="Promises, audited against what arrived", title_justify="left")
    for name, found in asdict(outcome.broken).items():
        style = "green" if not found else "yellow" if name == "uncertain" else "bold red"
        table.add_row(_PROMISES[name], Text(str(len(found)), style=style))
    return table


def _listed(counts: Mapping[str, int]) -> str:
    return "   ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items()) or "none"
