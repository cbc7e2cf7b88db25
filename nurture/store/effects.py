"""What a stored fact does to our own records, in the transaction that stores it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select, update

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import IDENTITY_FIELDS, Channel, Contact, Scalar
from nurture.domain.touch import TouchState
from nurture.store import by_hand, soft_bounces
from nurture.store.addresses import AddressHash
from nurture.store.progress import by_id, progress
from nurture.store.rows import contact_of
from nurture.store.schema import leads
from nurture.store.seals import seal_with
from nurture.store.suppressions import OWN_WORD, lift, suppress, suppress_all
from nurture.store.withdrawing import withdraw, withdraw_all, withdraws

Address = tuple[str | None, str | None]

_PROOF = frozenset(
    {
        EventKind.REPLIED,
        EventKind.AUTO_REPLIED,
        EventKind.CLICKED,
        EventKind.COMPLAINED,
        EventKind.OPTED_OUT,
    }
)
"""Kinds that prove a touch arrived: they settle one that was uncertain (rules of the road, part 3)."""
_NOT_TOLD = {"id", "stage", "fields", "created_at", "timezones"}
_COLUMNS = {field.name for field in fields_of(Contact)} - _NOT_TOLD - IDENTITY_FIELDS


def apply(conn: Connection, hashes: AddressHash, event: Event, address: Address | None, soft_days: int = 3) -> None:
    """Write all that follows from a new fact; `address` is the (locked) person's, None for a stranger.

    `soft_days` are the different days with a soft bounce after which e-mail is held.
    """
    if event.touch:
        _apply_to_touch(conn, hashes, event)
    if withdraws(event):
        withdraw(conn, event)
    if event.kind in soft_bounces.LIFE:
        soft_bounces.lift(conn, event)
    _silence(conn, hashes, event, _or(address), soft_days)
    match event.kind:
        case EventKind.SETTLED:
            by_hand.settle(conn, seal_with(hashes.key), event)
        case EventKind.RESEND_ORDERED:
            by_hand.order_resend(conn, seal_with(hashes.key), event)
        case EventKind.LEAD_CHANGED if address is not None:
            _change_lead(conn, event.lead, event.details)
        case EventKind.PREFERRED if address is not None:
            conn.execute(update(leads).where(leads.c.id == event.lead).values(preferences=dict(event.details)))


def _silence(conn: Connection, hashes: AddressHash, event: Event, address: Address, soft_days: int) -> None:
    """Close the channels that a no or a bounce closes, and open those that the person's own yes opens."""
    match event.kind:
        case EventKind.OPTED_OUT | EventKind.COMPLAINED:
            suppress(conn, hashes, event, *_no(event), address)
        case EventKind.BOUNCED if event.details.get("hard"):
            # Nothing can reach a dead address, service messages included.
            suppress(conn, hashes, event, _channel(event) or _channel_of_touch(event), "all", address)
        case EventKind.BOUNCED:
            soft_bounces.hold_if_often(conn, hashes, event, address, soft_days)
        case EventKind.OPTED_IN if str(event.details.get("how") or "") in OWN_WORD:
            lift(conn, hashes, event.lead, _channel(event), address)


def apply_all(
    conn: Connection,
    hashes: AddressHash,
    events: Sequence[Event],
    addresses: Mapping[str, Address],
    soft_days: int = 3,
) -> None:
    """Write all that follows from many new facts, in order; `addresses` are those of the (locked) people among them."""
    for is_plain, some in groupby(events, key=_is_plain_no):
        if is_plain:
            plain = list(some)
            suppress_all(conn, hashes, [(event, _no(event), _or(addresses.get(event.lead))) for event in plain])
            withdraw_all(conn, plain)
        else:
            for event in some:
                apply(conn, hashes, event, addresses.get(event.lead), soft_days)


def _is_plain_no(event: Event) -> bool:
    """Whether all that follows from a fact is a suppression: an import brings thousands of these."""
    return event.kind in (EventKind.OPTED_OUT, EventKind.COMPLAINED) and not event.touch


def _no(event: Event) -> tuple[str, str]:
    """Return the channel and the scope that an opt-out or a complaint closes."""
    return _channel(event), str(event.details.get("scope") or "marketing")


def _apply_to_touch(conn: Connection, hashes: AddressHash, event: Event) -> None:
    news = _news(event)
    if news is None:
        return
    row = by_id(conn, event.touch)
    only_proof = (event.kind in _PROOF and news is TouchState.DELIVERED) or news is TouchState.SENT
    if row is None or row.lead != event.lead or (only_proof and row.state != TouchState.UNCERTAIN):
        return
    reason = f"proved by {event.kind}" if row.state == TouchState.UNCERTAIN else ""
    progress(conn, seal_with(hashes.key), row, news, event.at, str(event.details.get("code") or ""), reason)


def _news(event: Event) -> TouchState | None:
    if event.kind is EventKind.BOUNCED:
        # Whoever reports that a message is late or could not be stored has got it: it left us.
        return TouchState.REFUSED if event.details.get("hard") else TouchState.SENT
    if event.kind is EventKind.OPTED_OUT and event.details.get("how") == "provider":
        return TouchState.REFUSED  # the provider took nothing, because it knows of the stop
    return TouchState.DELIVERED if event.kind is EventKind.DELIVERED or event.kind in _PROOF else None


def _channel(event: Event) -> str:
    return str(event.details.get("channel") or "")


def _channel_of_touch(event: Event) -> str:
    """A touch id ends with its channel; a bounce that answers no touch of ours came by mail."""
    channel = event.touch.rpartition("/")[2]
    return channel if channel in set(Channel) else Channel.EMAIL.value


def _or(address: Address | None) -> Address:
    return address or (None, None)


def _change_lead(conn: Connection, lead: str, details: Mapping[str, Scalar]) -> None:
    """Merge changed facts: identity never, known columns by name, the rest into `fields`; None forgets a field."""
    person = contact_of(conn.execute(select(leads).where(leads.c.id == lead)).one())
    changed = {name: value for name, value in details.items() if name not in IDENTITY_FIELDS | {"id"}}
    columns: dict[str, Any] = {name: str(changed.pop(name) or "") for name in _COLUMNS & changed.keys()}
    if zone := changed.pop("timezone", None):
        columns["timezones"] = list(dict.fromkeys((str(zone), *person.timezones)))
    fields = {name: value for name, value in {**person.fields, **changed}.items() if value is not None}
    conn.execute(update(leads).where(leads.c.id == lead).values(fields=fields, **columns))
