"""`nurture migrate`: brings the database to the schema of this code."""

from __future__ import annotations

import asyncio

from nurture.cli._desk import AsJson, say_json


def command(as_json: AsJson = False) -> None:
    """Bring the database of NURTURE_DATABASE_URL to the schema of this code. Harmless when it is there already.

    A SQLite file migrates itself when it is opened. A Postgres database is migrated by this command, once, before the
    workers of a new release start.

    Example: `NURTURE_DATABASE_URL=postgresql+asyncpg://nurture@db/nurture nurture migrate`
    """
    from sqlalchemy import make_url

    from nurture.settings import Settings
    from nurture.store import migrate

    url = Settings().database_url
    shown = make_url(url).render_as_string(hide_password=True)
    asyncio.run(migrate(url))
    if as_json:
        say_json({"database": shown, "migrated": True})
    else:
        print(f"{shown} has the schema of this code.")
