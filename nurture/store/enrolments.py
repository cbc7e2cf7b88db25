"""Who was asked to enter which version of which sequence, and all else that a rebuild begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, union, update

from nurture.domain.events import Event, EventKind
from nurture.domain.tasks import TaskKind
from nurture.domain.touch import LedgerRow
from nurture.store.database import Database
from nurture.store.rows import event_of, ledger_row
from nurture.store.schema import enrolments, events, sequences, snapshots, stage_history, tasks, touches

_OPENED = (TaskKind.HANDOFF.value, TaskKind.REPLY.value)
"""Tasks that a workflow opens on its own, without a touch in the ledger."""


@dataclass(frozen=True)
class Records:
    """What the store knows of one lead's way: the kept state with its moment (UTC), and all that ever happened.

    `facts` are from the inbox, `own` are enrolments and moves as the workflow told them to itself. `handoffs` are the
    tasks of hand-offs and of replies that were passed on, by id with the moment they were opened.
    """

    facts: Sequence[Event] = ()
    own: Sequence[Event] = ()
    touches: Sequence[LedgerRow] = ()
    handoffs: Mapping[str, datetime] = field(default_factory=dict)
    first_stage: str = ""
    snapshot: str = ""
    kept_at: datetime | None = None


class StoredEnrolments:
    """Keeps enrolments, and reads all that a lost Temporal database is rebuilt from."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    async def asked(self, lead: str, sequence: str, version: str, reason: str, now: datetime) -> int:
        """Write down that a lead is about to be asked to enter; return the number of the record."""
        row = {"lead": lead, "sequence": sequence, "version": version, "reason": reason, "at": now}
        written = enrolments.insert().values(**row).returning(enrolments.c.n)
        return await self._database.write(lambda conn: int(conn.execute(written).scalar_one()))

    async def refused(self, number: int, code: str) -> None:
        """Write down that the lead did not enter, and why."""
        refusal = update(enrolments).where(enrolments.c.n == number).values(refused=code)
        await self._database.write(lambda conn: conn.execute(refusal) and None)

    async def leads(self) -> Sequence[str]:
        """Return every lead that was ever asked to enter, or spoken to."""
        some = union(select(enrolments.c.lead), select(touches.c.lead)).order_by("lead")
        return await self._database.read(lambda conn: list(conn.execute(some).scalars()))

    async def of(self, lead: str) -> Records:
        """Return what the store knows of one lead's way, in one snapshot."""
        return await self._database.read(lambda conn: _records(conn, lead))

    async def shelf(self) -> Mapping[tuple[str, str], tuple[datetime, int, Mapping[str, Any]]]:
        """Return every version of every sequence: (sequence, version) -> when it was kept (UTC), its turn, document."""
        query = select(sequences).order_by(sequences.c.turn)

        def read(conn: Connection) -> Mapping[tuple[str, str], tuple[datetime, int, Mapping[str, Any]]]:
            return {(row.sequence, row.version): (row.kept_at, row.turn, row.document) for row in conn.execute(query)}

        return await self._database.read(read)


def _records(conn: Connection, lead: str) -> Records:
    kept = conn.execute(select(snapshots).where(snapshots.c.lead == lead)).first()
    stages = conn.execute(select(stage_history).where(stage_history.c.lead == lead).order_by(stage_history.c.n)).all()
    moves = [row for row in stages if row.was != row.stage]
    entries = conn.execute(select(enrolments).where(enrolments.c.lead == lead).order_by(enrolments.c.n))
    offered = conn.execute(
        select(tasks.c.id, tasks.c.created_at).where(tasks.c.lead == lead, tasks.c.kind.in_(_OPENED))
    )
    return Records(
        facts=[event_of(row) for row in conn.execute(_of(events, lead, events.c.seq))],
        own=[*map(_entered, entries), *map(_moved, moves)],
        touches=[ledger_row(row) for row in conn.execute(_of(touches, lead, touches.c.n))],
        handoffs={row.id: row.created_at for row in offered},
        first_stage=moves[0].was if moves else "",
        snapshot="" if kept is None else kept.state,
        kept_at=None if kept is None else kept.kept_at,
    )


def _of(table: Any, lead: str, order: Any) -> Any:
    return select(table).where(table.c.lead == lead).order_by(order)


def _entered(row: Any) -> Event:
    facts = {"version": row.version, "reason": row.reason, "refused": row.refused}
    return Event(f"enrolment-{row.n}", EventKind.ENROLLED, row.lead, row.at, row.sequence, details=facts)


def _moved(row: Any) -> Event:
    facts = {"stage": row.stage, "reason": row.reason}
    return Event(f"stage-{row.n}", EventKind.MOVED, row.lead, row.at, details=facts)
