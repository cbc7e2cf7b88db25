"""Kill switches: what nobody may send until a person says so, and the log of who switched what and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from nurture.domain.errors import Invalid
from nurture.domain.halts import ALL, KINDS, STORE, Halt, lasts_longer
from nurture.store.database import Database
from nurture.store.schema import halts
from nurture.store.schema_senders import halt_log
from nurture.store.statements import lock_name, upsert

HALTED, LIFTED = "halted", "lifted"
COLUMNS = tuple(halts.c[name] for name in ("key", "why", "by", "since", "until", "code"))
"""What a Halt is read from, in its order."""


@dataclass(frozen=True, slots=True)
class Switched:
    """One line of the log: a switch was halted or lifted, by whom, when (UTC) and why."""

    key: str
    act: str
    why: str
    by: str
    code: str
    at: datetime


class StoredHalts:
    """The kill switches. The last gate reads them in the transaction of the wire mark, so they work at once."""

    def __init__(self, database: Database) -> None:
        """Keep the switches in `database`."""
        self._database = database

    async def halt(
        self, key: str, *, why: str, by: str, now: datetime, until: datetime | None = None, code: str = ""
    ) -> bool:
        """Stop everything that matches `key` at once; return whether that was news.

        What lasts longest stands, of equals the first. Times are UTC. Raises Invalid for a key of no known kind.
        """
        kind, _, name = key.partition(":")
        if key not in (ALL, STORE) and (kind not in KINDS or not name):
            remedy = f"Write all, or {':, '.join(KINDS[:-1])}: or {KINDS[-1]}: and a name"
            raise Invalid(f'"{key}" is no switch', remedy=remedy)
        switch = Halt(key, why, by, now, until, code)
        return await self._database.write(lambda conn: put(conn, switch))

    async def lift(self, key: str, *, why: str, by: str, now: datetime) -> Halt | None:
        """Let go again and return what held; None when nothing did."""
        return await self._database.write(lambda conn: _lift(conn, key, why, by, now))

    async def current(self, now: datetime) -> Sequence[Halt]:
        """Return all switches that are off at `now` (UTC), oldest first."""
        return await self._database.read(lambda conn: standing(conn, now))

    async def log(self, limit: int = 200) -> Sequence[Switched]:
        """Return what was halted and lifted, the latest first."""
        columns = (halt_log.c[name] for name in ("key", "act", "why", "by", "code", "at"))
        query = select(*columns).order_by(halt_log.c.n.desc()).limit(limit)
        return await self._database.read(lambda conn: [Switched(*row) for row in conn.execute(query)])


def put(conn: Connection, switch: Halt) -> bool:
    """Switch off within the caller's transaction; return whether that was news."""
    lock_name(conn, f"halt/{switch.key}")
    held = _held(conn, switch.key)
    if held is not None and not _is_over(held, switch.since) and not lasts_longer(switch, held):
        return False
    upsert(conn, halts, {name: getattr(switch, name) for name in ("key", "why", "by", "since", "until", "code")})
    _note(conn, switch.key, HALTED, switch.why, switch.by, switch.code, switch.since)
    return True


def standing(conn: Connection, now: datetime) -> list[Halt]:
    """Return the switches that are off at `now` (UTC), oldest first."""
    holds = or_(halts.c.until.is_(None), halts.c.until > now)
    return [Halt(*row) for row in conn.execute(select(*COLUMNS).where(holds).order_by(halts.c.since, halts.c.key))]


def _lift(conn: Connection, key: str, why: str, by: str, now: datetime) -> Halt | None:
    lock_name(conn, f"halt/{key}")
    held = _held(conn, key)
    if held is None or _is_over(held, now):
        return None
    conn.execute(delete(halts).where(halts.c.key == key))
    _note(conn, key, LIFTED, why, by, held.code, now)
    return held


def _held(conn: Connection, key: str) -> Halt | None:
    return next((Halt(*row) for row in conn.execute(select(*COLUMNS).where(halts.c.key == key))), None)


def _is_over(held: Halt, now: datetime) -> bool:
    return held.until is not None and held.until <= now


def _note(conn: Connection, key: str, act: str, why: str, by: str, code: str, at: datetime) -> None:
    conn.execute(halt_log.insert(), {"key": key, "act": act, "why": why, "by": by, "code": code, "at": at})
