"""Targets of tracked links: a click leads to what is stored here and nowhere else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from sqlalchemy import Connection, select

from nurture.domain.ports import Clock
from nurture.store.database import Database
from nurture.store.schema import links
from nurture.store.statements import insert

_REMEMBERED = 10_000


class StoredLinks:
    """Implements `nurture.domain.ports.Links` on a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the targets in `database`."""
        self._database, self._clock = database, clock
        self._kept: dict[str, None] = {}

    async def keep(self, urls: Mapping[str, str]) -> Mapping[str, str]:
        """Store link name -> URL; return link name -> link id. A link this process stored before costs nothing."""
        ids = {name: link_id(name, url) for name, url in urls.items()}
        now = self._clock.now()
        rows = [
            {"id": ids[name], "name": name, "url": url, "kept_at": now}
            for name, url in urls.items()
            if ids[name] not in self._kept
        ]
        if rows:
            await self._database.write(lambda conn: _keep(conn, rows))
            self._remember(ids)
        return ids

    async def target(self, link: str) -> tuple[str, str] | None:
        """Return (URL, link name) of a link id, or None."""
        query = select(links.c.url, links.c.name).where(links.c.id == link)
        found = await self._database.read(lambda conn: conn.execute(query).first())
        return None if found is None else (found.url, found.name)

    def _remember(self, ids: Mapping[str, str]) -> None:
        if len(self._kept) + len(ids) > _REMEMBERED:
            self._kept.clear()
        self._kept |= dict.fromkeys(ids.values())


def link_id(name: str, url: str) -> str:
    """Return the id of a link: 16 letters and digits, 80 bits of SHA-256 over its name and target."""
    digest = hashlib.sha256(f"{name}\0{url}".encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _keep(conn: Connection, rows: list[dict[str, object]]) -> None:
    conn.execute(insert(conn, links).on_conflict_do_nothing(), rows)
