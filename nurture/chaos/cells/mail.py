"""C: a mail relay that refuses, hangs, drops and lies at every stage of the conversation."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping

from nurture.chaos.acts import Act, Kind, Moment, Rule, Stage, answers
from nurture.chaos.cell import Case, Cell, Strike, Turn
from nurture.chaos.crowd import Crowd
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until, until_each
from nurture.domain.touch import TouchState
from nurture.settings import Settings

BESIDE = Turn.BESIDE
SOON = "try again in 2 seconds"
DEFINITE = "all definite: lost 0, twice 0, uncertain 0"
UNSURE = "twice 0, uncertain = n, all listed"
TEN_MINUTES = 600.0
NEXT_WITHIN, GOODBYE_WITHIN = 2.0, 30.0
TRIES = 2
"""How often a recipient meets a fault that passes."""
GONE = 4
"""People whose address does not exist. With one more, the breaker for hard bounces would pause both senders."""

DEFINITE_FAULTS: Mapping[str, tuple[Stage, Act]] = {
    "451-mail": (Stage.MAIL, answers(f"451 4.3.0 not now, {SOON}")),
    "450-rcpt": (Stage.RCPT, answers(f"450 4.2.0 greylisted, {SOON}")),
    "451-dot": (Stage.DOT, answers(f"451 4.3.0 not now, {SOON}")),
    "drop-mail": (Stage.MAIL, Act(Kind.DROP)),
}
"""What passes after two tries. At MAIL nobody knows the recipient, so those hit whoever comes next."""
FOR_GOOD: Mapping[str, Act] = {
    "550-rcpt": answers("550 5.1.1 no such user"),
    "554-dot": answers("554 5.6.0 we do not like these words"),
}
AFTER_THE_DOT: Mapping[str, Act] = {
    "hang": Act(Kind.HANG, accepted=True),
    "rst": Act(Kind.RESET, accepted=True),
    "fin": Act(Kind.DROP, accepted=True),
    "garbage": Act(Kind.ANSWER, "!? what", accepted=True),
}

GREETINGS = (
    ("421", answers("421 4.3.2 not now, try again in 2 seconds"), True),
    ("dropped", Act(Kind.DROP), False),
    ("hanging", Act(Kind.HANG), True),
)
"""How the relay may greet: variant, act, whether it is in the CI subset."""


def times(stage: Stage, act: Act, who: Crowd, count: int) -> Rule:
    """Return the rule: everybody of `who` meets `act` at `stage` so many times; before RCPT, so many times in all."""
    met: Counter[str] = Counter()

    def rule(moment: Moment) -> Act | None:
        if moment.stage is not stage or (moment.to and moment.to not in who.addresses):
            return None
        met[moment.to] += 1
        return act if met[moment.to] <= count else None

    return rule


def always(stage: Stage, act: Act, who: Crowd) -> Rule:
    """Return the rule: the first message of everybody of `who` meets `act` at `stage`."""
    return times(stage, act, who, 1)


async def refusals(ground: Ground, case: Case) -> None:
    """C1: every definite answer and silence there is, each for some of the people."""
    share = len(case.crowd.leads) // (len(DEFINITE_FAULTS) + len(FOR_GOOD))
    parts = [case.crowd.part(n * share, (n + 1) * share) for n in range(len(DEFINITE_FAULTS) + len(FOR_GOOD))]
    for part, (stage, act) in zip(parts, DEFINITE_FAULTS.values(), strict=False):
        ground.mail.temper.add(times(stage, act, part, TRIES))
    gone, disliked = parts[-2].part(0, GONE), parts[-1]
    ground.mail.temper.add(times(Stage.RCPT, FOR_GOOD["550-rcpt"], gone, 1))
    ground.mail.temper.add(times(Stage.DOT, FOR_GOOD["554-dot"], disliked, 1))
    await ground.enrol(case.crowd, case.cell.sequence)

    async def refused() -> bool:
        rows = await ground.house.store.ledger.rows(states=[TouchState.REFUSED])
        return {row.touch.lead for row in rows if row.code != "expired"} >= {*gone.leads, *disliked.leads}

    # Whoever meets a 451 or a lost connection first is tried again, or planned anew: their refusal comes later.
    case.demand(await until(refused), "not every permanent refusal came into the ledger")

    async def closed() -> None:
        found = [lead for lead in case.crowd.leads if await ground.house.store.leads.suppressions(lead)]
        case.demand(set(found) == set(gone.leads), f"a 550 at RCPT closes {len(gone.leads)} people, closed are {found}")
        case.seen["suppressed"] = len(found)

    case.afterwards.append(closed)


def greets_badly(act: Act) -> Strike:
    """Return a strike: the relay misbehaves before a word was said about anybody, on the next four connections."""

    async def strike(ground: Ground, case: Case) -> None:
        await ground.mail.hang_up(idle=True)
        left = [4]

        def rule(moment: Moment) -> Act | None:
            if moment.stage is not Stage.GREETING or not left[0]:
                return None
            left[0] -= 1
            return act

        ground.mail.temper.add(rule)
        await ground.enrol(case.crowd, case.cell.sequence)

        async def spent() -> bool:
            return not left[0]

        case.demand(await until(spent), "the relay was not connected to four times")

    return strike


def unsure(faults: Mapping[str, tuple[Stage, Act]]) -> Strike:
    """Return a strike: the answer of each first message is lost in one of these ways; all of them are uncertain."""

    async def strike(ground: Ground, case: Case) -> None:
        share = len(case.crowd.leads) // len(faults)
        for number, (stage, act) in enumerate(faults.values()):
            ground.mail.temper.add(always(stage, act, case.crowd.part(number * share, (number + 1) * share)))
        hit = set(case.crowd.part(0, share * len(faults)).leads)
        await ground.enrol(case.crowd, case.cell.sequence)

        async def lost() -> set[str]:
            rows = await ground.house.store.ledger.rows(states=[TouchState.UNCERTAIN])
            case.caught = {row.touch.id for row in rows if row.touch.lead in hit}
            return {row.touch.lead for row in rows}

        in_time = await until_each(ground, hit, lost) and 0 < len(case.caught) <= len(hit)
        case.demand(in_time, f"{len(hit)} answers were lost and {len(case.caught)} are uncertain")
        default = Settings.model_fields["smtp_dot_timeout"].default
        case.demand(default >= TEN_MINUTES, f"the default time-out after the dot is {default} s: it makes duplicates")

    return strike


async def yes_then_gone(ground: Ground, case: Case) -> None:
    """C4: 250 and then no more, and no answer to QUIT: counted as sent, and nothing waits for the relay's manners."""
    case.door = await ground.victim()
    ground.mail.temper.add(always(Stage.AFTER, Act(Kind.DROP), case.crowd))
    case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))
    ours, sent = set(case.crowd.leads), [TouchState.SENT, TouchState.DELIVERED]

    async def all_sent() -> bool:
        rows = await ground.house.store.ledger.rows(states=sent)
        return {row.touch.lead for row in rows} >= ours

    case.demand(await until(all_sent), "not every first mail was counted as sent")
    waits = [
        ground.house.clock.scale.real_wait(row.intent_at, row.settled_at).total_seconds()
        for row in await ground.house.store.ledger.rows(states=sent)
        if row.touch.lead in ours and row.intent_at and row.settled_at and row.fence == 1  # others waited for a day
    ]
    case.demand(len(waits) > len(ours) / 2, "most mails were put off at midnight: it proves nothing")
    case.seen["seconds a mail"] = round(max(waits, default=0.0), 2)
    case.demand(case.seen["seconds a mail"] <= NEXT_WITHIN, "mails waited for the relay's goodbye")
    with ground.mail.temper.behaving(lambda moment: Act(Kind.HANG) if moment.stage is Stage.QUIT else None):
        began = time.monotonic()
        await ground.workers[case.door].child.stop(GOODBYE_WITHIN)
        case.seen["seconds to leave a relay deaf to QUIT"] = round(time.monotonic() - began, 1)
    code = await ground.workers[case.door].child.ended()
    case.demand(code == 0, f"the worker ended with {code} at a relay that does not answer QUIT")
    await ground.workers[case.door].child.start()


