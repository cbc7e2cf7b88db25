"""One person on one page: where they stand, what comes next and why, and all that happened."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nurture.domain.lead import Contact
from nurture.web.facts import AtHome
from nurture.web.live import plan_of
from nurture.web.login import Me
from nurture.web.pages import page
from nurture.web.problems import Refusal
from nurture.web.timeline import story

router = APIRouter(include_in_schema=False)


@router.get("/leads/{lead}")
async def lead_page(lead: str, request: Request, home: AtHome, me: Me) -> Response:
    """Show one lead to a rep."""
    contact = await home.doors.leads.find(lead)
    if contact is None:
        raise Refusal(404, "There is no such lead, or their data was erased.")
    plan, entries, silences = await asyncio.gather(
        plan_of(home, lead), story(home, lead), home.doors.leads.suppressions(lead)
    )
    context: dict[str, Any] = {
        "contact": contact,
        "name": name_of(contact),
        "plan": plan,
        "entries": entries,
        "silences": silences,
    }
    owner = me.team[contact.owner].name if contact.owner in me.team else contact.owner
    return page(request, "lead.html", now=home.doors.clock.now(), owner=owner, **context)


@router.get("/leads")
async def find_lead(request: Request, home: AtHome, _: Me, q: str = "") -> Response:
    """Find people by name, address, number or company."""
    found = await home.doors.leads.search(q.strip()[:100]) if q.strip() else []
    return page(request, "leads.html", q=q.strip()[:100], found=[(one, name_of(one)) for one in found])


def name_of(contact: Contact) -> str:
    """Return what to call a person: their name, else their address, else their id."""
    name = f"{contact.first_name} {contact.last_name}".strip()
    return name or contact.email or contact.phone or contact.id
