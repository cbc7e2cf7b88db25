"""The tables of what must be provable: every no, and every erasure. `consents` stands in `schema`, with the people."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text, UniqueConstraint

from nurture.store.columns import Utc
from nurture.store.schema import _json, _number, _words, metadata

withdrawals = Table(
    "withdrawals",
    metadata,
    _number(),
    *(Column(name, Text, nullable=False) for name in ("lead", "channel", "scope", "kind")),
    Column("at", Utc, nullable=False),
    *(_words(name) for name in ("how", "wording", "touch")),
    Column("recorded_at", Utc),
    UniqueConstraint("lead", "channel", "scope", "at", "kind", "how", name="uq_withdrawals_receipt"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lead", Text, nullable=False, index=True),
    Column("at", Utc, nullable=False),
    *(_words(name) for name in ("by", "reason")),
    *(_json(name) for name in ("removed", "kept")),
    Column("done_at", Utc),
)
