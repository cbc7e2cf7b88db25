"""Writing people in batches: one insert if all are new, else one look-up and one update more, however many they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, any_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import Insert, Update

from nurture.domain.consent import Consent
from nurture.domain.lead import Contact
from nurture.store.columns import Utc
from nurture.store.merging import Gathering
from nurture.store.rows import contact_of, contact_values
from nurture.store.schema import consents, leads
from nurture.store.statements import insert, lock_name

_STORED = tuple(column.name for column in leads.c if column.name not in ("n", "score"))
_FILLED = tuple(name for name in _STORED if name not in ("id", "stage", "created_at"))
_NEW = leads.insert().values({name: bindparam(name) for name in _STORED})
# The parameter of a WHERE clause may not be called like a column that is set.
_FILL = update(leads).where(leads.c.id == bindparam("which")).values({name: bindparam(name) for name in _FILLED})


def save(
    conn: Connection, contacts: Sequence[Contact], receipts: Sequence[Consent], now: datetime
) -> Mapping[str, str]:
    """Insert or merge the batch and keep its consent receipts; return given id -> stored id."""
    lock_name(conn, "leads.save")  # two imports that bring the same person must meet one after the other
    gathering = _insert_unknown(conn, contacts, now) or _merge(conn, contacts, now)
    if receipts:
        rows = [_receipt(consent, gathering.stored_as) for consent in receipts]
        conn.execute(insert(conn, consents).on_conflict_do_nothing(), rows)
    return gathering.stored_as


def _insert_unknown(conn: Connection, contacts: Sequence[Contact], now: datetime) -> Gathering | None:
    """Insert the batch as if nobody in it were known; None, and nothing written, if somebody is.

    A first import is the large one, and there looking everybody up would cost a quarter of the time.
    """
    gathering = Gathering.of((), contacts)
    try:
        with conn.begin_nested():
            _write(conn, _NEW, gathering.new(), now)
    except IntegrityError:
        return None
    return gathering


def _merge(conn: Connection, contacts: Sequence[Contact], now: datetime) -> Gathering:
    gathering = Gathering.of(_known(conn, contacts), contacts)
    _write(conn, _NEW, gathering.new(), now)
    _write(conn, _FILL, gathering.touched(), now)
    return gathering


def _write(conn: Connection, statement: Insert | Update, people: Sequence[Contact], now: datetime) -> None:
    """Run a statement for many people past SQLAlchemy's parameters: handling them took half the time of an import."""
    if not people:
        return
    compiled = statement.compile(dialect=conn.dialect)
    in_order = itemgetter(*(compiled.positiontup or ()))
    moment = Utc()
    today = moment.process_bind_param(now, conn.dialect)
    rows = []
    for person in people:
        values = contact_values(person)
        made_at = person.created_at
        values["created_at"] = moment.process_bind_param(made_at, conn.dialect) if made_at else today
        values["which"] = person.id
        rows.append(in_order(values))
    conn.exec_driver_sql(str(compiled), rows)


def _known(conn: Connection, contacts: Sequence[Contact]) -> list[Contact]:
    asked: dict[str, Any] = {
        "ids": [contact.id for contact in contacts],
        "emails": [contact.email for contact in contacts if contact.email],
        "phones": [contact.phone for contact in contacts if contact.phone],
    }
    if conn.dialect.name == "sqlite":
        asked = {name: json.dumps(values) for name, values in asked.items()}
    return [contact_of(row) for row in conn.execute(_look_up(conn.dialect.name), asked)]


@lru_cache
def _look_up(dialect: str) -> Select[Any]:
    """Return the query for people by many ids and addresses; one parameter is a whole list.

    The rows are locked: an event may be changing the same people, and we would write back what we read before it.
    """
    lists = {"ids": leads.c.id, "emails": leads.c.email, "phones": leads.c.phone}
    which: list[ColumnElement[bool]]
    if dialect == "sqlite":
        among = {name: func.json_each(bindparam(name, type_=Text)).table_valued("value") for name in lists}
        which = [column.in_(select(among[name].c.value)) for name, column in lists.items()]
    else:
        which = [column == any_(bindparam(name, type_=ARRAY(Text))) for name, column in lists.items()]
    return select(leads).where(or_(*which)).order_by(leads.c.n).with_for_update()


def _receipt(consent: Consent, stored_as: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of `consents`; the hash proves which wording was shown (L6)."""
    return {
        "lead": stored_as.get(consent.lead, consent.lead),
        "channel": consent.channel.value,
        "purpose": consent.purpose.value,
        "basis": consent.basis.value,
        "given_at": consent.given_at,
        "how": consent.how,
        "wording": consent.wording,
        "wording_hash": hashlib.sha256(consent.wording.encode()).hexdigest(),
        "source": consent.source,
        "expires_at": consent.expires_at,
    }
