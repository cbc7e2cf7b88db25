"""Writing people in batches: a look-up, an insert, an update and an insert of receipts, however many they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, or_, select, update

from nurture.domain.consent import Consent
from nurture.domain.lead import Contact
from nurture.domain.ports import Saved
from nurture.store.merging import Gathering
from nurture.store.rows import FILLED, PERSON, contact_of, filled_row, person_row
from nurture.store.schema import consents, leads
from nurture.store.statements import insert_rows, is_among, lock_name, many, moments, write_rows

_NEW = leads.insert().values({name: bindparam(name) for name in PERSON})
# The parameter of a WHERE clause may not be called like a column that is set.
_FILL = update(leads).where(leads.c.id == bindparam("which")).values({name: bindparam(name) for name in FILLED})
_NO_WORDING = hashlib.sha256(b"").hexdigest()


def save(conn: Connection, contacts: Sequence[Contact], receipts: Sequence[Consent], now: datetime) -> Saved:
    """Insert or merge the batch and keep its consent receipts; say what became of each person."""
    lock_name(conn, "leads.save")  # two imports that bring the same person must meet one after the other
    gathering = Gathering.of(_known(conn, contacts), contacts)
    moment = moments(conn)
    new = [person_row(each, gathering.number_of(each), moment(each.created_at or now)) for each in gathering.new()]
    touched = [person_row(each, gathering.number_of(each), None) for each in gathering.touched()]
    write_rows(conn, _NEW, new)
    write_rows(conn, _FILL, list(map(filled_row, touched)))
    kept = [_receipt(consent, gathering.stored_as, moment) for consent in receipts]
    write_rows(conn, insert_rows(conn.dialect.name, consents), kept)
    return gathering.saved()


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


def _receipt(consent: Consent, stored_as: Mapping[str, str], moment: Callable[[datetime], Any]) -> tuple[Any, ...]:
    """Return a row of `consents`, column by column; the hash proves which wording was shown (L6)."""
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
