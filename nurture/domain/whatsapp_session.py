"""When WhatsApp takes free text: within 24 hours of the person's last message to us, a template otherwise (rule T8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel

SESSION = timedelta(hours=24)
"""How long a session lasts (Twilio, error 63016; WhatsApp Business policy)."""
MARGIN = timedelta(minutes=5)
"""Taken off: what leaves in the last minutes may arrive after them."""
_SAID = frozenset({EventKind.REPLIED, EventKind.OPTED_IN, EventKind.OPTED_OUT})


def is_open(facts: Iterable[Event], now: datetime) -> bool:
    """Whether the person wrote to us on WhatsApp within the last 24 hours before `now` (UTC), as their `facts` say."""
    return any(
        fact.kind in _SAID
        and str(Channel.WHATSAPP) in (fact.details.get("channel"), str(fact.details.get("how") or "").partition(":")[0])
        and timedelta() <= now - fact.at < SESSION - MARGIN
        for fact in facts
    )
