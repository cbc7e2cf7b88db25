"""What the reconciler asks and whom (Twilio, the leads' own workflows), and what guards the store against its past."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from activities.reconcile import Enquiry, Reconcile
from activities.store_guard import StoreGuard
from nurture.channels.sms import SmsCarrier
from nurture.channels.whatsapp import WhatsAppCarrier
from nurture.domain.clock import TimeScale
from nurture.domain.events import Event
from nurture.domain.lead import Channel
from nurture.domain.ports import Carrier, Clock, Composer
from nurture.domain.ports_reconciling import Enquirer, Received, Standing
from nurture.inbound.telling import Teller
from nurture.inbound.textroom import SENT_AT, TextRoom
from nurture.store import Store
from workflows.client import LeadClient

LOOKS_EVERY = 3.0
"""Seconds of the wall clock between two looks at how far the store is."""


def reconcile_with(
    store: Store,
    clock: Clock,
    scale: TimeScale,
    composer: Composer,
    carriers: Mapping[Channel, Carrier],
    standing: Standing,
    tell: Callable[[Event, str], Awaitable[None]],
) -> Reconcile:
    """Return the reconciler's activities. Without Twilio nobody is asked, and lost touches are found all the same."""
    asked: dict[Channel, Enquirer] = {
        channel: carrier for channel, carrier in carriers.items() if isinstance(carrier, SmsCarrier | WhatsAppCarrier)
    }
    text = carriers.get(Channel.SMS)
    room = TextRoom(store.ledger, store.inbox, store.leads, clock, Teller(store.inbox, clock, tell))
    enquiry = Enquiry(
        clock=clock,
        wall=lambda at: datetime.now(UTC) - scale.real_wait(at, clock.now()),
        ledger=store.ledger,
        leads=store.leads,
        composer=composer,
        enquirers=asked,
        standing=standing,
        recover=room.recover,
        received=_received(text, scale) if isinstance(text, SmsCarrier) else None,
    )
    return Reconcile(enquiry)


def _received(carrier: SmsCarrier, scale: TimeScale) -> Received:
    """Return what fetches people's texts, with the moment they were sent on our own clock."""

    async def fetch(since: datetime) -> Sequence[Mapping[str, str]]:
        return [_on_our_clock(form, scale) for form in await carrier.received(since)]

    return fetch


def _on_our_clock(form: Mapping[str, Any], scale: TimeScale) -> dict[str, str]:
    sent = form.get(SENT_AT)
    return {**form, SENT_AT: scale.at(datetime.fromisoformat(sent)).isoformat()} if sent else dict(form)


def guard_of(store: Store, leads: LeadClient, clock: Clock) -> StoreGuard:
    """Return what compares the store with what Temporal knows of it."""
    return StoreGuard(store.marks, leads.store_mark, store.halts, clock)
