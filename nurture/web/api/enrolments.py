"""Enrolments: one lead into one sequence."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nurture.web.api.shapes import EnrolmentIn, EnrolmentOut
from nurture.web.facts import AtHome
from nurture.web.problems import Refusal, documented

router = APIRouter(tags=["enrolments"])


@router.post("/enrolments", status_code=201, responses=documented(404, 503), summary="Enrol a lead in a sequence")
async def enrol(body: EnrolmentIn, home: AtHome, response: Response) -> EnrolmentOut:
    """Enrol, and answer whether it was done: 201 with `enrolled: true`, or 200 with the reason why not."""
    if await home.doors.leads.find(body.lead) is None:
        raise Refusal(404, f'There is no lead "{body.lead}".')
    if await home.doors.library.fetch(body.sequence) is None:
        raise Refusal(404, f'There is no sequence "{body.sequence}".')
    refusal = await home.doors.enrol(body.lead, body.sequence, body.reason)
    response.status_code = 200 if refusal else 201
    return EnrolmentOut(enrolled=not refusal, because=refusal)
