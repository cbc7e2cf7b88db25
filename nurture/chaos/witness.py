"""A witness inside the database: a trigger that notes, with each wire mark, how many stops were stored before it.

Timestamps are taken before a transaction waits for its lock, so they cannot order a mark and a stop. The trigger runs
inside the transaction of the mark: what it sees is what was committed before. On Postgres it sees that as of its own
statement, which runs behind the lock of the person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

_NOTED = """
INSERT INTO chaos_marks SELECT NEW.id, NEW.lead, count(*) FROM events
WHERE lead = NEW.lead AND kind IN ('opted_out', 'complained');
"""
_TABLE = "CREATE TABLE IF NOT EXISTS chaos_marks (touch TEXT NOT NULL, lead TEXT NOT NULL, stops INTEGER NOT NULL)"
_SEATED: Mapping[str, Sequence[str]] = {
    "sqlite": (
        _TABLE,
        "CREATE TRIGGER IF NOT EXISTS chaos_wire AFTER UPDATE OF state ON touches "
        f"WHEN NEW.state = 'wire' AND OLD.state <> 'wire' BEGIN {_NOTED} END",
    ),
    "postgresql": (
        _TABLE,
        "CREATE OR REPLACE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS "
        f"$note$ BEGIN {_NOTED} RETURN NEW; END $note$",
        "CREATE OR REPLACE TRIGGER chaos_wire AFTER UPDATE OF state ON touches FOR EACH ROW "
        "WHEN (NEW.state = 'wire' AND OLD.state <> 'wire') EXECUTE FUNCTION chaos_note()",
    ),
}
_LATE = "SELECT touch, lead FROM chaos_marks WHERE stops > 0"


async def seat(url: str) -> None:
    """Put the witness into a store that was made already; once more is harmless."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as conn:
            for statement in _SEATED[engine.dialect.name]:
                await conn.exec_driver_sql(statement)
    finally:
        await engine.dispose()


async def answers(url: str, questions: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that answer each question, in one snapshot, past our own storage code."""
    engine = create_async_engine(url, execution_options={"isolation_level": "SERIALIZABLE"})
    try:
        async with engine.connect() as conn:
            return {
                name: [dict(row) for row in (await conn.execute(text(q))).mappings()] for name, q in questions.items()
            }
    finally:
        await engine.dispose()


async def marks_after_stops(url: str, leads: Collection[str]) -> list[str]:
    """Return the touches of `leads` whose wire mark was committed after a stop of their person."""
    found = (await answers(url, {"late": _LATE}))["late"]
    wanted = set(leads)
    return [row["touch"] for row in found if row["lead"] in wanted]
