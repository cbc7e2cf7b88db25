"""Rows of the database as the things of the domain, and back."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from nurture.domain.consent import Basis, Consent
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.touch import Intent, LedgerRow, Touch, TouchState, touch_ref
from nurture.store.columns import json_text

_TOUCH = tuple((field.name, field.default) for field in fields(Touch))
_CONTACT = tuple(field.name for field in fields(Contact) if field.name not in ("email", "phone", "timezones"))


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


def contact_values(contact: Contact) -> dict[str, Any]:
    """Return the columns of `leads` as a driver takes them: JSON as text, NULL for an unknown address."""
    return {
        "id": contact.id,
        "email": contact.email or None,
        "phone": contact.phone or None,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "company": contact.company,
        "language": contact.language,
        "country": contact.country,
        "region": contact.region,
        "timezones": json_text(contact.timezones) if contact.timezones else "[]",
        "source": contact.source,
        "owner": contact.owner,
        "stage": contact.stage,
        "fields": json_text(dict(contact.fields)),
        "search": search_text(contact),
    }


def search_text(contact: Contact) -> str:
    """Return what a search looks through: each part on a line of its own, without case."""
    name = f"{contact.first_name} {contact.last_name}"
    parts = ("", contact.id, name, contact.last_name, contact.email, contact.phone, contact.company)
    return "\n".join(parts).casefold()


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
