"""Deleted must mean gone: a SQLite file keeps the old bytes of a row until somebody writes over them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import make_url

PATIENCE = 30.0
"""Seconds of the wall clock to wait for writers of other processes."""


def scrub(url: str) -> bool:
    """Rewrite the file without what was deleted, and empty its log; return whether nothing old is left in either.

    False when another process read or wrote all the while: repeating it later does the rest. On Postgres old
    versions of rows are overwritten after VACUUM, in its own time: nothing is done here, and the answer is False.
    """
    place = make_url(url)
    if place.get_backend_name() != "sqlite" or not place.database:
        return False
    with closing(sqlite3.connect(place.database, timeout=PATIENCE, isolation_level=None)) as conn:
        conn.execute("PRAGMA secure_delete=ON")
        try:
            conn.execute("VACUUM")
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        busy, _, _ = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