def mixed(seed: int = 11) -> Strike:
    """Return a strike: three of ten messages meet any of the faults of this letter, at random."""
    chance = random.Random(seed)
    faults = [*DEFINITE_FAULTS.values(), *((Stage.DOT, act) for act in AFTER_THE_DOT.values())]
    faults += [(Stage.GREETING, Act(Kind.DROP)), (Stage.AFTER, Act(Kind.DROP)), (Stage.BODY, Act(Kind.DROP))]

    async def strike(ground: Ground, case: Case) -> None:
        def rule(moment: Moment) -> Act | None:
            at_hand = [act for stage, act in faults if stage is moment.stage]
            return chance.choice(at_hand) if at_hand and chance.random() < 0.3 / 3 else None

        async def calms_down() -> None:
            ground.mail.temper.drop(rule)

        ground.mail.temper.add(rule)
        case.afterwards.append(calms_down)  # or the next cells would be in this mood
        await ground.enrol(case.crowd, case.cell.sequence)

    return strike


def cells() -> Iterable[Cell]:
    """Return the cells of this letter."""
    once = f"{DEFINITE}; 550 RCPT closes one person, 554 nobody"
    yield Cell("C1", refusals, once, starred=True, leads=(24, 300), touches=0, turn=BESIDE)
    yield Cell("C4", yes_then_gone, "counted as sent once; the next mail within 2 s", starred=True, leads=(12, 300))
    for variant, act, starred in GREETINGS:
        yield Cell("C1", greets_badly(act), DEFINITE, variant, starred=starred, leads=(12, 100))
    body = {"after-354": (Stage.BODY, Act(Kind.RESET)), "mid-body": (Stage.BODY, Act(Kind.DROP))}
    yield Cell(
        "C2", unsure(body), "twice 0, whatever is uncertain is listed", starred=True, leads=(12, 300), turn=BESIDE
    )
    dots = {name: (Stage.DOT, act) for name, act in AFTER_THE_DOT.items()}
    yield Cell(
        "C3",
        unsure(dots),
        f"{UNSURE}; ten minutes after the dot by default",
        starred=True,
        leads=(16, 300),
        turn=BESIDE,
    )
    yield Cell("C5", mixed(), "I1 to I8", leads=(24, 300), exact=False)
