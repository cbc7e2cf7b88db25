"""Where a person's journey stands: stage and its history, the state of a resting planner, and being forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from nurture.domain.errors import NotFound
from nurture.store.addresses import AddressHash
from nurture.store.schema import consents, leads, snapshots, stage_history, tasks, touches
from nurture.store.statements import lock_lead, upsert
from nurture.store.suppressions import refresh_hashes


def place(conn: Connection, lead: str, stage: str, reason: str, score: int, now: datetime, owner: str) -> None:
    """Write stage, score and, if given, owner; a row of history when the stage or the owner is new."""
    row = conn.execute(select(leads.c.stage, leads.c.owner).where(leads.c.id == lead).with_for_update()).first()
    if row is None:
        raise NotFound(f"There is no lead {lead}")
    owner = owner or row.owner
    conn.execute(update(leads).where(leads.c.id == lead).values(stage=stage, score=score, owner=owner))
    if (stage, owner) != (row.stage, row.owner):
        change = {"lead": lead, "was": row.stage, "stage": stage, "reason": reason, "owner": owner}
        conn.execute(stage_history.insert(), change | {"score": score, "at": now})


def put_to_rest(conn: Connection, lead: str, snapshot: str, now: datetime) -> None:
    """Keep the planner's state, in place of an older one."""
    upsert(conn, snapshots, {"lead": lead, "state": snapshot, "kept_at": now})


def snapshot(conn: Connection, lead: str) -> str | None:
    """Return the planner's state, or None."""
    state: str | None = conn.execute(select(snapshots.c.state).where(snapshots.c.lead == lead)).scalar()
    return state


def erase(conn: Connection, hashes: AddressHash, lead: str) -> bool:
    """Delete the person and blank what names or quotes it elsewhere; suppressions stay as hashes."""
    address = lock_lead(conn, lead)
    if address is None:
        return False
    refresh_hashes(conn, hashes, lead, *address)
    for table in (leads, consents, snapshots):
        column = table.c.id if table is leads else table.c.lead
        conn.execute(delete(table).where(column == lead))
    conn.execute(update(touches).where(touches.c.lead == lead).values(to="", subject=""))
    conn.execute(update(tasks).where(tasks.c.lead == lead).values(title="", body="", details={}))
    return True
