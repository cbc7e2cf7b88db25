"""The only place where ports meet adapters: one House a process, opened from the settings and closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from activities.calls import Calls
from activities.enrolments import Enrolments
from activities.handoffs import Handoffs, SalesDesk
from activities.leads import Leads
from activities.messaging import Desk, Messaging
from activities.pace import Pace
from activities.relay import Relay
from nurture.authoring.composer import JinjaComposer, SenderFacts
from nurture.authoring.library import Bookshelf
from nurture.channels.email import EmailCarrier
from nurture.channels.sms import SmsCarrier
from nurture.channels.smtp_lines import Relay as SmtpRelay
from nurture.channels.twilio_account import TwilioAccount
from nurture.channels.whatsapp import WhatsAppCarrier
from nurture.connecting import connect
from nurture.domain.clock import TimeScale
from nurture.domain.errors import Misconfigured, NotFound
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.orders import SequenceFile
from nurture.domain.policies import Policies
from nurture.domain.ports import Carrier, Composer
from nurture.inbound.mailroom import MailRoom
from nurture.settings import Settings
from nurture.store import Store, open_store
from workflows.client import LeadClient

LEASE = 60.0
"""Seconds of the wall clock a worker may hold a touch before another may take it over."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """Our time: the wall clock, stretched by the scale."""

    scale: TimeScale

    def now(self) -> datetime:
        """Return the present moment of our time (UTC)."""
        return self.scale.at(datetime.now(UTC))


@dataclass(frozen=True)
class House:
    """Everything a process may need, filled in. `client` is None where nothing talks to Temporal."""

    settings: Settings
    clock: WallClock
    store: Store
    shelf: Bookshelf
    policies: Policies
    composer: Composer
    secret: bytes
    client: LeadClient | None = None

    @property
    def leads(self) -> LeadClient:
        """The way to leads' workflows. Raises Misconfigured in a process without Temporal."""
        if self.client is None:
            raise Misconfigured("This process is not connected to Temporal")
        return self.client

    async def tell(self, event: Event, target: str = "") -> None:
        """Tell a stored fact to its workflow, and enrol the lead wherever a sequence enters on such an event."""
        await self.leads.tell(event, target)
        if event.kind is not EventKind.HAPPENED:
            return
        for file in self.shelf.sequences.values():
            if file.document.get("enter", {}).get("on") == event.name:
                await self.enrol(event.lead, file.id, event.name)

    async def enrol(self, lead: str, sequence: str, reason: str) -> str:
        """Enrol a lead into the version on the shelf; return "" or the reason code why not. Raises NotFound."""
        if await self.store.leads.find(lead) is None:
            raise NotFound(f"There is no lead {lead}", remedy="Import it first")
        return await self.leads.enrol(lead, self.sequence(sequence), reason)

    def sequence(self, sequence: str) -> SequenceFile:
        """Return a sequence as it is on the shelf. Raises NotFound with the names there are."""
        file = self.shelf.sequences.get(sequence)
        if file is None:
            raise NotFound(f'There is no sequence "{sequence}"', remedy=f"Use one of {', '.join(self.shelf.sequences)}")
        return SequenceFile(file.id, file.version, file.document)

    def mail_room(self) -> MailRoom:
        """Return what receives replies, bounces and complaints."""
        store = self.store
        return MailRoom(store.ledger, store.inbox, store.leads, self.clock, self.secret, self.tell)

    def relay(self) -> Relay:
        """Return what tells stored facts again until they are heard."""
        return Relay(self.store.inbox, self.clock, self.tell)

    def activities(self, carriers: Mapping[Channel, Carrier]) -> Mapping[str, list[Any]]:
        """Return every activity by its task queue."""
        messaging = Messaging(self._desk(carriers))
        return {
            "email": [messaging.send],
            "sms": [messaging.send],
            "whatsapp": [messaging.send],
            "back-office": [*self._lead_activities(), *self._sales_activities(carriers)],
        }

    def _lead_activities(self) -> list[Any]:
        store = self.store
        leads = Leads(store.leads, store.library, self.clock, lambda: self.shelf.policies, lambda: self.policies)
        pace = Pace(self.settings.enrol_per_second)
        return [leads.recall, leads.place, leads.rest, leads.sequence, Enrolments(self.enrol, pace).enrol]

    def _sales_activities(self, carriers: Mapping[Channel, Carrier]) -> list[Any]:
        store, calls = self.store, Calls(self._desk(carriers), self.store.tasks)
        desk = SalesDesk(
            clock=self.clock,
            inbox=store.inbox,
            leads=store.leads,
            ledger=store.ledger,
            tasks=store.tasks,
            composer=self.composer,
            policies=lambda: self.policies,
            tell=self.tell,
        )
        handoffs = Handoffs(desk)
        return [calls.ask, handoffs.offer, handoffs.reassign, handoffs.tell, handoffs.report]

    def _desk(self, carriers: Mapping[Channel, Carrier]) -> Desk:
        return Desk(
            clock=self.clock,
            ledger=self.store.ledger,
            inbox=self.store.inbox,
            leads=self.store.leads,
            senders=self.store.senders,
            composer=self.composer,
            carriers=carriers,
            policies=lambda: self.policies,
            tell=self.tell,
            lease=LEASE * self.settings.scale.mean_factor,
            halt=self.halt,
        )

    async def halt(self, key: str, why: str) -> None:
        """Throw a kill switch (`sender:x`, `channel:sms`) because a provider said so, until an operator lets go."""
        await self.store.halts.halt(key, why=why, by="provider", now=self.clock.now())


