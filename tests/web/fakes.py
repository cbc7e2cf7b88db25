"""The ports in memory, as strict as the contract: unique fact ids, compare-and-set tasks, immediate suppressions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from nurture.authoring.library import load_policies
from nurture.domain.consent import Consent, Suppression
from nurture.domain.errors import Conflict, Invalid, NotFound, Unavailable
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Contact
from nurture.domain.policies import Policies
from nurture.domain.ports import Saved
from nurture.domain.preferences import Preferences
from nurture.domain.tasks import Rep, Task, TaskStatus
from nurture.domain.touch import LedgerRow, Touch, TouchState, touch_ref
from nurture.inbound.telling import Teller
from nurture.intake import Accepted
from nurture.web.doors import Doors

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
SECRET = b"a secret of thirty-two bytes....."
API_KEY = "api-key-of-the-crm"
TWILIO_TOKEN = "twilio-auth-token-for-tests"
REP_KEYS = {"anna": "annas-own-key-7281", "ben": "bens-own-key-1177"}
POLICIES = Policies.from_document(load_policies(Path(__file__).parents[2], 2026))
PUBLIC_URL = "https://nurture.example.com"


@dataclass
class FakeClock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def passes(self, **length: float) -> None:
        self.at += timedelta(**length)


@dataclass
class FakeLedger:
    known: list[LedgerRow] = field(default_factory=list)

    async def find(self, touch: str) -> LedgerRow | None:
        return next((row for row in self.known if row.touch.id == touch), None)

    async def find_by_ref(self, ref: str) -> LedgerRow | None:
        return next((row for row in self.known if row.ref == ref), None)

    async def find_by_message(self, message_id: str) -> LedgerRow | None:
        return next((row for row in self.known if message_id in (row.message_id, row.receipt)), None)

    async def prove(
        self, touch: str, state: TouchState, now: datetime, *, receipt: str = "", code: str = "", reason: str = ""
    ) -> LedgerRow | None:
        row = await self.find(touch)
        if row is None or row.state not in (TouchState.WIRE, TouchState.UNCERTAIN):
            return row
        self.known[self.known.index(row)] = moved = replace(row, state=state, code=code, receipt=receipt)
        return moved

    async def rows(self, *, lead: str = "", states: Sequence[TouchState] = ()) -> Sequence[LedgerRow]:
        return [r for r in self.known if (not lead or r.touch.lead == lead) and (not states or r.state in states)]

    async def progress(self, message_id: str, state: TouchState, now: datetime, *, code: str = "") -> LedgerRow | None:
        row = await self.find_by_message(message_id)
        if row is None:
            return None
        self.known[self.known.index(row)] = moved = replace(row, state=state, code=code, settled_at=now)
        return moved


@dataclass
class FakeInbox:
    leads: FakeLeads
    facts: dict[str, Event] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    down: bool = False

    async def record(self, event: Event, *, target: str = "", receipt: Consent | None = None) -> Event | None:
        if self.down:
            raise Unavailable("The store does not answer")
        if event.id in self.facts:
            return None
        stored = replace(event, seq=len(self.facts) + 1)
        self.facts[event.id], self.targets[event.id] = stored, target
        self.leads.receipts += [receipt] if receipt else []
        if event.kind is EventKind.PREFERRED:
            self.leads.chosen[event.lead] = Preferences.from_details(event.details)
        channel = str(event.details.get("channel") or "")
        if event.kind is EventKind.OPTED_OUT:
            no = Suppression(event.lead, Channel(channel) if channel else None, "opted_out", event.at)
            self.leads.silences.append(no)
        if event.kind is EventKind.OPTED_IN:
            opened = ("", channel) if channel else {one.channel or "" for one in self.leads.silences}
            self.leads.silences[:] = [one for one in self.leads.silences if (one.channel or "") not in opened]
        return stored

    async def untold(self, limit: int = 500) -> Sequence[tuple[Event, str]]:
        if self.down:
            raise Unavailable("The store does not answer")
        return [(fact, self.targets[fact.id]) for fact in self.facts.values() if fact.id not in self.heard][:limit]

    async def told(self, events: Sequence[str], now: datetime) -> None:
        self.heard.update(events)

    async def of_lead(self, lead: str) -> Sequence[Event]:
        return [fact for fact in self.facts.values() if fact.lead == lead]

    def of_kind(self, kind: EventKind) -> list[Event]:
        return [fact for fact in self.facts.values() if fact.kind is kind]


@dataclass
class FakeLeads:
    people: dict[str, Contact] = field(default_factory=dict)
    receipts: list[Consent] = field(default_factory=list)
    silences: list[Suppression] = field(default_factory=list)
    chosen: dict[str, Preferences] = field(default_factory=dict)

    async def find(self, lead: str) -> Contact | None:
        return self.people.get(lead)

    async def find_by_address(self, *, email: str = "", phone: str = "") -> Contact | None:
        found = (p for p in self.people.values() if (email and p.email == email) or (phone and p.phone == phone))
        return next(found, None)

    async def save(self, contacts: Sequence[Contact], consents: Sequence[Consent] = ()) -> Saved:
        answer: dict[str, str] = {}
        for contact in contacts:
            known = self.people.get(contact.id) or await self.find_by_address(email=contact.email, phone=contact.phone)
            stored = replace(known, fields={**contact.fields, **known.fields}) if known else contact
            self.people[stored.id] = stored
            answer[contact.id] = stored.id
        self.receipts += consents
        return Saved(answer)

    async def all(self, *, where: Mapping[str, Any] | None = None) -> AsyncIterator[Contact]:
        for person in list(self.people.values()):
            yield person

    async def consents(self, lead: str) -> Sequence[Consent]:
        return [one for one in self.receipts if one.lead == lead]

    async def preferences(self, lead: str) -> Preferences:
        return self.chosen.get(lead, Preferences())

    async def suppressions(self, lead: str) -> Sequence[Suppression]:
        return [one for one in self.silences if one.lead == lead]

    async def search(self, text: str, limit: int = 20) -> Sequence[Contact]:
        words = text.lower()
        return [p for p in self.people.values() if words in f"{p.id} {p.first_name} {p.last_name} {p.company}".lower()][
            :limit
        ]


@dataclass
class FakeLibrary:
    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    async def fetch(self, sequence: str, version: str = "") -> tuple[str, Mapping[str, Any]] | None:
        return ("v1", self.kept[sequence]) if sequence in self.kept else None


@dataclass
class FakeTasks:
    all: dict[str, Task] = field(default_factory=dict)
    team: list[Rep] = field(default_factory=list)
    crash_on_close: bool = False

    async def open(self, task: Task) -> Task:
        return self.all.setdefault(task.id, task)

    async def find(self, task: str) -> Task | None:
        return self.all.get(task)

    async def close(self, task: str, status: TaskStatus, now: datetime, *, outcome: str = "", rep: str = "") -> Task:
        if self.crash_on_close:
            raise Unavailable("The process died here")
        if task not in self.all:
            raise NotFound("There is no such task")
        if self.all[task].status is not TaskStatus.OPEN:
            raise Conflict("This task is closed")
        known = self.all[task]
        self.all[task] = replace(known, status=status, outcome=outcome, rep=rep or known.rep, closed_at=now)
        return self.all[task]

    async def of(
        self, *, rep: str | None = None, lead: str = "", status: TaskStatus | None = None, limit: int = 200
    ) -> Sequence[Task]:
        found = [
            task
            for task in self.all.values()
            if (rep is None or task.rep == rep)
            and (not lead or task.lead == lead)
            and (not status or task.status is status)
        ]
        return sorted(found, key=lambda task: task.due_at or datetime.max.replace(tzinfo=UTC))[:limit]

    async def reps(self, pool: str = "") -> Sequence[Rep]:
        return self.team


@dataclass
class FakeLinks:
    urls: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def target(self, link: str) -> tuple[str, str] | None:
        return self.urls.get(link)


@dataclass
class World:
    """All fakes together, and what was told to whom."""

    clock: FakeClock = field(default_factory=FakeClock)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    leads: FakeLeads = field(default_factory=FakeLeads)
    library: FakeLibrary = field(default_factory=FakeLibrary)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    links: FakeLinks = field(default_factory=FakeLinks)
    told: list[tuple[Event, str]] = field(default_factory=list)
    enrolled: list[tuple[str, str, str]] = field(default_factory=list)
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    plans: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    temporal_down: bool = False
    refusal: str = ""

    def __post_init__(self) -> None:
        self.inbox = FakeInbox(self.leads)

    async def tell(self, event: Event, target: str) -> None:
        if self.temporal_down:
            raise ConnectionError("Temporal is away")
        self.told.append((event, target))

    async def enrol(self, lead: str, sequence: str, reason: str) -> str:
        self.enrolled.append((lead, sequence, reason))
        return self.refusal

    async def ask(self, lead: str) -> Mapping[str, Any] | None:
        if self.temporal_down:
            raise ConnectionError("Temporal is away")
        return self.plans.get(lead)

    async def receive_mail(self, sender: str, recipients: Sequence[str], raw: bytes) -> None:
        self.mails.append((sender, list(recipients), raw))

    async def reach_temporal(self) -> bool:
        return not self.temporal_down

    def doors(self, **changes: Any) -> Doors:
        ports: dict[str, Any] = {
            "clock": self.clock,
            "ledger": self.ledger,
            "inbox": self.inbox,
            "leads": self.leads,
            "library": self.library,
            "tasks": self.tasks,
            "links": self.links,
            "tell": Teller(self.inbox, self.clock, self.tell),
            "enrol": self.enrol,
            "ask": self.ask,
            "import_contact": one_lead,
            "receive_mail": self.receive_mail,
            "reach_temporal": self.reach_temporal,
            "policies": POLICIES,
            "public_url": PUBLIC_URL,
            "secret": SECRET,
            "api_key": API_KEY,
            "rep_keys": REP_KEYS,
            "twilio_token": TWILIO_TOKEN,
        }
        return Doors(**(ports | changes))


def one_lead(plain: Mapping[str, Any]) -> Accepted:
    """Stand in for nurture.intake: an address is needed, the rest is kept."""
    email = str(plain.get("email", "")).lower()
    if "@" not in email:
        raise Invalid("This is no lead", problems=["email: has no @"])
    known = ("first_name", "last_name", "company", "phone", "country", "source")
    fields = {name: value for name, value in plain.items() if name not in (*known, "email", "timezone")}
    zones = tuple(z for z in available_timezones() if z.casefold() == str(plain.get("timezone", "")).casefold())
    own = {name: str(plain[name]) for name in known if plain.get(name)}
    opt_outs = (Channel.EMAIL,) if fields.pop("do_not_email", None) else ()
    return Accepted(Contact(id=f"id-{email}", email=email, fields=fields, timezones=zones, **own), opt_outs=opt_outs)


def row_of(touch: Touch, state: TouchState = TouchState.SENT, **more: Any) -> LedgerRow:
    """Return the ledger's row of a touch that went out at noon."""
    plain = {"fence": 1, "message_id": f"<{touch_ref(touch.id)}@mail.example.com>", "body_hash": "0" * 64}
    rest = {"sender": "mia@mail.example.com", "to": "mira.okafor@example.com", "intent_at": NOON, "wire_at": NOON}
    return LedgerRow(touch=touch, ref=touch_ref(touch.id), state=state, **(plain | rest | more))
