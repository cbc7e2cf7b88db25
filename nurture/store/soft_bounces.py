"""Counts soft bounces: a mailbox that is full on some different days in a row is left alone until it shows life."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, bindparam, delete, select

from nurture.domain.errors import Blame
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.store.addresses import AddressHash
from nurture.store.schema import events, suppressions
from nurture.store.statements import insert_once

WHY = "soft_bounces"
"""The reason of such a suppression; a sign of life lifts it again."""
LIFE = frozenset({EventKind.DELIVERED, EventKind.REPLIED, EventKind.CLICKED, EventKind.AUTO_REPLIED})
"""What proves that mail arrives."""

_FACTS = (
    select(events.c.kind, events.c.at, events.c.touch, events.c.details)
    .where(
        events.c.lead == bindparam("lead"),
        events.c.kind.in_(sorted(kind.value for kind in {*LIFE, EventKind.BOUNCED})),
    )
    .order_by(events.c.seq.desc())
)


def hold_if_often(
    conn: Connection, hashes: AddressHash, event: Event, address: tuple[str | None, str | None], days: int
) -> None:
    """Hold the person's e-mail when this soft bounce, which is stored already, is the one of the `days`-th day."""
    if is_soft(event) and len(_days_since_life(conn, event.lead)) >= days:
        held = {"lead": event.lead, "channel": Channel.EMAIL.value, "scope": "all", "why": WHY, "since": event.at}
        insert_once(conn, suppressions, held | hashes.columns(Channel.EMAIL.value, *address))


def lift(conn: Connection, event: Event) -> None:
    """Let go of a hold: something of this person just came through."""
    if _is_by_mail(event.touch, event.details):
        held = (suppressions.c.lead == event.lead, suppressions.c.why == WHY)
        conn.execute(delete(suppressions).where(*held))


def is_soft(event: Event) -> bool:
    """Whether a bounce says that this mailbox could not take mail at the moment: no fact of our sender or message."""
    blame = event.details.get("blame", str(Blame.TEMPORARY))
    return not event.details.get("hard") and blame == Blame.TEMPORARY and _is_by_mail(event.touch, event.details)


def _days_since_life(conn: Connection, lead: str) -> set[date]:
    days: set[date] = set()
    for row in conn.execute(_FACTS, {"lead": lead}):
        if row.kind in LIFE:
            if _is_by_mail(row.touch, row.details):
                break
        elif is_soft(Event("", EventKind.BOUNCED, lead, row.at, touch=row.touch, details=row.details)):
            days.add(row.at.date())
    return days


def _is_by_mail(touch: str, details: object) -> bool:
    named = details.get("channel") if isinstance(details, dict) else ""
    return str(named or touch.rpartition("/")[2] or Channel.EMAIL) == Channel.EMAIL
