"""B4: Temporal's database is deleted, and everybody goes on from the store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from nurture.chaos.cell import Case, Cell
from nurture.chaos.commands import nurture
from nurture.chaos.doors import Doors, stop_by_mail
from nurture.chaos.ground import Ground
from nurture.chaos.letters import INTERESTED, first_mails
from nurture.domain.touch import TouchState
from nurture.local.mail_catcher import Mail

HEARD_EARLY = 5.0
"""Seconds between the empty server and the rebuild: workers run, and tell what was stored meanwhile."""

SLOWER = 12.0
"""Seconds of a day: an operator's minute must not be longer than the 30 days that a journey waits for sales."""


async def lost(ground: Ground, case: Case) -> None:
    """B4: the server crashes under load and its file is gone; stops and replies come before, meanwhile and after."""
    await ground.enrol(case.crowd, case.cell.sequence)

    await first_mails(ground, case, case.crowd.addresses, 120.0)
    letters = [mail for mail in ground.mail.kept if mail.to in case.crowd.addresses]
    eighth = len(case.crowd.leads) // 8
    early, meanwhile, late = (letters[n * 2 * eighth :][: 2 * eighth] for n in range(3))
    await _speak(ground, case, early)
    await _crash(ground)
    await _speak(ground, case, meanwhile)
    await ground.temporal.revive()
    await asyncio.sleep(HEARD_EARLY)
    await _rebuild(ground, case)
    async with Doors(ground) as doors:
        for letter in late:
            await stop_by_mail(doors, case, letter)
    for part in ground.parts:
        part.child.demand_running()


async def _crash(ground: Ground) -> None:
    """Kill the server and delete its file; what was on the wire then may have no answer that anybody heard."""
    await ground.temporal.crash()
    for path in ground.folder.glob("temporal.db*"):
        if path.suffix != ".lock":
            path.unlink()


async def _speak(ground: Ground, case: Case, letters: Sequence[Mail]) -> None:
    """Let the first half of these people say stop and the others reply."""
    half = len(letters) // 2
    async with Doors(ground) as doors:
        for letter in letters[:half]:
            await stop_by_mail(doors, case, letter)
        for letter in letters[half:]:
            answer = await doors.reply(letter, INTERESTED)
            case.demand(answer == 250, f"a reply was answered with {answer}")
    replied = {letter.to for letter in letters[half:]}
    case.replied |= {lead for lead, email in case.crowd.emails.items() if email in replied}


async def _rebuild(ground: Ground, case: Case) -> None:
    """Run the command as an operator would; afterwards everybody who was under way is alive."""
    dry = await nurture(ground, "rebuild", "--dry-run", "--json")
    said = await nurture(ground, "rebuild", "--json")
    case.demand(said.code == 0, f"nurture rebuild: {said}")
    restarted, astray = said.document.get("restarted", {}), said.document.get("astray", {})
    case.demand(not astray, f"the way of {len(astray)} people cannot be told: {dict(list(astray.items())[:2])}")
    ours = set(case.crowd.leads)
    case.seen |= {"restarted": len(ours & set(restarted)), "hand-offs": len(said.document.get("handoffs", ()))}
    named = set(dry.document.get("restarted", {}))
    case.demand(named >= set(restarted) & ours, "the dry run did not name everybody who was restarted")
    quiet = {*case.stopped, *case.replied}
    done = await _finished(ground)
    left = sorted(ours - quiet - done - set(restarted))
    case.demand(not left, f"{len(left)} people were under way and not restarted: {left[:3]}")
    ground.at_rest |= ours - (await ground.house.leads.walkers()).keys()
    again = await nurture(ground, "rebuild", "--json")
    twice = ours & set(again.document.get("restarted", {})) - quiet
    case.demand(len(twice) == 0, f"a second rebuild restarted {sorted(twice)[:3]} once more")


async def _finished(ground: Ground) -> set[str]:
    """Return who has got the last letter."""
    rows = await ground.house.store.ledger.rows(states=[TouchState.SENT, TouchState.DELIVERED])
    return {row.touch.lead for row in rows if row.touch.step == "three"}


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "nurture rebuild restarts everybody who was under way, twice 0, lost 0"
    yield Cell("B4", lost, criterion, leads=(24, 300), day=SLOWER)
