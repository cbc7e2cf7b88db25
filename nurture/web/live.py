"""What a lead's workflow says of itself, read carefully: it may be away, and a page must not fall over for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nurture.web.facts import House

logger = logging.getLogger(__name__)

ASK_PATIENCE = 2.0
"""Seconds of wall-clock time a page waits for a workflow's answer."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One planned thing: when (UTC, None when unknown), what, and why then."""

    at: datetime | None
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A lead's present and future in words. `reached` is False when the workflow did not answer.

    Read from the workflow's own words: `stage`, `score`, `temperature`, `journeys` (sequence, step, status), `next`,
    `until`, `why`, `blocked_by`, `plan` (sentences, or at/what/why) and `score_reasons` (sentences such as `+15 …`).
    """

    reached: bool = True
    walking: bool = False
    stage: str = ""
    score: str = ""
    temperature: str = ""
    sequence: str = ""
    step: str = ""
    blocked_by: str = ""
    why: str = ""
    next: Coming | None = None
    coming: tuple[Coming, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()


async def plan_of(home: House, lead: str) -> Plan:
    """Ask the lead's workflow, for at most ASK_PATIENCE seconds."""
    try:
        async with asyncio.timeout(ASK_PATIENCE):
            said = await home.doors.ask(lead)
    except Exception:
        logger.exception("the plan of lead %s could not be asked", lead)
        return Plan(reached=False)
    return read(said) if said else Plan()


def read(said: Mapping[str, Any]) -> Plan:
    """Return the plan in `said`; what is missing or has an odd shape is left out."""
    journey = next((one for one in _list(said.get("journeys")) if isinstance(one, Mapping)), said)
    coming = tuple(one for one in map(_coming, _list(said.get("plan"))) if one.what)
    why = _text(said.get("why"))
    upcoming = Coming(_when(said.get("until")), _text(said.get("next")).removesuffix(f": {why}"), why)
    return Plan(
        walking=True,
        stage=_text(said.get("stage")),
        score=_number(said.get("score")),
        temperature=_text(said.get("temperature")),
        sequence=_text(journey.get("sequence")),
        step=_text(journey.get("step")),
        blocked_by=_text(said.get("blocked_by")),
        why=why,
        next=upcoming if upcoming.what else next(iter(coming), None),
        coming=coming,
        reasons=tuple(_reason(one) for one in _list(said.get("score_reasons"))),
    )


def _coming(one: Any) -> Coming:
    if not isinstance(one, Mapping):
        return Coming(None, _text(one))
    return Coming(
        _when(one.get("at") or one.get("until")), _text(one.get("what") or one.get("step")), _text(one.get("why"))
    )


def _reason(one: Any) -> tuple[str, str]:
    """Return (points, why) of `+15 asked for a price`; a reason without points stays whole."""
    points, _, why = _text(one).partition(" ")
    return (points, why) if points.lstrip("+-").isdigit() else ("", _text(one))


def _when(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return at if isinstance(at, datetime) and at.tzinfo is not None else None


def _number(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
