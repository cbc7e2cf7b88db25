"""A witness inside the database file: a trigger that notes, with each wire mark, how many stops were stored before it.

Timestamps are taken before a transaction waits for its lock, so they cannot order a mark and a stop. SQLite writes one
transaction at a time: what the trigger sees is the order in which they were committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

_SEATED = """
CREATE TABLE IF NOT EXISTS chaos_marks (touch TEXT NOT NULL, lead TEXT NOT NULL, stops INTEGER NOT NULL);
CREATE TRIGGER IF NOT EXISTS chaos_wire AFTER UPDATE OF state ON touches
WHEN NEW.state = 'wire' AND OLD.state <> 'wire'
BEGIN
    INSERT INTO chaos_marks
    SELECT NEW.id, NEW.lead, count(*) FROM events
    WHERE lead = NEW.lead AND kind IN ('opted_out', 'complained');
END;
"""


def seat(database: Path) -> None:
    """Put the witness into a store that was made already."""
    with closing(sqlite3.connect(database, timeout=30)) as db:
        db.executescript(_SEATED)


def marks_after_stops(database: Path, leads: Collection[str]) -> list[str]:
    """Return the touches of `leads` whose wire mark was committed after a stop of their person."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        found = db.execute("SELECT touch, lead FROM chaos_marks WHERE stops > 0").fetchall()
    wanted = set(leads)
    return [touch for touch, lead in found if lead in wanted]
