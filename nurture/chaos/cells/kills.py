"""A: workers killed, frozen and drained at every point of the send protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable

from nurture.chaos import nemesis
from nurture.chaos.acts import Act, Kind, Moment, Rule, Stage, answers
from nurture.chaos.cell import Case, Cell, Strike
from nurture.chaos.ground import Ground
from nurture.domain.touch import LedgerRow, TouchState

LINES = 4
"""Connections a worker keeps to its relay: so many messages of one worker can be on the wire at a time."""
DIES_WITHIN = 120.0
ON_ITS_WAY = 1.0
"""Seconds in which a living worker says DATA for what it has marked."""
LATER = "451 4.3.0 busy, try again in 45 seconds"
DEFINITE = "lost 0, twice 0, uncertain 0"
CAUGHT = "twice 0, uncertain = in flight, all listed"


def held_at(stage: Stage, case: Case) -> Rule:
    """Return the rule: the people of this case stand still at `stage`, at the door of the worker to be killed."""

    def rule(moment: Moment) -> Act | None:
        ours = moment.to in case.crowd.addresses or (moment.stage in (Stage.GREETING, Stage.MAIL) and not moment.to)
        return Act(Kind.HOLD) if moment.stage is stage and moment.door == case.door and ours else None

    return rule


def others_later(case: Case) -> Rule:
    """Return the rule: whoever does not belong to this case is asked to come again in 45 seconds.

    So a kill catches on the wire whom it is meant to catch, and nobody of the cells before it.
    """

    def rule(moment: Moment) -> Act | None:
        foreign = moment.stage is Stage.RCPT and moment.to not in case.crowd.addresses
        return answers(LATER) if foreign else None

    return rule


def killed_at(stage: Stage) -> Strike:
    """Return a strike: kill the worker when all its connections stand still at `stage`."""

    async def strike(ground: Ground, case: Case) -> None:
        with ground.mail.temper.behaving(others_later(case), held_at(stage, case)):
            case.door = await ground.victim()
            ground.mail.at_data.clear()
            case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))
            await ground.mail.until_held(LINES, case.door)
            await ground.workers[case.door].child.kill()
            await witness(ground, case)
        ground.mail.release()
        await ground.workers[case.door].child.start()

    return strike


def killed_by_order(point: str, number: int = 1, stage: Stage | None = None) -> Strike:
    """Return a strike: the worker dies the `number`th time it comes to `point`, its lines standing at `stage`."""

    async def strike(ground: Ground, case: Case) -> None:
        rules = [others_later(case), *([held_at(stage, case)] if stage else [])]
        with ground.mail.temper.behaving(*rules):
            case.door = await ground.victim()
            ground.mail.at_data.clear()
            ground.workers[case.door].order(point, number)
            case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))
            await in_time(ground.workers[case.door].child.ended(), point)
            await witness(ground, case)
        ground.mail.release()
        await ground.workers[case.door].child.start()

    return strike


async def in_time(end: Awaitable[object], point: str) -> None:
    """Wait for a process's end by its order. Raises TimeoutError naming the point it never came to."""
    try:
        await asyncio.wait_for(end, DIES_WITHIN)
    except TimeoutError as never:
        raise TimeoutError(f"the worker never came to {point}") from never


async def witness(ground: Ground, case: Case) -> None:
    """Note which touches the dead worker left between wire and result: marked in the ledger, and its own."""
    rows = await _left_by(ground, case.door)
    ground.caught |= {row.touch.id for row in rows}
    case.caught |= {row.touch.id for row in rows if row.touch.lead in set(case.crowd.leads)}
    accepted = {mail.to for mail in ground.mail.kept}
    case.seen |= {
        "caught": len(case.caught),
        "of them accepted": sum(row.touch.id in case.caught and row.to in accepted for row in rows),
    }


async def _left_by(ground: Ground, door: str) -> list[LedgerRow]:
    """Return what stands on the wire and was at the dead worker's door, or comes to no other door in a moment.

    Between its mark and its DATA a touch is at no door: a living worker's gets there, a dead one's does not.
    """
    left = await ground.house.store.ledger.rows(states=[TouchState.WIRE])
    await asyncio.sleep(ON_ITS_WAY)
    still = {row.touch.id for row in await ground.house.store.ledger.rows(states=[TouchState.WIRE])}
    living = set[str]().union(*(seen for other, seen in ground.mail.at_data.items() if other != door))
    return [
        row for row in left if row.to in ground.mail.at_data[door] or (row.touch.id in still and row.to not in living)
    ]


def at_least_one_caught(strike: Strike) -> Strike:
    """Return the strike, which proves something only when it caught somebody on the wire."""

    async def striking(ground: Ground, case: Case) -> None:
        await strike(ground, case)
        case.demand(bool(case.caught), "the kill caught nobody between wire and result: it proves nothing")

    return striking


def cells() -> Iterable[Cell]:
    """Return the cells of this letter."""
    kill = killed_by_order
    yield Cell("A1", kill(nemesis.BEFORE_INTENT, 12, Stage.RCPT), DEFINITE, starred=True, leads=(50, 300))
    yield Cell("A2", kill(nemesis.AFTER_INTENT, 6, Stage.RCPT), DEFINITE, "intent", starred=True)
    yield Cell("A2", killed_at(Stage.MAIL), DEFINITE, "connect", starred=True)
    yield Cell("A2", killed_at(Stage.RCPT), DEFINITE, "rcpt", starred=True)
    caught = at_least_one_caught
    yield Cell("A3", caught(killed_at(Stage.DATA)), CAUGHT, starred=True)
    yield Cell("A4", caught(killed_at(Stage.DOT)), CAUGHT, starred=True, negative=True)
    yield Cell("A5", caught(kill(nemesis.BEFORE_SENT, 5)), CAUGHT, starred=True, negative=True)
    yield Cell("A6", kill(nemesis.AFTER_SENT, 5, None), DEFINITE, "sent")
    yield Cell("A6", kill(nemesis.IN_A_WORKFLOW, 20), DEFINITE, "workflow")
