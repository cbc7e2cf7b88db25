"""Who must not be spoken to: written by events, found by person or by address, lifted only by the person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select

from nurture.domain.consent import Suppression
from nurture.domain.events import Event
from nurture.domain.lead import Channel
from nurture.store.addresses import AddressHash
from nurture.store.schema import suppressions
from nurture.store.statements import insert_once, insert_rows, moments, write_rows

OWN_WORD = frozenset({"sms", "whatsapp", "keyword", "form", "web", "page", "preferences", "link", "reply", "email"})
"""Values of an opt-in's `how` that mean the person did it. An import, a rep or the API never lifts a suppression."""

_MATCHES = or_(
    suppressions.c.lead == bindparam("lead"),
    suppressions.c.email_hash == bindparam("email_hash"),
    suppressions.c.phone_hash == bindparam("phone_hash"),
)
_FIND = (
    select(suppressions.c.channel, suppressions.c.why, suppressions.c.since, suppressions.c.scope)
    .where(_MATCHES)
    .order_by(suppressions.c.n)
)


def suppressions_of(
    conn: Connection, hashes: AddressHash, lead: str, email: str | None, phone: str | None
) -> tuple[Suppression, ...]:
    """Return what silences us towards this person or towards the address, whoever had it before."""
    rows = conn.execute(_FIND, _whom(hashes, lead, email, phone)).all()
    found = {(row.channel, row.scope): row for row in reversed(rows)}
    return tuple(
        Suppression(lead, Channel(row.channel) if row.channel else None, row.why, row.since, row.scope)
        for row in reversed(found.values())
    )


def suppress(
    conn: Connection,
    hashes: AddressHash,
    event: Event,
    channel: str,
    scope: str,
    address: tuple[str | None, str | None],
) -> None:
    """Write a no for `channel` ("" = all); the first one of its kind stands."""
    values = {"lead": event.lead, "channel": channel, "scope": scope, "why": event.kind.value, "since": event.at}
    insert_once(conn, suppressions, values | hashes.columns(channel, *address))


def suppress_erased(
    conn: Connection, hashes: AddressHash, lead: str, at: datetime, address: tuple[str | None, str | None]
) -> None:
    """Close everything for somebody who is being forgotten, by hash: only the person's own yes opens it again."""
    values = {"lead": lead, "channel": "", "scope": "marketing", "why": "erased", "since": at}
    insert_once(conn, suppressions, values | hashes.columns("", *address))


def suppress_all(
    conn: Connection,
    hashes: AddressHash,
    noes: Iterable[tuple[Event, tuple[str, str], tuple[str | None, str | None]]],
) -> None:
    """Write many noes, each as (event, (channel, scope), address); the first one of its kind stands."""
    moment = moments(conn)
    rows = [
        (event.lead, *no, event.kind.value, moment(event.at), *hashes.columns(no[0], *address).values())
        for event, no, address in noes
    ]
    write_rows(conn, insert_rows(conn.dialect.name, suppressions), rows)


def lift(
    conn: Connection, hashes: AddressHash, lead: str, channel: str, address: tuple[str | None, str | None]
) -> None:
    """Open `channel` ("" = all) again, and only it: a no to everything stays a no to every other channel."""
    whom = _whom(hashes, lead, *address)
    gone = conn.execute(
        delete(suppressions)
        .where(_MATCHES, *([suppressions.c.channel.in_(("", channel))] if channel else []))
        .returning(suppressions),
        whom,
    ).all()
    for row in gone:
        if channel and not row.channel:
            _keep_the_others(conn, hashes, row, channel, address)


def refresh_hashes(conn: Connection, hashes: AddressHash, lead: str, email: str | None, phone: str | None) -> None:
    """Remember every address the person has by now, e.g. before the person is forgotten."""
    for channel in conn.execute(select(suppressions.c.channel).where(suppressions.c.lead == lead)).scalars().all():
        known = {name: value for name, value in hashes.columns(channel, email, phone).items() if value}
        if known:
            where = (suppressions.c.lead == lead, suppressions.c.channel == channel)
            conn.execute(suppressions.update().where(*where).values(**known))


def _keep_the_others(
    conn: Connection, hashes: AddressHash, row: Any, channel: str, address: tuple[str | None, str | None]
) -> None:
    since: datetime = row.since
    for other in Channel:
        if other != channel:
            values = {"lead": row.lead, "channel": other.value, "scope": row.scope, "why": row.why, "since": since}
            insert_once(conn, suppressions, values | hashes.columns(other, *address))


def _whom(hashes: AddressHash, lead: str, email: str | None, phone: str | None) -> dict[str, str | None]:
    return {"lead": lead, "email_hash": hashes.of(email), "phone_hash": hashes.of(phone)}
