"""F: ten thousand facts about one person, and ten thousand people who answer at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from nurture.chaos.cell import Case, Cell
from nurture.chaos.doors import Doors
from nurture.chaos.ground import Ground
from nurture.chaos.letters import due_at, first_letters, first_mails
from nurture.chaos.quiet import until, until_quiet
from nurture.domain.events import EventKind
from nurture.domain.tasks import TaskKind
from nurture.local.letters import reply, words_for
from nurture.local.mail_catcher import Mail
from workflows.watching import workflow_id

LINES = 64
"""Connections over which a caller says what it has to say, as fast as it is answered."""
ASKS, PAUSE = 60, 1.0
"""How often a caller asks again, and after how many seconds, until it is answered with 2xx."""
LONGEST_HISTORY = 4_096
"""Events in one history: the server suggests a fresh one there."""
HEARD, ENOUGH = "pricing_viewed", "webinar_attended"
SLOWER = 24.0
"""Seconds of a day: a hand-off must not end while thousands of others are still being made."""
AT_LEAST, ENTERED_A_SECOND = 30, 12
"""Seconds, and fewer people than enter: the second letter is due when everybody has the first."""
EFFECTS_WITHIN = 900.0
ANSWERED_WITHIN = 1.0
"""Seconds within which 99 of 100 replies of a crowd are answered, as the matrix has it."""
MEANINGS = ("not_now", "not_interested", "question", "interested")
"""What people answer, in turn; the last makes a hand-off."""
AGAIN = 10
"""One reply in so many is delivered twice at once, as relays do that missed our answer."""
Knock = Callable[[], Awaitable[int]]


async def many_facts(ground: Ground, case: Case) -> None:
    """F4: one person's workflow is told one fact for each of `leads`; then the sequence goes on to its end."""
    events, case.crowd = len(case.crowd.leads), case.crowd.part(0, 1)
    (lead,) = case.crowd.leads
    await ground.enrol(case.crowd, case.cell.sequence)

    async def first_mail() -> bool:
        return any(mail.to in case.crowd.addresses for mail in ground.mail.kept)

    case.demand(await until(first_mail, 60.0), "the first mail did not arrive")
    async with Doors(ground) as doors:
        knocks = [_tells(doors, lead, number) for number in range(events)]
        case.seen["events"] = events
        await said(case, knocks)

        async def all_told() -> bool:
            return not any(event.lead == lead for event, _ in await ground.house.store.inbox.untold())

        case.demand(await until(all_told, every=1.0), "not every fact reached the workflow")
        await doors.happened(lead, f"{lead}-enough", ENOUGH)
    case.afterwards.append(lambda: _heard(ground, case, lead, events))


def _tells(doors: Doors, lead: str, number: int) -> Knock:
    return lambda: doors.happened(lead, f"{lead}-{number}", HEARD)


async def _heard(ground: Ground, case: Case, lead: str, events: int) -> None:
    """Count what the inbox holds, and what the histories of this person's workflow were told."""
    kept = Counter(fact.name for fact in await ground.house.store.inbox.of_lead(lead))
    case.demand(kept[HEARD] == events, f"{events} facts were answered with 2xx, and the inbox holds {kept[HEARD]}")
    told, lengths = set[str](), list[int]()
    client = ground.house.leads.client
    async for run in client.list_workflows(f"WorkflowId = '{workflow_id(lead)}'"):
        lengths.append(run.history_length)
    async for each in ground.house.leads.histories(ground.house.clock.scale):
        told |= {fact.id for fact in each.facts if fact.lead == lead and fact.name == HEARD}
    case.demand(len(told) == events, f"the workflow heard {len(told)} of {events} facts")
    case.seen |= {"heard": len(told), "histories": len(lengths), "longest history": max(lengths)}
    case.demand(max(lengths) <= LONGEST_HISTORY, f"a history has {max(lengths)} events")


