"""What the planner decided for each person, kept beyond its workflow: `nurture explain` reads it years later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, select

from nurture.domain.errors import NotFound
from nurture.domain.rulings import Ruling
from nurture.store.columns import Utc
from nurture.store.schema import _json, metadata
from nurture.store.statements import insert, lock_lead

rulings = Table(
    "rulings",
    metadata,
    Column("lead", Text, primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("n", Integer, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("kind", "rule", "sequence", "step")),
    _json("told"),
)
"""One row a decision; `n` tells those of one moment apart. `told` is the rest of it."""

_COLUMNS = ("at", "n", "kind", "rule", "sequence", "step")
_TOLD = tuple(each.name for each in fields(Ruling) if each.name not in _COLUMNS)


def write_down(conn: Connection, lead: str, made: Sequence[Ruling]) -> None:
    """Keep decisions, each once however often it is told. Raises NotFound for a stranger: nothing is kept of those."""
    if lock_lead(conn, lead) is None:
        raise NotFound(f"There is no lead {lead}")
    if made:
        conn.execute(insert(conn, rulings).on_conflict_do_nothing(), [_row(lead, ruling) for ruling in made])


def rulings_of(conn: Connection, lead: str) -> list[Ruling]:
    """Return a person's decisions, oldest first."""
    query = select(rulings).where(rulings.c.lead == lead).order_by(rulings.c.at, rulings.c.n)
    return [_ruling(row) for row in conn.execute(query)]


def _row(lead: str, ruling: Ruling) -> dict[str, Any]:
    told = {name: getattr(ruling, name) for name in _TOLD} | {"inputs": dict(ruling.inputs)}
    told["until"] = ruling.until.isoformat() if ruling.until else None
    return {"lead": lead, "told": told} | {name: getattr(ruling, name) for name in _COLUMNS}


def _ruling(row: Row[Any]) -> Ruling:
    until: str | None = row.told.get("until")
    told = row.told | {"until": datetime.fromisoformat(until) if until else None}
    return Ruling(**{name: row._mapping[name] for name in _COLUMNS}, **told)
