"""H4: an activity that fails for ever of an error that nobody knows."""

from __future__ import annotations

import os
from collections.abc import Iterable

from activities.budget import LOUD_FROM
from nurture.chaos import nemesis
from nurture.chaos.cell import Case, Cell
from nurture.chaos.crowd import Crowd
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.domain.touch import LedgerRow, TouchState
from workflows.watching import workflow_id

BUDGET = 60.0
"""Seconds for which a touch is tried here instead of a day: six tries, and no time for a seventh."""
SHARE = 4
"""One of so many people is struck."""
LOUD = f"failed {LOUD_FROM} times, now of RuntimeError"


async def unheard_of(ground: Ground, case: Case) -> None:
    """H4: the words of some people cannot be made, for a reason that no code names, until somebody mends it."""
    struck = case.crowd.part(0, max(1, len(case.crowd.leads) // SHARE))
    for worker in ground.workers.values():
        worker.order(nemesis.BUDGET, BUDGET)
        (worker.orders / nemesis.STRUCK).write_text(os.linesep.join(struck.leads))
    try:
        await ground.enrol(case.crowd, case.cell.sequence)
        shown = await until(lambda: _is_shown(ground, struck.leads[0]), 60.0)
        case.demand(shown, "Temporal does not show the tries with their error")
        case.demand(
            await until(lambda: _all_ended(ground, struck), 120.0), "not everybody who was struck came to an end"
        )
    finally:
        for worker in ground.workers.values():
            worker.recall(nemesis.STRUCK)
            worker.recall(nemesis.BUDGET)
    await _judge(ground, case, struck)


async def _is_shown(ground: Ground, lead: str) -> bool:
    """Whether Temporal shows that the touch of a lead was tried again and again, and of what it failed."""
    found = await ground.house.leads.client.get_workflow_handle(workflow_id(lead)).describe()
    pending = found.raw_description.pending_activities
    return any(each.attempt >= LOUD_FROM and nemesis.UNHEARD_OF in each.last_failure.message for each in pending)


async def _all_ended(ground: Ground, struck: Crowd) -> bool:
    return {row.touch.lead for row in await _given_up(ground, struck)} >= set(struck.leads)


async def _given_up(ground: Ground, struck: Crowd) -> list[LedgerRow]:
    """Return the touches of these people that ended with the error as their reason."""
    rows = await ground.house.store.ledger.rows(states=[TouchState.SUPPRESSED])
    return [row for row in rows if row.touch.lead in set(struck.leads) and nemesis.UNHEARD_OF in row.reason]


async def _judge(ground: Ground, case: Case, struck: Crowd) -> None:
    """Look at the reasons, and for the alarm of each in the workers' logs."""
    ended = await _given_up(ground, struck)
    logs = "".join(worker.child.log.read_text(errors="replace") for worker in ground.workers.values())
    silent = [lead for lead in struck.leads if f"send of {workflow_id(lead)} {LOUD}" not in logs]
    case.demand(not silent, f"no worker raised an alarm about {silent[:3]}")
    case.seen |= {"struck": len(struck.leads), "alarms": len(struck.leads) - len(silent), "given up": len(ended)}
    case.seen["reason"] = ended[0].reason if ended else ""


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "the tries end with a reason, an alarm is in the log, everybody else is served, the next touches go out"
    yield Cell("H4", unheard_of, criterion, leads=(24, 60))
