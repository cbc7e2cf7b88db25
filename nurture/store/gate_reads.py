"""What the last gate looks at, read inside one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, or_, select

from nurture.domain.consent import Consent
from nurture.domain.gates import GateFacts
from nurture.domain.halts import ALL, STORE, Halt
from nurture.domain.lead import Channel
from nurture.domain.preferences import Preferences
from nurture.domain.touch import ON_THE_WIRE, Touch
from nurture.store.addresses import AddressHash
from nurture.store.halts import COLUMNS
from nurture.store.rows import consent_of, contact_of
from nurture.store.schema import consents, events, halts, leads, touches
from nurture.store.suppressions import suppressions_of

MEMORY = timedelta(days=31)
"""How far back frequency caps look: the longest window a cap may have."""

_LEAD = select(leads).where(leads.c.id == bindparam("lead"))
_CONSENTS = select(consents).where(consents.c.lead == bindparam("lead")).order_by(consents.c.n)
_RECENT = (
    select(touches.c.channel, touches.c.wire_at)
    .where(
        touches.c.lead == bindparam("lead"),
        touches.c.wire_at > bindparam("since"),
        touches.c.id != bindparam("touch"),
        touches.c.state.in_(sorted(state.value for state in ON_THE_WIRE)),
    )
    .order_by(touches.c.wire_at)
)
_NO_WISHES = Preferences()
# One statement for two small questions: is anything unheard, and which switches are off.
_UNHEARD = select(
    exists().where(
        and_(
            events.c.lead == bindparam("lead"),
            events.c.silences,
            or_(events.c.seq > bindparam("heard"), events.c.told_at.is_(None)),
        )
    )
)
# Not one list as a parameter: SQLAlchemy writes such a statement anew each time.
_KEYS = ("all_", "store_", "channel_", "sequence_", "template_", "step_", "sender_")
_HALTED = (
    select(*COLUMNS)
    .where(halts.c.key.in_([bindparam(name) for name in _KEYS]))
    .where(or_(halts.c.until.is_(None), halts.c.until > bindparam("now_")))
    .order_by(halts.c.key)
)


def gate_facts(conn: Connection, hashes: AddressHash, touch: Touch, now: datetime) -> GateFacts | None:
    """Return the facts for this touch, None when its person is not in the store."""
    lead = conn.execute(_LEAD, {"lead": touch.lead}).first()
    return None if lead is None else facts_about(conn, hashes, lead, touch, now)


def facts_about(
    conn: Connection, hashes: AddressHash, lead: Row[Any], touch: Touch, now: datetime, sender: str = ""
) -> GateFacts:
    """Return the facts when the person's row is read (and locked) already; `sender` is known once it is booked."""
    whom = {"lead": touch.lead}
    recent = conn.execute(_RECENT, whom | {"since": now - MEMORY, "touch": touch.id}).all()
    return GateFacts(
        contact=contact_of(lead),
        consents=consents_of(conn, touch.lead),
        suppressions=suppressions_of(conn, hashes, touch.lead, lead.email, lead.phone),
        recent=tuple((Channel(channel), wire_at) for channel, wire_at in recent),
        unheard=bool(conn.execute(_UNHEARD, whom | {"heard": touch.heard}).scalar()),
        halted=tuple(Halt(*row) for row in conn.execute(_HALTED, _switches(touch, sender) | {"now_": now})),
        preferences=Preferences.from_details(lead.preferences) if lead.preferences else _NO_WISHES,
    )


def consents_of(conn: Connection, lead: str) -> tuple[Consent, ...]:
    """Return all receipts of a person, oldest first."""
    return tuple(consent_of(row) for row in conn.execute(_CONSENTS, {"lead": lead}))


def _switches(touch: Touch, sender: str) -> dict[str, str]:
    of_touch = (f"channel:{touch.channel}", f"sequence:{touch.sequence}", f"template:{touch.template}")
    switches = (ALL, STORE, *of_touch, f"step:{touch.sequence}/{touch.step}", f"sender:{sender}")
    return dict(zip(_KEYS, switches, strict=True))
