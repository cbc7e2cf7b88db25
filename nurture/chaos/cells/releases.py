"""B5: a release whose workflows do things in another order than the histories of people who are under way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from temporalio.api.enums.v1 import WorkflowTaskFailedCause

from nurture.chaos import nemesis
from nurture.chaos.cell import Case, Cell
from nurture.chaos.cells.longer import DRAINS_WITHIN
from nurture.chaos.ground import Ground
from nurture.chaos.letters import first_mails
from nurture.chaos.quiet import until
from workflows.watching import workflow_id

SLOWER = 36.0
"""Seconds of a day: everybody has the first mail before the first of them is due the second."""
MAILS = 3
_ANOTHER_ORDER = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR


async def reordered(ground: Ground, case: Case) -> None:
    """B5: both workers come back with the careless release; the next mails fall due in it; then it is rolled back."""
    await ground.enrol(case.crowd, case.cell.sequence)

    await first_mails(ground, case, case.crowd.addresses, 120.0)
    try:
        await _release(ground, careless=True)
        await _falls_due(ground, case)
    finally:
        await _release(ground, careless=False)


async def _falls_due(ground: Ground, case: Case) -> None:
    """Wait until everybody's next mail was due: each workflow task failed in sight, and nothing left."""
    before = _mails(ground, case)
    waiting = {lead for lead, email in case.crowd.emails.items() if before[email] < MAILS}
    case.demand(len(waiting) > len(case.crowd.leads) // 2, "most people were through already: it proves nothing")

    async def all_failed() -> bool:
        return all(await asyncio.gather(*(_has_failed(ground, lead) for lead in waiting)))

    case.demand(await until(all_failed, 120.0, 1.0), "not everybody's workflow task failed in sight")
    sent = _mails(ground, case).total() - before.total()
    case.demand(not sent, f"{sent} mails left although their history no longer fits the code")
    case.seen |= {"failed visibly": len(waiting), "mails meanwhile": sent}


def _mails(ground: Ground, case: Case) -> Counter[str]:
    """Return how many mails have arrived at each address of this case."""
    return Counter(mail.to for mail in ground.mail.kept if mail.to in case.crowd.addresses)


async def _has_failed(ground: Ground, lead: str) -> bool:
    """Whether Temporal's history of this lead shows a task that failed because the code does other things now."""
    handle = ground.house.leads.client.get_workflow_handle(workflow_id(lead))
    causes = [event.workflow_task_failed_event_attributes.cause async for event in handle.fetch_history_events()]
    return _ANOTHER_ORDER in causes


async def _release(ground: Ground, *, careless: bool) -> None:
    """Stop both workers in peace, and start them with the careless release or with the one before it."""
    for worker in ground.workers.values():
        await worker.child.stop(DRAINS_WITHIN)
    for worker in ground.workers.values():
        if careless:
            worker.order(nemesis.REORDERED)
        else:
            worker.recall(nemesis.REORDERED)
        await worker.child.start()


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "the tasks fail in sight, nothing is sent meanwhile, roll-back heals: lost 0, twice 0, uncertain 0"
    yield Cell("B5", reordered, criterion, leads=(24, 300), day=SLOWER)
