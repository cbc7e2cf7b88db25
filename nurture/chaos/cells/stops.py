"""F: stops and replies that meet sends, repeat themselves, or come when nobody expects them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from nurture.chaos.cell import Case, Cell, Strike, Turn
from nurture.chaos.crowd import Crowd
from nurture.chaos.doors import Doors, acknowledged
from nurture.chaos.ground import Ground
from nurture.chaos.letters import INTERESTED, first_letters
from nurture.chaos.place import DAY
from nurture.chaos.quiet import until_each
from nurture.chaos.races import race
from nurture.local.mail_catcher import Mail

BESIDE = Turn.BESIDE
ONE_CLICKS, LOOKS = 10, 100


def races(seed: int = 5) -> Strike:
    """Return a strike: a signed STOP for each person, at a random moment around the one when the next text is due."""
    chance = random.Random(seed)

    async def strike(ground: Ground, case: Case) -> None:
        async with Doors(ground) as doors:

            async def race(lead: str) -> None:
                await ground.enrol(case.crowd.part(*_place(case, lead)), case.cell.sequence)
                await asyncio.sleep(chance.uniform(0, 2 * DAY))
                status = await doors.text(case.crowd.phones[lead], "STOP")
                case.demand(status == 200, f"a STOP was answered with {status}")
                await acknowledged(ground, case, lead)

            await asyncio.gather(*map(race, case.crowd.leads))
        case.seen["marks before the stop"] = sum(map(len, case.wired_at_stop.values()))

    return strike


def at_the_gate(count: int, seed: int = 5) -> Strike:
    """Return a strike: so many races of a stored stop against the send protocol, in this process, on its own store."""

    async def strike(ground: Ground, case: Case) -> None:
        settings = ground.settings.model_copy(update={"smtp_port": ground.mail.ports["a"]})
        races = await race(settings, ground.folder / "races", count, seed)
        case.after_stop += [f"{touch}: marked after the stop was acknowledged" for touch in races.after_stop]
        case.seen |= {"races": races.run, "send first": races.sent, "stop first": races.withheld}
        case.demand(races.run == count, f"only {races.run} of {count} races were run")
        case.demand(min(races.sent, races.withheld) > 0, "one side was always first: that is no race")

    return strike


async def one_clicks(ground: Ground, case: Case) -> None:
    """F2: scanners open the page a hundred times and nothing changes; ten one-clicks at once are one opt-out."""
    await ground.enrol(case.crowd, case.cell.sequence)

    async def written_to() -> Collection[str]:
        return _letters(ground, case)

    in_time = await until_each(ground, case.crowd.leads, written_to)
    letters = _letters(ground, case)
    case.demand(in_time and bool(letters), "not everybody got a mail with a way out")
    async with Doors(ground) as doors:
        for lead, letter in letters.items():
            each = LOOKS // len(letters) + 1
            looks = await asyncio.gather(*(doors.look(letter) for _ in range(each)))
            case.demand(set(looks) == {200}, f"the page answered {Counter(looks)}")
            closed = await ground.house.store.leads.suppressions(lead)
            case.demand(not closed, f"looking at the page suppressed {lead}")
        for lead, letter in letters.items():
            answers = await asyncio.gather(*(doors.one_click(letter) for _ in range(ONE_CLICKS)))
            await acknowledged(ground, case, lead)
            case.demand(set(answers) == {200}, f"one-clicks were answered {Counter(answers)}")
            facts = Counter(str(fact.kind) for fact in await ground.house.store.inbox.of_lead(lead))
            case.demand(facts["opted_out"] == 1, f"{lead} opted out {facts['opted_out']} times by ten clicks")


def _letters(ground: Ground, case: Case) -> dict[str, Mail]:
    """Return the first mail of everybody who got one, by lead."""
    first = first_letters(ground, case.crowd.addresses)
    return {lead: first[email] for lead, email in case.crowd.emails.items() if email in first}


def replies(*after: int) -> Strike:
    """Return a strike: everybody replies, some after so many mails, some after so many: one stop, and one task."""

    async def strike(ground: Ground, case: Case) -> None:
        await ground.enrol(case.crowd, case.cell.sequence)
        share = len(case.crowd.leads) // len(after)
        parts = [case.crowd.part(n * share, (n + 1) * share) for n in range(len(after))]
        await asyncio.gather(*(_reply(ground, case, part, mails) for part, mails in zip(parts, after, strict=True)))

    return strike


async def _reply(ground: Ground, case: Case, part: Crowd, mails: int) -> None:
    """Let everybody answer as soon as so many mails came, on whatever day of the sequence that is."""
    silent = dict(part.emails)

    async def replied() -> set[str]:
        letters: dict[str, list[Mail]] = {email: [] for email in part.emails.values()}
        for mail in ground.mail.kept:
            letters.get(mail.to, []).append(mail)
        ready = {lead: letters[email][-1] for lead, email in silent.items() if len(letters[email]) >= mails}
        answers = await asyncio.gather(*(doors.reply(letter, INTERESTED) for letter in ready.values()))
        case.demand(set(answers) <= {250}, f"replies were answered {Counter(answers)}")
        case.replied |= ready.keys()
        for lead in ready:
            del silent[lead]
        return case.replied

    async with Doors(ground) as doors:
        in_time = await until_each(ground, part.leads, replied)
    case.demand(in_time and bool(case.replied), f"not everybody got {mails} mails")


def _place(case: Case, lead: str) -> tuple[int, int]:
    number = case.crowd.leads.index(lead)
    return number, number + 1


def cells() -> Iterable[Cell]:
    """Return the cells of this letter."""
    after_ack = "wire marks after the acknowledgement 0"
    yield Cell("F1", at_the_gate(1_000), f"1,000 races: {after_ack}", starred=True, leads=(0, 0), turn=BESIDE)
    web = Cell("F1", races(), f"at the real door: {after_ack}", "web", starred=True, leads=(40, 400), turn=BESIDE)
    yield replace(web, sequence="three-texts", texts=True)
    yield Cell(
        "F2", one_clicks, "one suppression; GET changes nothing", starred=True, leads=(8, 60), touches=0, turn=BESIDE
    )
    heard = "not lost: one stop and one task"
    yield Cell("F3", replies(1, 2), heard, starred=True, leads=(12, 150), touches=0, turn=BESIDE)
    yield Cell("F3", replies(1), heard, "first", leads=(12, 150), touches=0, turn=BESIDE)
    end = Cell("F3", replies(3), heard, "after-the-end", starred=True, leads=(6, 150), touches=0)
    yield replace(end, turn=BESIDE)
