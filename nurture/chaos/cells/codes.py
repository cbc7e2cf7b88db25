"""D4: each error code of the rules (T6), as Twilio's answer to a request and as the fate of what it accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nurture.chaos.acts import Act, Kind
from nurture.chaos.cell import Case, Cell
from nurture.chaos.cells.texts import first
from nurture.chaos.crowd import Crowd
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.chaos.text_stand_in import refuses, too_many
from nurture.domain.lead import Channel
from nurture.domain.touch import TouchState
from nurture.store.halts import HALTED

CLOSES = (21610, 21211, 21214, 21217, 21614, 21612, 30004, 30005, 30006)
"""Facts about the number: the person hears no more texts."""
PASSES = (30001, 30003, 30008, 20429, 63017)
"""Bad moments: nothing is closed, and a later try goes through."""
PAUSES = (21611, 30007, 30023, 30034)
"""Trouble of our sender: it is paused, and nobody is closed."""
NOT_OURS = 20003
"""Our account: both channels stand still until somebody looks."""
NO_FATES = (20429,)
"""Codes of a request that was never processed: no message can have them as its fate."""
PER_CODE = 2
SLOWER = 72.0
"""Seconds of a day: a carrier's transient failure is given up after an hour, three seconds here, and half an hour lies
between two tries; on a busy machine a request takes one of them."""
SENDER = "sender:us"
SENT = (TouchState.SENT, TouchState.DELIVERED)
UNDER_WAY = (TouchState.INTENT, TouchState.WIRE)


async def table(ground: Ground, case: Case) -> None:
    """D4: one person for each code and way; first those that are about people, then what stops our sender."""
    places = iter(range(len(case.crowd.leads)))
    people: dict[tuple[int, str], Crowd] = {}
    for code in (*CLOSES, *PASSES):
        for way in _ways(code):
            people[code, way] = _meets(ground, case, next(places), code, way)
    for part in people.values():
        await ground.enrol(part, case.cell.sequence)
    await _all_through(ground, case, [part.leads[0] for part in people.values()])
    for code in PAUSES:
        for way in _ways(code):
            part = _meets(ground, case, next(places), code, way)
            await ground.enrol(part, case.cell.sequence)
            await _stands_still(ground, case, code, way, (SENDER,))
    part = _meets(ground, case, next(places), NOT_OURS, "answer")
    await ground.enrol(part, case.cell.sequence)
    await _stands_still(ground, case, NOT_OURS, "answer", ("channel:sms", "channel:whatsapp", SENDER))

    async def judged() -> None:
        for (code, way), part in people.items():
            await _judge(ground, case, part.leads[0], code, way)
        closed = {lead for lead in case.crowd.leads if await ground.house.store.leads.suppressions(lead)}
        right = {part.leads[0] for (code, _), part in people.items() if code in CLOSES}
        case.demand(closed <= right, f"closed although nothing was said about the person: {sorted(closed - right)}")
        case.seen |= {"codes and ways": len(case.crowd.leads), "closed": len(closed)}

    case.afterwards.append(judged)


def _ways(code: int) -> tuple[str, ...]:
    return ("answer",) if code in NO_FATES else ("answer", "fate")


def _meets(ground: Ground, case: Case, place: int, code: int, way: str) -> Crowd:
    """Let the person at `place` meet a code once, and return them."""
    part = case.crowd.part(place, place + 1)
    if way == "answer":
        ground.texts.temper.add(first([_answer(code)], part))
    else:
        ground.texts.fates |= dict.fromkeys(part.phones.values(), code)
    return part


def _answer(code: int) -> Act:
    if code == 20429:
        return too_many(1)
    return Act(Kind.ANSWER, str(code), status=401) if code == NOT_OURS else refuses(code)


async def _all_through(ground: Ground, case: Case, leads: Sequence[str]) -> None:
    """Wait until nobody's text is on its way: a sender that stands still takes the time which a second try has."""

    async def through() -> bool:
        rows = [await ground.house.store.ledger.rows(lead=lead) for lead in leads]
        return all(of_one and of_one[0].state not in UNDER_WAY for of_one in rows)

    case.demand(await until(through, 90.0), "not everybody met their code before our sender was paused")


async def _stands_still(ground: Ground, case: Case, code: int, way: str, keys: tuple[str, ...]) -> None:
    """Wait until these switches were thrown, and let go of them as an operator does who mended it."""
    halts, clock = ground.house.store.halts, ground.house.clock
    begun = len(await halts.log(limit=1_000))

    async def thrown() -> bool:
        log = await halts.log(limit=1_000)
        return {each.key for each in log[: len(log) - begun] if each.act == HALTED} >= set(keys)

    case.demand(await until(thrown, 30.0), f"{code} as {way} did not stop {', '.join(keys)}")
    for key in keys:
        await halts.lift(key, why="mended", by="chaos", now=clock.now())


async def _judge(ground: Ground, case: Case, lead: str, code: int, way: str) -> None:
    closed = {no.channel for no in await ground.house.store.leads.suppressions(lead)}
    states = [row.state for row in await ground.house.store.ledger.rows(lead=lead)]
    if code in CLOSES:
        case.demand(Channel.SMS in closed, f"{code} as {way}: texts to {lead} are not closed")
        case.demand(states == [TouchState.REFUSED], f"{code} as {way}: the touch is {states}")
    elif way == "answer":
        case.demand(len(states) == 1 and states[0] in SENT, f"{code} as {way}: the touch is {states}")


def cells() -> Iterable[Cell]:
    """Return the cell."""
    size = PER_CODE * (len(CLOSES) + len(PASSES) + len(PAUSES)) - len(NO_FATES) + 1
    criterion = "just the people are closed whom a code speaks about; our sender is paused where it is about us"
    yield Cell("D4", table, criterion, leads=(size, size), sequence="one-text", texts=True, touches=0, day=SLOWER)
