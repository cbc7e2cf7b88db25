"""`/api/v1`: leads, consents, events, enrolments, tasks and hand-offs for other programs, behind one key."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from nurture.web.api import consents, enrolments, events, leads, tasks
from nurture.web.api.key import with_key

router = APIRouter(prefix="/api/v1", dependencies=[Depends(with_key)])
for part in (leads, consents, events, enrolments, tasks):
    router.include_router(part.router)
