"""The only place where ports meet adapters: one House a process, opened from the settings and closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from activities.calls import Calls
from activities.changes import Changes
from activities.endings import Endings
from activities.enrolments import Enrolments
from activities.handoffs import Handoffs, SalesDesk
from activities.leads import Leads
from activities.messaging import Desk, Messaging
from activities.pace import Pace
from activities.relay import Relay
from activities.replies import Replies
from activities.resending import Resending
from activities.sweeps import Sweeps
from nurture.authoring.composer import JinjaComposer, SenderFacts
from nurture.authoring.library import Bookshelf
from nurture.connecting import connect, connect_at_last
from nurture.domain.clock import TimeScale
from nurture.domain.errors import Misconfigured, NotFound
from nurture.domain.events import ABOUT_THE_LEDGER, Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.orders import SequenceFile
from nurture.domain.policies import Policies
from nurture.domain.ports import Carrier, Composer
from nurture.domain.resending import ordered
from nurture.inbound.mailroom import MailRoom
from nurture.inbound.telling import LEFT_AFTER, Teller
from nurture.reconciling import reconcile_with
from nurture.settings import Settings
from nurture.store import Store, open_store
from workflows.client import QUEUE, LeadClient

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
        """Tell a stored fact to its workflow, and enrol the lead wherever a sequence enters on such an event.

        Safe to repeat after a crash in between: an event lets a lead into a sequence once.
        """
        if event.kind in ABOUT_THE_LEDGER:
            await self._carry_out(event)
            return
        await self.leads.tell(event, target)
        if event.kind is not EventKind.HAPPENED:
            return
        for file in self.shelf.sequences.values():
            if file.document.get("enter", {}).get("on") == event.name:
                await self.enrol(event.lead, file.id, event.name, event.id)

    async def _carry_out(self, event: Event) -> None:
        """Start a resend that a person ordered; what was settled by hand is settled already, and no workflow asks."""
        row = await self.store.ledger.find(event.touch)
        if event.kind is EventKind.RESEND_ORDERED and row is not None:
            await self.leads.resend(ordered(row.touch, event), str(event.details.get("by") or ""))

    async def enrol(self, lead: str, sequence: str, reason: str, cause: str = "") -> str:
        """Enrol a lead into the version on the shelf; return "" or the reason code why not. Raises NotFound."""
        if await self.store.leads.find(lead) is None:
            raise NotFound(f"There is no lead {lead}", remedy="Import it first")
        file = self.sequence(sequence)
        # Before the workflow is asked: a rebuild asks once more whoever a crash left without an answer.
        number = await self.store.enrolments.asked(lead, file.sequence, file.version, reason, self.clock.now())
        refusal = await self.leads.enrol(lead, file, reason, cause)
        if refusal:
            await self.store.enrolments.refused(number, refusal)
        return refusal

    def sequence(self, sequence: str) -> SequenceFile:
        """Return a sequence as it is on the shelf. Raises NotFound with the names there are."""
        file = self.shelf.sequences.get(sequence)
        if file is None:
            raise NotFound(f'There is no sequence "{sequence}"', remedy=f"Use one of {', '.join(self.shelf.sequences)}")
        return SequenceFile(file.id, file.version, file.document)

    @property
    def segments(self) -> list[str]:
        """The sequences on the shelf that people enter by belonging to a segment."""
        return [file.id for file in self.shelf.sequences.values() if file.document.get("enter", {}).get("segment")]

    def people_inside(self, sequence: str) -> str:
        """Return what becomes of the people inside when a sequence changes. Raises NotFound."""
        return str((self.sequence(sequence).document.get("changes") or {}).get("people_inside") or "finish_on_old")

    def changes(self) -> Changes:
        """Return what brings the people inside a sequence to its new version."""
        return Changes(lambda: self.leads, self.store.library)

    def sweeps(self) -> Sweeps:
        """Return what finds the people who came to belong to a segment."""
        store = self.store
        return Sweeps(store.leads, store.inbox, store.library, store.sweeps, self.clock, lambda: self.policies)

    def mail_room(self) -> MailRoom:
        """Return what receives replies, bounces and complaints."""
        store = self.store
        return MailRoom(store.ledger, store.inbox, store.leads, self.clock, self.secret, self.teller())

    def teller(self) -> Teller:
        """Return what tells facts as they come in, and lets nobody wait long for it."""
        return Teller(self.store.inbox, self.clock, self.tell)

    def relay(self) -> Relay:
        """Return what tells stored facts again until they are heard."""
        return Relay(self.store.inbox, self.clock, self.tell, patience=LEFT_AFTER)

    def activities(self, carriers: Mapping[Channel, Carrier]) -> Mapping[str, list[Any]]:
        """Return every activity by its task queue."""
        send, leads = [Messaging(self._desk(carriers)).send], self._lead_activities()
        back_office = [*self._sales_activities(carriers), *self._doubtful_activities(carriers)]
        back_office += [*self._bulk_activities(), *leads]  # an earlier release asked for those of leads there
        return {"email": send, "sms": send, "whatsapp": send, "back-office": back_office, QUEUE: leads}

    def _lead_activities(self) -> list[Any]:
        store = self.store
        leads = Leads(
            store.leads, store.ledger, store.library, self.clock, lambda: self.shelf.policies, lambda: self.policies
        )
        end_of = Endings(self.clock, store.ledger, store.senders, self._lease).end_of
        return [leads.recall, leads.place, leads.rest, leads.write_down, leads.sequence, end_of]

    def _bulk_activities(self) -> list[Any]:
        sweeps, changes, pace = self.sweeps(), self.changes(), Pace(self.settings.enrol_per_second)
        return [Enrolments(self.enrol, pace).enrol, sweeps.find, sweeps.note, changes.find, changes.change]

    def _sales_activities(self, carriers: Mapping[Channel, Carrier]) -> list[Any]:
        calls, handoffs = Calls(self._desk(carriers), self.store.tasks), self.handoffs()
        replies = Replies(self._sales_desk())
        return [calls.ask, handoffs.offer, handoffs.reassign, handoffs.tell, handoffs.report, replies.pass_on]

    def handoffs(self) -> Handoffs:
        """Return what hands leads to sales."""
        return Handoffs(self._sales_desk())

    def _sales_desk(self) -> SalesDesk:
        store, policies = self.store, lambda: self.policies
        shared = (self.clock, store.inbox, store.leads, store.ledger, store.tasks, self.composer)
        return SalesDesk(*shared, policies=policies, tell=self.tell)

    def _doubtful_activities(self, carriers: Mapping[Channel, Carrier]) -> list[Any]:
        reconcile = reconcile_with(
            self.store, self.clock, self.settings.scale, self.composer, carriers, self._ask, self.tell
        )
        return [Resending(self.store.ledger, self.clock).stay_uncertain, reconcile.sweep]

    async def _ask(self, lead: str) -> Mapping[str, Any] | None:
        """Ask a lead's workflow; only when it is asked must this process be connected to Temporal."""
        return await self.leads.ask(lead)

    @property
    def _lease(self) -> float:
        return LEASE * self.settings.scale.mean_factor

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
            lease=self._lease,
            halt=self.halt,
        )

    async def halt(self, key: str, why: str) -> None:
        """Throw a kill switch (`channel:sms`) because a provider said so, until an operator lets go."""
        await self.store.halts.halt(key, why=why, by="provider", now=self.clock.now())


@asynccontextmanager
async def open_house(settings: Settings, *, temporal: bool = True, patient: bool = False) -> AsyncIterator[House]:
    """Open the store, read the shelf, connect to Temporal if asked, and close all of it afterwards.

    `patient` waits for a Temporal that is not up yet; without it that is a RuntimeError. Keeps every sequence on the
    shelf in the library, and the team in the store. Raises Misconfigured or Invalid.
    """
    clock = WallClock(settings.scale)
    shelf = Bookshelf.open(settings.root, clock.now().year)
    policies = Policies.from_document(shelf.policies)
    secret = settings.signing_secret()
    async with open_store(settings.database_url, clock, key=secret, senders=policies.senders) as store:
        await store.tasks.save_reps(policies.team)
        for file in shelf.sequences.values():
            await store.library.keep(file.id, file.version, file.document)
        reach = connect_at_last if patient else connect
        client = LeadClient(await reach(settings), settings.scale) if temporal else None
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
