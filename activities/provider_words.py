"""What a provider's "no" or "later" means: how long to wait, what must hold still, and what we learn of the person."""

from __future__ import annotations

from datetime import datetime, timedelta

from nurture.domain.errors import Blame, Refused, Unavailable
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Scalar
from nurture.domain.touch import LedgerRow, Touch, touch_ref

SHORT_WAIT = timedelta(minutes=5)
"""Up to here a "later" is waited for in the activity; a longer one is planned anew, with windows and caps."""
MANY_TRIES = 20
"""Attempts (about an hour of them) after which a provider that names no time is planned anew as well."""
NEXT_TRY = timedelta(minutes=30)
"""When a touch is tried again then."""
GIVE_UP = timedelta(days=3)
"""From the first intent on; then the touch has expired (rules-of-the-road 1.2)."""


def has_expired(row: LedgerRow, away: Unavailable, now: datetime) -> bool:
    """Whether this failure is the last one: the touch was tried for long enough."""
    limit = GIVE_UP if away.give_up_after is None else timedelta(seconds=away.give_up_after)
    return row.intent_at is not None and now - row.intent_at >= limit


def planned_anew(away: Unavailable, attempt: int) -> timedelta | None:
    """Return how long to put the touch off, or None when the activity itself tries again soon."""
    wait = timedelta(seconds=away.retry_after or 0)
    return (wait or NEXT_TRY) if wait > SHORT_WAIT or attempt >= MANY_TRIES else None


def told_by_provider(touch: Touch, refused: Refused, now: datetime) -> Event:
    """Return what the provider knows of the person: a stop, or that this address can never be reached."""
    facts: dict[str, Scalar] = {"channel": str(touch.channel), "code": refused.code, "how": "provider", "hard": True}
    kind = EventKind.OPTED_OUT if refused.blame is Blame.OPT_OUT else EventKind.BOUNCED
    return _about(touch, "refused", kind, now, facts)


def expired(touch: Touch, away: Unavailable, now: datetime) -> Event:
    """Return the fact that a touch was given up: a soft bounce, which says something of the channel, not for ever."""
    facts: dict[str, Scalar] = {"channel": str(touch.channel), "code": "expired", "hard": False, "last": away.code}
    return _about(touch, "expired", EventKind.BOUNCED, now, facts | {"blame": str(Blame.TEMPORARY)})


def _about(touch: Touch, what: str, kind: EventKind, now: datetime, facts: dict[str, Scalar]) -> Event:
    id_ = f"{touch_ref(touch.id)}:{what}"
    return Event(id_, kind, touch.lead, now, "", touch.id, touch.sequence, touch.step, facts)
