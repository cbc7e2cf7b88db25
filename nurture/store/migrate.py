"""Brings a database to the schema of this code, in process, from any directory."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text

from nurture.domain.errors import Misconfigured
from nurture.store.database import Database
from nurture.store.postgres import PostgresDatabase
from nurture.store.sqlite import SqliteDatabase

_LOCK = 7_203_417  # any number that nobody else locks


def connect(url: str) -> Database:
    """Open the database at `url` (`sqlite…:///path` or `postgresql…://…`). Raises Misconfigured for anything else."""
    place = make_url(url)
    match place.get_backend_name():
        case "sqlite":
            return SqliteDatabase(place)
        case "postgresql":
            return PostgresDatabase(place)
        case other:
            raise Misconfigured(f"The store cannot live in {other}", remedy="Use sqlite or postgresql")


async def migrate(url: str) -> None:
    """Bring the database at `url` to this code's schema; harmless when it is there, and when two start at once."""
    database = connect(url)
    try:
        await database.write(upgrade)
    finally:
        await database.close()


def upgrade(conn: Connection) -> None:
    """Run every migration that is missing, in the caller's transaction."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def demand_current(conn: Connection) -> None:
    """Raise Misconfigured when the schema is not the one this code was written for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    found = MigrationContext.configure(conn).get_current_revision()
    if found != head:
        raise Misconfigured(
            f"The database has schema {found or 'none'}, this code needs {head}",
            remedy="Run the migrations before the workers start",
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "nurture.store:migrations")
    return config
