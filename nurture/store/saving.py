"""Writing people in batches: a look-up, an insert, an update and an insert of receipts, however many they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, or_, select, update

from nurture.domain.consent import Consent
from nurture.domain.lead import Contact
from nurture.domain.ports import Saved
from nurture.store.merging import Gathering
from nurture.store.receipts import consent_row
from nurture.store.rows import FILLED, PERSON, contact_of, filled_row, person_row
from nurture.store.schema import consents, leads
from nurture.store.statements import insert_rows, is_among, lock_name, many, moments, write_rows

_NEW = leads.insert().values({name: bindparam(name) for name in PERSON})
# The parameter of a WHERE clause may not be called like a column that is set.
_FILL = update(leads).where(leads.c.id == bindparam("which")).values({name: bindparam(name) for name in FILLED})


def save(conn: Connection, contacts: Sequence[Contact], receipts: Sequence[Consent], now: datetime) -> Saved:
    """Insert or merge the batch and keep its consent receipts; say what became of each person."""
    lock_name(conn, "leads.save")  # two imports that bring the same person must meet one after the other
    gathering = Gathering.of(_known(conn, contacts), contacts)
    moment = moments(conn)
    new = [person_row(each, gathering.number_of(each), moment(each.created_at or now)) for each in gathering.new()]
    touched = [person_row(each, gathering.number_of(each), None) for each in gathering.touched()]
    write_rows(conn, _NEW, new)
    write_rows(conn, _FILL, list(map(filled_row, touched)))
    write_rows(conn, insert_rows(conn.dialect.name, consents), _receipts(conn, receipts, gathering, moment, now))
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


def _receipts(
    conn: Connection, given: Sequence[Consent], gathering: Gathering, moment: Callable[[datetime], Any], now: datetime
) -> list[tuple[Any, ...]]:
    """Return the rows to insert. A claim without a date of its own is kept once: repeating it renews nothing (L8)."""
    stored_as = gathering.stored_as
    claimed = {stored_as.get(each.lead, each.lead) for each in given if each.assumed}
    known = (
        {tuple(row) for row in conn.execute(_claims(conn.dialect.name), {"leads": many(conn, claimed)})}
        if claimed
        else set()
    )
    rows = []
    for each in given:
        lead = stored_as.get(each.lead, each.lead)
        claim = (lead, each.channel.value, each.purpose.value, each.basis.value, each.how, each.source)
        if each.assumed and claim in known:
            continue
        known.add(claim)
        rows.append(consent_row(each, lead, each.given_at, moment, now))
    return rows


@lru_cache
def _claims(dialect: str) -> Select[Any]:
    columns = (consents.c[name] for name in ("lead", "channel", "purpose", "basis", "how", "source"))
    return select(*columns).where(is_among(dialect, consents.c.lead, "leads"))
