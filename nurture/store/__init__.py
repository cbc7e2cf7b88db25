"""The database: people, the ledger of touches, the inbox of facts, tasks and capacity, on SQLite or Postgres."""

from nurture.store.migrate import migrate
from nurture.store.opening import Store, open_store

__all__ = ["Store", "migrate", "open_store"]
