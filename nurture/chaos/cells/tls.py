"""C6: somebody between us and the relay takes TLS away, shows a wrong certificate, or speaks before TLS begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nurture.chaos.acts import Act, Kind, Moment, Rule, Stage, answers
from nurture.chaos.cell import Case, Cell, Strike
from nurture.chaos.certificates import OTHER_NAME, UNKNOWN
from nurture.chaos.ground import Ground
from nurture.chaos.letters import first_mails
from nurture.chaos.quiet import until
from nurture.domain.touch import TouchState

SLOWER = 24.0
"""Seconds of a day: a touch expires after three days, and a crowd must have met the fault before that."""
STRIPPED = answers("250-sink\r\n250-SIZE 30000000\r\n250 SMTPUTF8")
"""What the relay says to EHLO when somebody took the line STARTTLS out."""
SMUGGLED = "250-sink\r\n250 SMTPUTF8\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n250 2.0.0 Kept"
"""Answers to all that comes after STARTTLS, up to the dot: whoever believes them counts a mail as sent."""
INJECTED = answers(f"220 2.0.0 Go ahead\r\n{SMUGGLED}")
NO_TLS, NO_TRUST = "no connect", "no answer at connect"
"""The codes by which the ledger says that nothing was handed over: we refused to, or TLS did not hold."""


def refused(stage: Stage, act: Act, code: str) -> Strike:
    """Return a strike: until everybody's first mail was refused with `code`, no connection can be trusted."""

    async def strike(ground: Ground, case: Case) -> None:
        await ground.mail.hang_up(idle=True)
        with ground.mail.temper.behaving(_met(case, stage, act)):
            await ground.enrol(case.crowd, case.cell.sequence)
            ours, waiting = set(case.crowd.leads), set[str]()

            async def all_wait() -> bool:
                rows = await ground.house.store.ledger.rows(states=[TouchState.INTENT])
                waiting.update(row.touch.lead for row in rows if row.code == code)
                return waiting >= ours

            case.demand(
                await until(all_wait, 60.0 + len(ours)), f'{len(waiting & ours)} of {len(ours)} mails ended in "{code}"'
            )
            rows = [row for row in await ground.house.store.ledger.rows() if row.touch.lead in ours]
            case.seen["reason"] = next((row.reason for row in rows if row.code == code), "")
            begun = sorted(row.touch.id for row in rows if row.wire_at or row.state is not TouchState.INTENT)
            case.demand(not begun, f"the relay was not to be trusted, and was given {begun[:3]}")
        _in_clear(ground, case)

    return strike


async def injected(ground: Ground, case: Case) -> None:
    """C6: what was said before TLS is forgotten with it; the mails go over TLS as if nothing had been said."""
    await ground.mail.hang_up(idle=True)
    with ground.mail.temper.behaving(_met(case, Stage.STARTTLS, INJECTED)):
        await ground.enrol(case.crowd, case.cell.sequence)

        await first_mails(ground, case, case.crowd.addresses, 60.0)
    _in_clear(ground, case)
    case.demand(case.seen["connections"] > 0, "nobody met the fault")


def _met(case: Case, stage: Stage, act: Act) -> Rule:
    """Return the rule: every connection meets `act` at `stage`; they are counted."""
    case.seen["connections"] = 0

    def rule(moment: Moment) -> Act | None:
        case.seen["connections"] += moment.stage is stage
        return act if moment.stage is stage else None

    return rule


def _in_clear(ground: Ground, case: Case) -> None:
    """Demand at rest that no mail was ever begun without TLS on this ground."""

    async def look() -> None:
        case.seen["in clear"] = ground.mail.in_clear
        case.demand(not ground.mail.in_clear, f"{ground.mail.in_clear} mails were begun in clear")

    case.afterwards.append(look)


def cells() -> Iterable[Cell]:
    """Return the cells."""
    definite = "no mail in clear; a definite refusal, and each mail once when the relay is itself again"
    stripped = Cell("C6", refused(Stage.EHLO, STRIPPED, NO_TLS), definite, "stripped", leads=(12, 100), secure=True)
    stripped = replace(stripped, day=SLOWER)
    yield stripped
    for variant, which in (("untrusted", UNKNOWN), ("wrong-name", OTHER_NAME)):
        strike = refused(Stage.STARTTLS, Act(Kind.POSE, which), NO_TRUST)
        yield replace(stripped, strike=strike, variant=variant)
    once = "no mail in clear; nothing that was said before TLS is believed, each mail once"
    yield replace(stripped, strike=injected, criterion=once, variant="injected")
