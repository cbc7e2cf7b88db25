"""The first report: where people stand, what was said on which channel, and what nobody knows for sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nurture.domain.lead import Channel
from nurture.domain.touch import ON_THE_WIRE, LedgerRow, TouchState
from nurture.web.facts import AtHome, House
from nurture.web.login import Me
from nurture.web.pages import page

router = APIRouter(include_in_schema=False)

FUNNEL = ("contact", "lead", "mql", "pql", "sal", "sql", "service_ql", "sqo", "customer", "nurture", "unqualified")
"""Stages in their order on the page; holding stages last, unknown ones after them."""
UNCERTAIN_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: `share` is of the longest bar, in percent."""

    label: str
    count: int
    share: float


@router.get("/reports")
async def reports(request: Request, home: AtHome, _: Me) -> Response:
    """Show the report as of now."""
    rows = await home.doors.ledger.rows()
    uncertain = [row for row in rows if row.state is TouchState.UNCERTAIN]
    stages = await _stages(home)
    context: dict[str, Any] = {
        "people": sum(stages.values()),
        "funnel": bars(stages, [stage for stage in FUNNEL if stage in stages]),
        "channels": bars(Counter(str(row.touch.channel) for row in rows if row.state in ON_THE_WIRE), list(Channel)),
        "table": outcomes(rows),
        "states": list(TouchState),
        "uncertain": uncertain[:UNCERTAIN_SHOWN],
        "uncertain_count": len(uncertain),
    }
    return page(request, "reports.html", now=home.doors.clock.now(), **context)


def bars(counts: Counter[str], order: list[str]) -> list[Bar]:
    """Return bars in the given order, what is not in it after it by name; an empty count gives no bars."""
    longest = max(counts.values(), default=0)
    names = [name for name in order if counts[name]] + sorted(set(counts) - set(order))
    return [Bar(name, counts[name], round(100 * counts[name] / longest, 1)) for name in names]


def outcomes(rows: Sequence[LedgerRow]) -> dict[str, Counter[str]]:
    """Return channel -> state -> number of touches."""
    table: dict[str, Counter[str]] = {}
    for row in rows:
        table.setdefault(str(row.touch.channel), Counter())[str(row.state)] += 1
    return table


async def _stages(home: House) -> Counter[str]:
    counts: Counter[str] = Counter()
    async for person in home.doors.leads.all():
        counts[person.stage] += 1
    return counts
