"""Tells alembic which connection and which tables; it runs only inside `nurture.store.migrate`."""

from __future__ import annotations

from alembic import context

from nurture.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