async def all_reply(ground: Ground, case: Case) -> None:
    """F5: everybody answers the first letter at once, by HTTP, shortly before the second one is due."""
    wait = AT_LEAST + len(case.crowd.leads) / ENTERED_A_SECOND
    await due_at(ground, case, ground.house.clock.now() + timedelta(days=wait / case.cell.day))
    await ground.enrol(case.crowd, case.cell.sequence)

    await first_mails(ground, case, case.crowd.addresses, 60.0 + wait)
    letters = first_letters(ground, case.crowd.addresses)
    began, now = time.monotonic(), ground.house.clock.now()
    async with Doors(ground) as doors:
        knocks = [_answers(doors, letters[case.crowd.emails[lead]], n, now) for n, lead in enumerate(case.crowd.leads)]
        p99 = await said(case, knocks + knocks[::AGAIN])
    case.demand(p99 < ANSWERED_WITHIN, f"the door took {p99:.2f} s (p99)")
    case.replied = set(case.crowd.leads[MEANINGS.index("interested") :: len(MEANINGS)])
    done = await until(lambda: _took_effect(ground, case), EFFECTS_WITHIN, every=5.0)
    case.seen["seconds until all took effect"] = round(time.monotonic() - began, 1)
    case.demand(done, "not every reply had its effect within fifteen minutes")
    await until_quiet(ground, case.crowd.leads, EFFECTS_WITHIN)  # hand-offs nobody takes end after a week of their own
    case.afterwards.append(lambda: _once_each(ground, case))


def _answers(doors: Doors, letter: Mail, number: int, now: datetime) -> Knock:
    raw = reply(letter, words_for(MEANINGS[number % len(MEANINGS)], "en"), now)
    return lambda: doors.raw_mail(raw, letter.to, letter.headers["reply-to"])


async def said(case: Case, knocks: Sequence[Knock]) -> float:
    """Knock over a few lines at once, each knock again until it is answered with 2xx; return the p99 of answers (s)."""
    took, answers, began = list[float](), Counter[int](), time.monotonic()

    async def line(number: int) -> None:
        for knock in knocks[number::LINES]:
            for _ in range(ASKS):
                asked = time.monotonic()
                answer = await knock()
                took.append(time.monotonic() - asked)
                answers[answer] += 1
                if answer // 100 == 2:
                    break
                await asyncio.sleep(PAUSE)

    await asyncio.gather(*map(line, range(LINES)))
    yes = sum(count for answer, count in answers.items() if answer // 100 == 2)
    case.demand(yes == len(knocks), f"of {len(knocks)} knocks {yes} were answered with 2xx")
    case.seen |= {"answers": dict(answers), "a second": round(len(took) / (time.monotonic() - began))}
    p99 = sorted(took)[len(took) * 99 // 100]
    case.seen["p99 of the door (s)"] = round(p99, 2)
    return p99


async def _took_effect(ground: Ground, case: Case) -> bool:
    """Whether every reply was told, every hand-off lies with a person, and everybody else's journey is over."""
    ours = set(case.crowd.leads)
    if any(event.lead in ours for event, _ in await ground.house.store.inbox.untold()):
        return False
    tasks = await ground.house.store.tasks.of(limit=100_000)
    if not {task.lead for task in tasks if task.kind == TaskKind.HANDOFF} >= case.replied:
        return False
    return not ours & set(await ground.house.leads.awake()) - case.replied


async def _once_each(ground: Ground, case: Case) -> None:
    """Demand that everybody replied once, whatever came twice, and tell how many letters left after the first."""
    for lead in case.crowd.leads:
        facts = Counter(fact.kind for fact in await ground.house.store.inbox.of_lead(lead))
        case.demand(facts[EventKind.REPLIED] == 1, f"{lead} replied {facts[EventKind.REPLIED]} times by one reply")
    later = sum(mail.to in case.crowd.addresses for mail in ground.mail.kept) - len(case.crowd.leads)
    case.seen["second letters"] = later


def cells() -> Iterable[Cell]:
    """Return the cells. F4 takes the number of people for the number of facts about one of them."""
    held = f"the inbox holds all, no history over {LONGEST_HISTORY} events, 0 lost, the sequence goes on"
    yield Cell("F4", many_facts, held, leads=(500, 10_001), sequence="much-heard")
    effects = "all 2xx, 99 of 100 within a second, lost 0, doubled 0, all effects within 15 minutes, no later letter"
    yield Cell("F5", all_reply, effects, leads=(100, 1_000), sequence="all-answer", touches=0, day=SLOWER)
