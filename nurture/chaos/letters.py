"""What the people of a cell got in their mailboxes, and when their letters are due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from nurture.chaos.cell import Case
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.local.mail_catcher import Mail

INTERESTED = "Yes, I am interested. Please call me."
"""An answer that asks for a hand-off."""


async def first_mails(ground: Ground, case: Case, addresses: Collection[str], patience: float) -> None:
    """Wait until each address got a mail; note it as a broken promise when that takes over `patience` seconds."""

    async def arrived() -> bool:
        return {mail.to for mail in ground.mail.kept} >= set(addresses)

    case.demand(await until(arrived, patience), "the first mails did not arrive")


def first_letters(ground: Ground, addresses: Collection[str]) -> dict[str, Mail]:
    """Return the first mail of each address that got one."""
    return {mail.to: mail for mail in reversed(ground.mail.kept) if mail.to in addresses}


async def due_at(ground: Ground, case: Case, due: datetime) -> None:
    """Give everybody of the case the demo at `due` (our time, UTC) that their sequence counts from."""
    leads = ground.house.store.leads
    found = [await leads.find(lead) for lead in case.crowd.leads]
    people = [replace(one, fields={**one.fields, "demo_at": due.isoformat()}) for one in found if one is not None]
    await leads.save(people)
