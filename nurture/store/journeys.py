"""Where a person's journey stands: stage and its history, and the state of a resting planner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from nurture.domain.errors import NotFound
from nurture.store.schema import leads, snapshots, stage_history
from nurture.store.statements import lock_lead, upsert


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
    """Keep the planner's state, in place of an older one. Nothing is kept of a person who was forgotten meanwhile."""
    if lock_lead(conn, lead) is None:
        raise NotFound(f"There is no lead {lead}")
    upsert(conn, snapshots, {"lead": lead, "state": snapshot, "kept_at": now})


def snapshot(conn: Connection, lead: str) -> str | None:
    """Return the planner's state, or None."""
    state: str | None = conn.execute(select(snapshots.c.state).where(snapshots.c.lead == lead)).scalar()
    return state
