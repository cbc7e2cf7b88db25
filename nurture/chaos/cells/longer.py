"""A7 to A9, B2, B3, E3, J1: faults that last, come back, or come at random."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing

from nurture.chaos.acts import Stage
from nurture.chaos.cell import Case, Cell, Strike
from nurture.chaos.cells.kills import LINES, held_at, others_later
from nurture.chaos.cells.mail import mixed
from nurture.chaos.doors import Doors, acknowledged, stop_by_mail
from nurture.chaos.ground import Ground
from nurture.chaos.letters import INTERESTED, first_letters, first_mails
from nurture.chaos.quiet import until
from nurture.local.process import Child

ZOMBIE = 90.0
"""Seconds a frozen worker sleeps: longer than its lease of a minute."""
DRAINS_WITHIN = 30.0
AWAY = 20.0
ENROLLED_AT_ONCE = 16


def killed_again_and_again(seconds: float, seed: int = 3) -> Strike:
    """Return a strike: kill -9 one worker or the other every 3 to 7 seconds."""
    chance = random.Random(seed)

    async def strike(ground: Ground, case: Case) -> None:
        case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))
        ends, kills = time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            await asyncio.sleep(chance.uniform(3, 7))
            await _again(ground.workers[chance.choice(list(ground.workers))].child)
            kills += 1
        case.most_uncertain = kills * LINES
        case.seen["kills"] = kills

    return strike


async def zombie(ground: Ground, case: Case) -> None:
    """A8: a worker freezes before its wire mark, another takes over, and it wakes: its fence keeps it off the wire."""
    case.door = await ground.victim()
    with ground.mail.temper.behaving(others_later(case), held_at(Stage.RCPT, case)):
        case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))
        await ground.mail.until_held(LINES, case.door)
        frozen = {moment.to for moment in ground.mail.held if moment.door == case.door}
        ground.workers[case.door].child.send(signal.SIGSTOP)
        await asyncio.sleep(ZOMBIE)

    async def taken_over() -> bool:
        return frozen <= {mail.to for mail in ground.mail.kept}

    case.demand(await until(taken_over, 120.0), "the other worker did not take over what the frozen one held")
    ground.mail.at_data.clear()
    ground.workers[case.door].child.send(signal.SIGCONT)
    ground.mail.release()
    await asyncio.sleep(5.0)  # what it does now is what is looked at
    again = frozen & ground.mail.at_data[case.door] - _later_touches(ground, frozen)
    case.demand(not again, f"the woken worker said DATA for {sorted(again)} once more")
    case.seen["frozen with"] = len(frozen)


async def drained(ground: Ground, case: Case) -> None:
    """A9: SIGTERM under load: what is in flight is finished, and nothing is uncertain."""
    case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))

    async def mails_flow() -> bool:
        return any(mail.to in case.crowd.addresses for mail in ground.mail.kept)

    await until(mails_flow)
    for door in ground.workers:
        child, began = ground.workers[door].child, time.monotonic()
        await child.stop(DRAINS_WITHIN)
        case.seen[f"seconds to drain {door}"] = round(time.monotonic() - began, 1)
        code = await child.ended()
        case.demand(code == 0, f"worker {door} ended with {code} after SIGTERM")
        await child.start()


async def unheard(ground: Ground, case: Case) -> None:
    """B2: stops and replies arrive while Temporal is down: they are stored, answered yes, and silence at once."""
    await ground.enrol(case.crowd, case.cell.sequence)

    await first_mails(ground, case, case.crowd.addresses, 90.0)
    letters = first_letters(ground, case.crowd.addresses)
    await ground.temporal.crash()
    third = len(letters) // 3
    stops, replies = list(letters.values())[:third], list(letters.values())[third : 2 * third]
    async with Doors(ground) as doors:
        for letter in stops:
            await stop_by_mail(doors, case, letter)
        for letter in replies:
            answer = await doors.reply(letter, INTERESTED)
            case.demand(answer == 250, f"a reply was answered with {answer} while Temporal was down")
    case.replied |= {lead for lead, email in case.crowd.emails.items() if email in {mail.to for mail in replies}}
    await asyncio.sleep(AWAY)
    await ground.temporal.revive()


def badly_connected(fault: Callable[[Ground], Awaitable[None]]) -> Strike:
    """Return a strike: the way between workers and Temporal is bad for a while, under load."""

    async def strike(ground: Ground, case: Case) -> None:
        case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))
        await asyncio.sleep(1.0)
        await fault(ground)

    return strike


async def hangs(ground: Ground) -> None:
    """Connections are taken, and nothing passes for some time."""
    for proxy in ground.proxies.values():
        proxy.stall()
    await asyncio.sleep(AWAY)
    for proxy in ground.proxies.values():
        proxy.flow()


async def is_cut(ground: Ground) -> None:
    """Every connection is cut again and again, answers on their way included."""
    for _ in range(8):
        await asyncio.sleep(1.5)
        for proxy in ground.proxies.values():
            await proxy.cut()


async def is_slow(ground: Ground) -> None:
    """Every chunk takes half a second."""
    for proxy in ground.proxies.values():
        proxy.delay = 0.5
    await asyncio.sleep(AWAY)
    for proxy in ground.proxies.values():
        proxy.delay = 0.0


async def power_cut(ground: Ground, case: Case) -> None:
    """E3: every process of ours dies at one moment; the file it leaves behind is whole."""
    case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))

    async def half_way() -> bool:
        return sum(mail.to in case.crowd.addresses for mail in ground.mail.kept) >= len(case.crowd.leads) // 2

    case.demand(await until(half_way, 60.0), "nothing was under way")
    parts = [*ground.workers.values(), ground.web]
    for part in parts:
        part.child.send(signal.SIGKILL)
    for part in parts:
        await part.child.ended()
    case.most_uncertain = LINES * len(ground.workers)
    with closing(sqlite3.connect(f"file:{ground.folder / 'nurture.db'}?mode=ro", uri=True)) as db:
        (said,) = db.execute("PRAGMA integrity_check").fetchone()
    case.demand(said == "ok", f"the database says: {said}")
    for part in parts:
        await part.child.start()
    await ground.ready()


def nemesis(seconds: float, seed: int = 17) -> Strike:
    """Return a strike: a random fault every few seconds while everybody is under way."""
    chance = random.Random(seed)

    async def kill(ground: Ground) -> None:
        await _again(ground.workers[chance.choice(list(ground.workers))].child)

    async def crash(ground: Ground) -> None:
        await ground.temporal.crash()
        await ground.temporal.revive()

    async def web(ground: Ground) -> None:
        await _again(ground.web.child)

    misfortunes = {"kill": kill, "crash": crash, "web": web, "cut": is_cut}

    async def strike(ground: Ground, case: Case) -> None:
        await mixed(seed)(ground, case)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            await asyncio.sleep(chance.uniform(5, 20))
            what = chance.choice(list(misfortunes))
            case.seen[what] = case.seen.get(what, 0) + 1
            await misfortunes[what](ground)

    return strike


async def crowded(ground: Ground, case: Case) -> None:
    """J2: everybody is enrolled twice at the same moment, and says stop at two web apps at once."""
    await _entered_twice(ground, case)
    half = set(list(case.crowd.emails.values())[: len(case.crowd.leads) // 2])

    await first_mails(ground, case, half, 90.0)
    letters = first_letters(ground, half)
    async with Doors(ground) as doors:
        for letter in letters.values():
            answers = await asyncio.gather(doors.one_click(letter), doors.one_click(letter, ground.second_url))
            case.demand(set(answers) == {200}, f"two stops at two web apps were answered {answers}")
            await acknowledged(ground, case, next(k for k, email in case.crowd.emails.items() if email == letter.to))


async def _entered_twice(ground: Ground, case: Case) -> None:
    """Enrol everybody by two programs at the same moment: one of them is told that the person is in already."""
    room = asyncio.Semaphore(ENROLLED_AT_ONCE)

    async def one(lead: str) -> None:
        async with room:
            both = (ground.house.enrol(lead, case.cell.sequence, program) for program in ("chaos", "again"))
            answers = sorted(await asyncio.gather(*both))
        right = answers[0] == "" and answers[1] in ("already_in", "not_again")
        case.demand(right, f"{lead} was enrolled twice at once, and the answers were {answers}")

    await asyncio.gather(*map(one, case.crowd.leads))


async def _again(child: Child) -> None:
    await child.kill()
    await child.start()


def _later_touches(ground: Ground, people: set[str]) -> set[str]:
    """Return who of `people` has had more than one mail: their next touch is under way, and no repetition."""
    counts = [mail.to for mail in ground.mail.kept]
    return {to for to in people if counts.count(to) > 1}


def cells() -> Iterable[Cell]:
    """Return the cells of these letters."""
    every = "I1 to I8"
    yield Cell("A7", killed_again_and_again(300.0), f"{every}; uncertain at most kills x lines", exact=False)
    yield Cell("A8", zombie, "the woken worker writes nothing to the wire, twice 0")
    yield Cell("A9", drained, "drains within 30 s, uncertain 0")
    yield Cell("B2", unheard, "no sends to who said stop, inbox drained afterwards", touches=0, leads=(24, 150))
    for variant, fault in (("hang", hangs), ("slow", is_slow), ("cut", is_cut)):
        yield Cell("B3", badly_connected(fault), "no double start, no double effect, lost 0", variant)
    yield Cell("E3", power_cut, f"integrity_check ok, {every}", exact=False)
    yield Cell("J2", crowded, "twice 0", wide=True)
    yield Cell("J1", nemesis(300.0), every, exact=False)
