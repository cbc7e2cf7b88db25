"""A desk on a real SQLite store with a clock that stands still, outboxes for wires, and an ear instead of Temporal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from activities.calls import Calls
from activities.handoffs import Handoffs, SalesDesk
from activities.messaging import Desk, Messaging
from nurture.authoring.composer import JinjaComposer, SenderFacts
from nurture.authoring.library import Bookshelf
from nurture.channels.memory import Outbox, outboxes
from nurture.domain.consent import Basis, Consent
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.policies import Policies
from nurture.domain.touch import LedgerRow, Touch, TouchAnswer, touch_id
from nurture.store import Store, open_store

ROOT = Path(__file__).parents[2]
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


class Killed(BaseException):
    """A worker that dies here: nothing of ours catches it."""


@dataclass
class StillClock:
    """Our time: it moves when a test says so."""

    time: datetime = MONDAY

    def now(self) -> datetime:
        """Return the present moment (UTC)."""
        return self.time

    def pass_by(self, **span: float) -> None:
        """Let time go by."""
        self.time += timedelta(**span)


@dataclass
class Ear:
    """Hears what is told to workflows; deaf while Temporal is away."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    deaf: bool = False

    async def __call__(self, event: Event, target: str) -> None:
        if self.deaf:
            raise ConnectionError("the frontend is away")
        self.heard.append((str(event.kind), target or event.lead))


@dataclass
class Office:
    """Everything around the activities, and workers that come and go on it."""

    store: Store
    clock: StillClock
    composer: JinjaComposer
    policies: Policies
    outboxes: dict[Channel, Any]
    ear: Ear = field(default_factory=Ear)

    @property
    def desk(self) -> Desk:
        """A worker's desk."""
        store = self.store
        return Desk(
            clock=self.clock,
            ledger=store.ledger,
            inbox=store.inbox,
            leads=store.leads,
            senders=store.senders,
            composer=self.composer,
            carriers=self.outboxes,
            policies=lambda: self.policies,
            tell=self.ear,
            lease=LEASE.total_seconds(),
            halt=self.halts,
        )

    async def halts(self, key: str, why: str) -> None:
        """Throw a kill switch, as the wiring does."""
        await self.store.halts.halt(key, why=why, by="provider", now=self.clock.now())

    @property
    def mails(self) -> Outbox:
        """The wire that mails leave by."""
        return self.outboxes[Channel.EMAIL]

    def handoffs(self) -> Handoffs:
        """A worker for hand-offs."""
        return Handoffs(self.sales_desk)

    @property
    def sales_desk(self) -> SalesDesk:
        """A worker's desk for what goes to reps."""
        store = self.store
        return SalesDesk(
            self.clock,
            store.inbox,
            store.leads,
            store.ledger,
            store.tasks,
            self.composer,
            lambda: self.policies,
            self.ear,
        )

    async def knows(self, name: str, phone: str) -> str:
        """Save a person in London who agreed to everything, and return the id."""
        zone, given = ("Europe/London",), self.clock.now() - timedelta(days=1)
        email = f"{name}.okafor@example.com"
        contact = Contact(name, email, phone, name.title(), country="GB", timezones=zone, source="website")
        agreed = [
            Consent(name, channel, Purpose.MARKETING, Basis.EXPRESS_WRITTEN, given, "form", "I agree")
            for channel in (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)
        ]
        await self.store.leads.save([contact], agreed)
        return name

    async def sends(self, touch: Touch) -> TouchAnswer:
        """Let a fresh worker send a touch."""
        return await ActivityEnvironment().run(Messaging(self.desk).send, touch)

    async def asks(self, order: Any) -> TouchAnswer:
        """Let a fresh worker open a task."""
        return await ActivityEnvironment().run(Calls(self.desk, self.store.tasks).ask, order)

    async def row(self, touch: Touch) -> LedgerRow:
        """Return what the ledger knows of a touch."""
        found = await self.store.ledger.find(touch.id)
        assert found is not None
        return found

    async def hears(self, lead: str, kind: EventKind, **details: Any) -> Event:
        """Store a fact about a lead."""
        number = len(await self.store.inbox.of_lead(lead))
        stored = await self.store.inbox.record(Event(f"{lead}:{number}", kind, lead, self.clock.now(), details=details))
        assert stored is not None
        return stored


def with_one_mailbox(policies: Policies) -> Policies:
    """Return the policies with a single mailbox for newsletters, so that everybody waits for the same one."""
    pools = {**policies.senders.pools, "marketing": policies.senders.pools["marketing"][:1]}
    return replace(policies, senders=replace(policies.senders, pools=pools))


@pytest.fixture(scope="session")
def shelf():
    """What is shipped."""
    return Bookshelf.open(ROOT, MONDAY.year)


@asynccontextmanager
async def an_office(policies: Policies, url: str) -> AsyncIterator[Office]:
    """Open a desk on the store at `url`, with a team."""
    clock = StillClock()
    async with open_store(url, clock, key=b"only these tests", senders=policies.senders) as store:
        await store.tasks.save_reps(policies.team)
        senders = {
            sender.id: SenderFacts(sender.name, sender.address, policies.senders.postal_address, policies.senders.brand)
            for pool in policies.senders.pools.values()
            for sender in pool
        }
        composer = JinjaComposer(
            ROOT / "templates",
            secret=b"sixteen letters!",
            public_url="http://127.0.0.1",
            mail_domain="mail.example.com",
            senders=senders,
            links=store.links,
        )
        yield Office(store, clock, composer, policies, outboxes())


@pytest_asyncio.fixture
async def office(shelf, tmp_path):
    """A desk in an empty store, with a team."""
    policies = with_one_mailbox(Policies.from_document(shelf.policies))
    async with an_office(policies, f"sqlite+aiosqlite:///{tmp_path}/nurture.db") as opened:
        yield opened


@pytest_asyncio.fixture
async def ada(office):
    """A person in London who agreed to everything; returns the id."""
    return await office.knows("ada", "+447700900142")


@pytest.fixture
def touch() -> Callable[..., Touch]:
    """Make touches for Ada."""

    def make(step: str = "welcome", channel: Channel = Channel.EMAIL, lead: str = "ada", **changes: Any) -> Touch:
        template = {Channel.EMAIL: "welcome", Channel.SMS: "trial-nudge", Channel.CALL: "pricing"}.get(channel, "")
        plain = Touch(
            id=touch_id(lead, "story", 1, step, 1, channel),
            lead=lead,
            sequence="story",
            version="v1",
            step=step,
            channel=channel,
            template=template,
            window="any-time",
            timezone="Europe/London",
            stage="lead",
        )
        return replace(plain, **changes)

    return make