@asynccontextmanager
async def open_house(settings: Settings, *, temporal: bool = True) -> AsyncIterator[House]:
    """Open the store, read the shelf, connect to Temporal if asked, and close all of it afterwards.

    Keeps every sequence on the shelf in the library, and the team in the store. Raises Misconfigured or Invalid.
    """
    clock = WallClock(settings.scale)
    shelf = Bookshelf.open(settings.root, clock.now().year)
    policies = Policies.from_document(shelf.policies)
    secret = _secret(settings)
    async with open_store(settings.database_url, clock, key=secret, senders=policies.senders) as store:
        await store.tasks.save_reps(policies.team)
        for file in shelf.sequences.values():
            await store.library.keep(file.id, file.version, file.document)
        client = LeadClient(await connect(settings), settings.scale) if temporal else None
        composer = composer_of(settings, store, policies, secret)
        yield House(settings, clock, store, shelf, policies, composer, secret, client)


def composer_of(settings: Settings, store: Store, policies: Policies, secret: bytes) -> Composer:
    """Return the composer of templates/, with everything a message must name."""
    brand, postal = policies.senders.brand, policies.senders.postal_address
    senders = {
        sender.id: SenderFacts(sender.name, sender.address, postal, brand)
        for pool in policies.senders.pools.values()
        for sender in pool
    }
    return JinjaComposer(
        settings.root / "templates",
        secret=secret,
        public_url=settings.public_url,
        mail_domain=settings.mail_domain,
        senders=senders,
        links=store.links,
    )


@asynccontextmanager
async def open_carriers(settings: Settings, clock: WallClock) -> AsyncIterator[Mapping[Channel, Carrier]]:
    """Open every way out that the settings allow; a channel without settings is missing, and its touches say so."""
    password = settings.smtp_password
    relay = SmtpRelay(
        settings.smtp_host,
        settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else "",
        our_name=settings.mail_domain,
        dot_timeout=settings.smtp_dot_timeout,
    )
    async with AsyncExitStack() as stack:
        email = EmailCarrier(relay, clock)
        stack.push_async_callback(email.close)
        carriers: dict[Channel, Carrier] = {Channel.EMAIL: email}
        if settings.twilio_account_sid and settings.twilio_auth_token:
            token = settings.twilio_auth_token.get_secret_value()
            account = TwilioAccount(settings.twilio_account_sid, token, base_url=settings.twilio_base_url)
            stack.push_async_callback(account.close)
            carriers |= {Channel.SMS: SmsCarrier(account), Channel.WHATSAPP: WhatsAppCarrier(account)}
        yield carriers


def _secret(settings: Settings) -> bytes:
    secret = settings.secret.get_secret_value().encode()
    if len(secret) < 16:
        raise Misconfigured(
            "NURTURE_SECRET is missing or shorter than 16 characters",
            remedy="Set it to a long random text, e.g. the output of: openssl rand -hex 32",
        )
    return secret
