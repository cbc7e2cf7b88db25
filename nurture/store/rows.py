"""Rows of the database as the things of the domain, and back."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Row

from nurture.domain.consent import Basis, Consent
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.touch import Intent, LedgerRow, Touch, TouchState, touch_ref
from nurture.store.columns import json_text
from nurture.store.schema import leads

_TOUCH = tuple((field.name, field.default) for field in fields(Touch))
_CONTACT = tuple(field.name for field in fields(Contact) if field.name not in ("email", "phone", "timezones"))

PERSON = tuple(column.name for column in leads.c if column.name not in ("n", "score", "preferences"))
"""The columns of `leads` that an import writes, in order."""
FILLED = tuple(name for name in PERSON if name not in ("id", "stage", "created_at"))
"""Those that a merge may fill."""

filled_row = itemgetter(*map(PERSON.index, (*FILLED, "id")))
"""Picks from a row of `leads` the columns FILLED, and the id of the person last."""
_zones_text = lru_cache(maxsize=1_024)(json_text)
_fields_text = json.JSONEncoder(separators=(",", ":")).encode  # in the order of the file: sorting costs a fifth


def touch_text(touch: Touch) -> str:
    """Return a touch as JSON text, leaving out what is at its default."""
    values = {name: getattr(touch, name) for name, default in _TOUCH if getattr(touch, name) != default}
    if touch.not_after is not None:
        values["not_after"] = touch.not_after.isoformat()
    return json_text(values)


def touch_from(text: str) -> Touch:
    """Return the touch that `touch_text` wrote."""
    values: dict[str, Any] = json.loads(text)
    values["channel"] = Channel(values["channel"])
    if "purpose" in values:
        values["purpose"] = Purpose(values["purpose"])
    if "not_after" in values:
        values["not_after"] = datetime.fromisoformat(values["not_after"])
    if "caps" in values:
        values["caps"] = tuple((channel, days, limit) for channel, days, limit in values["caps"])
    return Touch(**values)


def ledger_row(row: Row[Any]) -> LedgerRow:
    """Return a row of `touches` as the ledger shows it."""
    return LedgerRow(
        touch=touch_from(row.touch),
        ref=row.ref,
        state=TouchState(row.state),
        fence=row.fence,
        message_id=row.message_id,
        body_hash=row.body_hash,
        sender=row.sender,
        to=row.to,
        subject=row.subject,
        intent_at=row.intent_at,
        wire_at=row.wire_at,
        settled_at=row.settled_at,
        receipt=row.receipt,
        code=row.code,
        reason=row.reason,
        references=tuple(row.references),
    )


def touch_columns(touch: Touch) -> dict[str, Any]:
    """Return the columns of `touches` that say which touch it is."""
    return {
        "id": touch.id,
        "ref": touch_ref(touch.id),
        "lead": touch.lead,
        "sequence": touch.sequence,
        "step": touch.step,
        "channel": touch.channel.value,
        "thread": touch.thread,
        "touch": touch_text(touch),
    }


def intent_columns(intent: Intent) -> dict[str, Any]:
    """Return the columns of `touches` that say what would go out, and to whom."""
    return {
        "message_id": intent.message_id,
        "body_hash": intent.body_hash,
        "sender": intent.sender,
        "to": intent.to,
        "subject": intent.subject,
        "lease_seconds": intent.lease_seconds,
    }


def contact_of(row: Row[Any]) -> Contact:
    """Return a row of `leads` as a person."""
    values = {name: getattr(row, name) for name in _CONTACT}
    return Contact(email=row.email or "", phone=row.phone or "", timezones=tuple(row.timezones), **values)


def person_row(person: Contact, phone: str, created_at: Any) -> tuple[Any, ...]:
    """Return a row of `leads` as a driver takes it, PERSON by PERSON: JSON as text, NULL for an unknown address.

    `phone` is the number that is kept with this person, `created_at` a moment the way the driver takes it.
    """
    lead, email, first, last, company = person.id, person.email, person.first_name, person.last_name, person.company
    return (
        lead,
        email or None,
        phone or None,
        first,
        last,
        company,
        person.language,
        person.country,
        person.region,
        _zones_text(person.timezones),
        person.source,
        person.owner,
        person.stage,
        _fields_text(dict(person.fields)),
        f"\n{lead}\n{first} {last}\n{last}\n{email}\n{phone}\n{company}".casefold(),  # what a search looks through
        created_at,
    )


def consent_of(row: Row[Any]) -> Consent:
    """Return a row of `consents` as a receipt."""
    return Consent(
        lead=row.lead,
        channel=Channel(row.channel),
        purpose=Purpose(row.purpose),
        basis=Basis(row.basis),
        given_at=row.given_at,
        how=row.how,
        wording=row.wording,
        source=row.source,
        expires_at=row.expires_at,
        proof=row.proof,
        recorded_at=row.recorded_at,
    )


def event_of(row: Row[Any]) -> Event:
    """Return a row of `events` as a fact."""
    return Event(
        id=row.id,
        kind=EventKind(row.kind),
        lead=row.lead,
        at=row.at,
        name=row.name,
        touch=row.touch,
        sequence=row.sequence,
        step=row.step,
        details=row.details,
        seq=row.seq,
    )
