"""D: Twilio limits, fails before or after it accepted, and calls back early, often, late and in any order."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from nurture.chaos.acts import Act, Kind, Moment, Rule
from nurture.chaos.cell import Case, Cell, Strike, Turn
from nurture.chaos.crowd import Crowd
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.chaos.text_stand_in import fails, too_many
from nurture.domain.touch import TouchState

RETRY_AFTER = 1
SEQUENCE = "three-texts"


def first(acts: Sequence[Act], who: Crowd) -> Rule:
    """Return the rule: everybody of `who` meets these acts, one a request, and good behaviour afterwards."""
    met: Counter[str] = Counter()

    def rule(moment: Moment) -> Act | None:
        if moment.to not in who.addresses:
            return None
        met[moment.to] += 1
        return acts[met[moment.to] - 1] if met[moment.to] <= len(acts) else None

    return rule


async def too_often(ground: Ground, case: Case) -> None:
    """D1: five times 429, then yes."""
    asked: dict[str, list[float]] = {phone: [] for phone in case.crowd.phones.values()}

    def watch(moment: Moment) -> None:
        if moment.to in asked:
            asked[moment.to].append(time.monotonic())

    ground.texts.temper.add(first([too_many(RETRY_AFTER)] * 5, case.crowd))
    ground.texts.temper.add(watch)
    await ground.enrol(case.crowd, case.cell.sequence)

    async def all_in() -> bool:
        return all(len(times) >= 6 for times in asked.values())

    case.demand(await until(all_in), "not everybody was tried six times")
    shortest = min((after - before for times in asked.values() for before, after in pairwise(times[:6])), default=0.0)
    case.demand(shortest >= RETRY_AFTER, f"Retry-After of {RETRY_AFTER} s was not kept: {shortest:.2f} s")
    case.seen["shortest wait"] = round(shortest, 2)


def answer_lost(acts: Sequence[Act]) -> Strike:
    """Return a strike: the first request of each person meets one of `acts`; nobody knows whether it was accepted."""

    async def strike(ground: Ground, case: Case) -> None:
        share = len(case.crowd.leads) // len(acts)
        for number, act in enumerate(acts):
            ground.texts.temper.add(first([act], case.crowd.part(number * share, (number + 1) * share)))
        hit = set(case.crowd.part(0, share * len(acts)).leads)
        await ground.enrol(case.crowd, case.cell.sequence)

        async def all_lost() -> bool:
            rows = await ground.house.store.ledger.rows()
            firsts = [row for row in rows if row.touch.lead in hit and row.touch.step == "one"]
            known = [
                row for row in firsts if row.state in (TouchState.UNCERTAIN, TouchState.SENT, TouchState.DELIVERED)
            ]
            case.caught = {row.touch.id for row in known if row.state is TouchState.UNCERTAIN}
            case.seen["settled by a callback"] = len(known) - len(case.caught)
            return len(known) == len(hit)

        case.demand(await until(all_lost), f"{len(hit)} answers were lost and {len(case.caught)} are uncertain")

    return strike


async def restless(ground: Ground, case: Case) -> None:
    """D6: each callback five times and shuffled; the last word is the highest in rank, and it counts once."""
    ground.texts.restless |= set(case.crowd.phones.values())
    await ground.enrol(case.crowd, case.cell.sequence)

    async def all_delivered() -> bool:
        rows = await ground.house.store.ledger.rows(states=[TouchState.DELIVERED])
        return sum(row.touch.lead in set(case.crowd.leads) for row in rows) == 3 * len(case.crowd.leads)

    case.demand(await until(all_delivered), "not every touch is delivered in the end")
    for lead in case.crowd.leads:
        told = Counter((fact.kind, fact.touch) for fact in await ground.house.store.inbox.of_lead(lead))
        case.demand(all(count == 1 for count in told.values()), f"{lead}: one status had more than one effect")


async def overtaken(ground: Ground, case: Case) -> None:
    """D5: what became of a message is told before the request that made it is answered."""
    ground.texts.early |= set(case.crowd.phones.values())
    await ground.enrol(case.crowd, case.cell.sequence)

    async def all_delivered() -> bool:
        rows = await ground.house.store.ledger.rows(states=[TouchState.DELIVERED])
        return sum(row.touch.lead in set(case.crowd.leads) for row in rows) == 3 * len(case.crowd.leads)

    case.demand(await until(all_delivered), "not every touch is delivered in the end")


def cells() -> Iterable[Cell]:
    """Return the cells of this letter."""

    def cell(id_: str, strike: Strike, criterion: str, **more: object) -> Cell:
        return Cell(id_, strike, criterion, sequence=SEQUENCE, texts=True, starred=True, turn=Turn.BESIDE, **more)  # type: ignore[arg-type]

    yield cell("D1", too_often, "sent once, at most 6 tries, Retry-After kept", leads=(6, 60))
    before = [fails(500), fails(502), fails(503)]
    again = "twice 0; tried again only after Twilio says it has none"
    yield cell("D2", answer_lost(before), again, leads=(9, 60), exact=False)
    after = [fails(500, accepted=True), Act(Kind.RESET, accepted=True), Act(Kind.HANG, accepted=True)]
    settled = "twice 0, settled to sent by what Twilio says later"
    yield cell("D3", answer_lost(after), settled, leads=(9, 60), negative=True, exact=False)
    yield replace(cell("D5", overtaken, "linked, twice 0", leads=(6, 60)), starred=False)
    yield cell("D6", restless, "final status by rank, one effect", leads=(6, 60))
