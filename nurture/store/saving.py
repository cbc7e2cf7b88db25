"""Writing people in batches: a look-up, an insert, an update and an insert of receipts, however many they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Select, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert, Update

from nurture.domain.consent import Consent
from nurture.domain.lead import Contact
from nurture.domain.ports import Saved
from nurture.store.columns import Utc
from nurture.store.merging import Gathering
from nurture.store.rows import FILLED, PERSON, RECEIPT, contact_of, filled_row, person_row
from nurture.store.schema import consents, leads
from nurture.store.statements import is_among, lock_name, many

_NEW = leads.insert().values({name: bindparam(name) for name in PERSON})
# The parameter of a WHERE clause may not be called like a column that is set.
_FILL = update(leads).where(leads.c.id == bindparam("which")).values({name: bindparam(name) for name in FILLED})
_AT_ONCE = 1_000
"""Rows of one INSERT on SQLite, which takes at most 32,766 parameters."""
_NO_WORDING = hashlib.sha256(b"").hexdigest()

Moment = Callable[[datetime], Any]
"""A moment as the driver takes it."""


def save(conn: Connection, contacts: Sequence[Contact], receipts: Sequence[Consent], now: datetime) -> Saved:
    """Insert or merge the batch and keep its consent receipts; say what became of each person."""
    lock_name(conn, "leads.save")  # two imports that bring the same person must meet one after the other
    gathering = Gathering.of(_known(conn, contacts), contacts)
    moment = lru_cache(maxsize=None)(partial(Utc().process_bind_param, dialect=conn.dialect))
    new = [person_row(each, gathering.number_of(each), moment(each.created_at or now)) for each in gathering.new()]
    touched = [person_row(each, gathering.number_of(each), None) for each in gathering.touched()]
    _write(conn, _NEW, new)
    _write(conn, _FILL, list(map(filled_row, touched)))
    _write(conn, _keep(conn.dialect.name), [_receipt(consent, gathering.stored_as, moment) for consent in receipts])
    return gathering.saved()


def _write(conn: Connection, statement: Insert | Update, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement for many rows past SQLAlchemy's parameters: handling them took half the time of an import.

    On SQLite a thousand rows are one statement, because Python's other threads stand still between two statements, not
    while one runs: so the next batch is read while this one is written.
    """
    text = _text(statement, conn.dialect)
    done = 0
    if conn.dialect.name == "sqlite" and isinstance(statement, Insert):
        for done in range(_AT_ONCE, len(rows) + 1, _AT_ONCE):
            some = chain.from_iterable(rows[done - _AT_ONCE : done])
            conn.exec_driver_sql(_for_many(text), tuple(some))
    if done < len(rows):
        conn.exec_driver_sql(text, rows[done:])


@lru_cache(maxsize=32)
def _text(statement: Insert | Update, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect))


@lru_cache
def _for_many(text: str) -> str:
    """Return the INSERT of one row as one of _AT_ONCE rows."""
    one = re.search(r"\(\?(?:, \?)*\)", text)
    if one is None:
        raise AssertionError(f"no row of parameters in {text!r}")
    return text.replace(one.group(), ", ".join([one.group()] * _AT_ONCE))


@lru_cache
def _keep(dialect: str) -> Insert:
    """Return the INSERT of a receipt that leaves an equal one as it is."""
    values = {name: bindparam(name) for name in RECEIPT}
    if dialect == "sqlite":
        return sqlite.insert(consents).values(values).on_conflict_do_nothing().inline()
    return postgresql.insert(consents).values(values).on_conflict_do_nothing().inline()


def _known(conn: Connection, contacts: Sequence[Contact]) -> list[Contact]:
    asked = {
        "ids": many(conn, [contact.id for contact in contacts]),
        "emails": many(conn, [contact.email for contact in contacts if contact.email]),
        "phones": many(conn, {contact.phone for contact in contacts if contact.phone}),
    }
    return [contact_of(row) for row in conn.execute(_look_up(conn.dialect.name), asked)]


@lru_cache
def _look_up(dialect: str) -> Select[Any]:
    """Return the query for people by many ids and addresses.

    The rows are locked: an event may be changing the same people, and we would write back what we read before it.
    """
    lists = {"ids": leads.c.id, "emails": leads.c.email, "phones": leads.c.phone}
    which = [is_among(dialect, column, name) for name, column in lists.items()]
    return select(leads).where(or_(*which)).order_by(leads.c.n).with_for_update()


def _receipt(consent: Consent, stored_as: Mapping[str, str], moment: Moment) -> tuple[Any, ...]:
    """Return a row of `consents`, RECEIPT by RECEIPT; the hash proves which wording was shown (L6)."""
    wording, expires_at = consent.wording, consent.expires_at
    return (
        stored_as.get(consent.lead, consent.lead),
        consent.channel.value,
        consent.purpose.value,
        consent.basis.value,
        moment(consent.given_at),
        consent.how,
        wording,
        hashlib.sha256(wording.encode()).hexdigest() if wording else _NO_WORDING,
        consent.source,
        moment(expires_at) if expires_at else None,
    )
