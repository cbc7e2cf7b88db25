"""A command line at a desk of its own: a real store in a temporary folder, a clock of March 2026, and a stand-in for
Temporal that remembers what it was told."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from nurture.cli import _desk, run
from nurture.domain.clock import TimeScale
from nurture.domain.consent import Basis, Consent
from nurture.domain.events import Event
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.orders import SequenceFile
from nurture.domain.store_mark import StoreMark, further
from nurture.domain.touch import Intent, Touch, TouchState, touch_id
from nurture.settings import Settings
from nurture.wiring import House, open_house
from workflows.histories import Told

ROOT = Path(__file__).parents[2]
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Result = TypeVar("Result")

MIRA = Contact(
    id="5e3f1f8e-6a52-5d1c-9a55-0b7b6f0f2c11",
    email="mira.sandoval@example.com",
    phone="+12015550143",
    first_name="Mira",
    last_name="Sandoval",
    company="Sandoval Ceramics",
    country="US",
    timezones=("America/New_York",),
    source="website",
    fields={"page_views": 4, "newsletter": True},
)
JONAS = Contact(
    id="0d9c3c0a-3c1e-5b7e-8a43-7d1f5a2b9e02",
    email="jonas.wirth@example.com",
    first_name="Jonas",
    last_name="Wirth",
    country="DE",
    timezones=("Europe/Berlin",),
    source="webinar",
    stage="mql",
    fields={"page_views": 11, "newsletter": False},
)


@dataclass
class Kept:
    """Stands in for KeptMark."""

    mark: StoreMark | None = None

    async def read(self) -> StoreMark | None:
        return self.mark

    async def tell(self, mark: StoreMark) -> None:
        self.mark = self.mark and further(self.mark, mark)

    async def begin(self, mark: StoreMark) -> None:
        self.mark = further(self.mark or mark, mark)


@dataclass
class Temporal:
    """Stands in for LeadClient: answers what a test laid out, and remembers what it was told.

    `pictures` are lead -> what its workflow answers; a lead without one is at rest. `answers` are lead -> reason code.
    """

    pictures: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    enrolled: list[tuple[str, str, str]] = field(default_factory=list)
    heard: list[Event] = field(default_factory=list)
    resent: list[tuple[Touch, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    schedules: list[str] = field(default_factory=list)
    bulk: dict[str, tuple[str, list[str], str]] = field(default_factory=dict)
    changed: list[tuple[str, str, bool]] = field(default_factory=list)
    steps: list[float] = field(default_factory=lambda: [1.0])
    trouble: Exception | None = None
    store_mark: Kept = field(default_factory=Kept)
    told: list[Told] = field(default_factory=list)

    async def enrol(self, lead: str, file: SequenceFile, reason: str, cause: str = "") -> str:
        self._break()
        self.enrolled.append((lead, file.sequence, reason))
        return self.answers.get(lead, "")

    async def tell(self, event: Event, target: str = "") -> None:
        self._break()
        assert target == ""
        self.heard.append(event)

    async def forget(self, stop: Event) -> list[str]:
        self._break()
        self.heard.append(stop)
        return [f"lead-{stop.lead}"] if stop.lead in self.pictures else []

    async def delete_histories(self, workflows: list[str]) -> int:
        self._break()
        self.deleted += workflows
        return len(workflows)

    async def ask(self, lead: str) -> Mapping[str, Any] | None:
        self._break()
        return self.pictures.get(lead)

    async def awake(self) -> list[str]:
        self._break()
        return list(self.pictures)

    async def change_everybody(self, sequence: str, version: str, *, again: bool = False) -> str:
        self._break()
        self.changed.append((sequence, version, again))
        return f"change-{sequence}-{version}"

    async def resend(self, touch: Touch, by: str) -> None:
        self._break()
        self.resent.append((touch, by))

    async def wake(self, lead: str) -> None:
        self._break()
        self.woken.append(lead)

    async def keep_reconciling(self) -> None:
        self._break()
        self.schedules.append("reconcile")

    async def keep_sweeping(self, segments: Iterable[str]) -> None:
        self._break()
        self.schedules += [f"sweep {name}" for name in segments]

    async def histories(self, _scale: TimeScale) -> AsyncIterator[Told]:
        for told in self.told:
            yield told

    async def walkers(self) -> dict[str, bool]:
        self._break()
        return dict.fromkeys(self.pictures, True)

    async def enrol_many(self, key: str, sequence: str, leads: Sequence[str], reason: str) -> str:
        self._break()
        name = f"enrolment-{sequence}-{key}"
        self.bulk[name] = (sequence, list(leads), reason)
        return name

    async def progress(self, enrolment: str) -> Mapping[str, Any]:
        self._break()
        leads = self.bulk[enrolment][1]
        done = int(len(leads) * (self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]))
        tally: dict[str, int] = {}
        for lead in leads[:done]:
            code = self.answers.get(lead) or "enrolled"
            tally[code] = tally.get(code, 0) + 1
        return {"total": len(leads), "left": len(leads) - done, "paused": False, "tally": tally}

    def _break(self) -> None:
        if self.trouble is not None:
            raise self.trouble


@dataclass(frozen=True)
class Ran:
    """What one command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The last line of the output, read as JSON."""
        return json.loads(self.out.splitlines()[-1])


@dataclass
class Office:
    """One person's desk: run commands, look into the store."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    temporal: Temporal = field(default_factory=Temporal)

    @classmethod
    def open(
        cls, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str], *, reachable: bool = True
    ) -> Office:
        """Set the settings and, unless `reachable` is False, put the stand-in in Temporal's place."""
        now = datetime.now(UTC)
        for name, value in {
            "ROOT": str(ROOT),
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/nurture.db",
            "SECRET": "only these tests know this one",
            "TEMPORAL_ADDRESS": f"127.0.0.1:{_closed_port()}",
            "TIME_REAL_ORIGIN": now.isoformat(),
            "TIME_ORIGIN": MONDAY.isoformat(),
        }.items():
            patch.setenv(f"NURTURE_{name}", value)
        patch.chdir(folder)
        office = cls(folder, capture, patch)
        if reachable:
            patch.setattr(_desk, "connected", office._connected)
        return office

    async def _connected(self, _settings: Settings) -> Temporal:
        return self.temporal

    def run(self, *words: str) -> Ran:
        """Run `nurture words…` and return its exit code and output."""
        self.capture.readouterr()
        code = run(list(words))
        said = self.capture.readouterr()
        return Ran(code, said.out, said.err)

    def inside(self, work: Callable[[House], Awaitable[Result]]) -> Result:
        """Do something with the house as the settings describe it, without Temporal."""

        async def go() -> Result:
            async with open_house(Settings(), temporal=False) as house:
                return await work(house)

        return asyncio.run(go())

    def knows(self, *contacts: Contact, consents: Sequence[Consent] = ()) -> None:
        """Put people into the store."""
        self.inside(lambda house: house.store.leads.save(contacts, consents))

    def heard(self, *events: Event) -> None:
        """Store facts that their workflows were told."""

        async def store(house: House) -> None:
            for event in events:
                await house.store.inbox.record(event)
            await house.store.inbox.told([event.id for event in events], house.clock.now())

        self.inside(store)

    def facts(self, lead: str) -> Sequence[Event]:
        """Return all facts of a lead."""
        return self.inside(lambda house: house.store.inbox.of_lead(lead))

    def untold(self) -> Sequence[tuple[Event, str]]:
        """Return the facts that wait for the relay."""
        return self.inside(lambda house: house.store.inbox.untold())

    def touched(
        self,
        contact: Contact,
        step: str,
        *,
        state: TouchState = TouchState.SENT,
        channel: Channel = Channel.EMAIL,
        days: float = 0,
        variant: str = "",
        code: str = "",
        reason: str = "",
        sequence: str = "trial-nurture",
    ) -> str:
        """Write one touch into the ledger with its end and return its id."""
        touch = Touch(
            id=touch_id(contact.id, sequence, 1, step, 1, channel),
            lead=contact.id,
            sequence=sequence,
            version="v1",
            step=step,
            channel=channel,
            template=f"{sequence}/{step}",
            variant=variant,
            timezone=contact.timezones[0],
            score=12,
            stage=contact.stage,
            why=f"{days:g} days after enrolment",
        )
        self.inside(lambda house: _write(house, touch, state, MONDAY + timedelta(days=days), code, reason))
        return touch.id


async def _write(house: House, touch: Touch, state: TouchState, at: datetime, code: str, reason: str) -> None:
    ledger = house.store.ledger
    if state in (TouchState.SUPPRESSED, TouchState.CANCELLED):
        await ledger.withhold(touch, state, at, code=code, reason=reason)
        return
    message_id = f"<{touch.step}.{touch.lead[:8]}@mail.example.com>"
    intent = Intent(touch, message_id, "body", "ada@mail", "somebody@example.com", f"About {touch.step}")
    row = await ledger.reserve(intent, at)
    await ledger.mark_wire(touch.id, row.fence, at, lambda _facts: None)
    if state is not TouchState.WIRE:
        await ledger.settle(touch.id, row.fence, state, at, receipt="", code=code, reason=reason)


def agreed(contact: Contact, channel: Channel = Channel.EMAIL, basis: Basis = Basis.EXPRESS) -> Consent:
    """Return a receipt for marketing of two days ago."""
    return Consent(contact.id, channel, Purpose.MARKETING, basis, MONDAY - timedelta(days=2), "form", source="website")


def awake(says: str = "waits until Tue 03 Mar 09:12 America/New_York for nudge: 1 day after welcome") -> dict[str, Any]:
    """Return what the workflow of a lead in trial-nurture answers."""
    journey = {"sequence": "trial-nurture", "version": "v1", "run": 1, "status": "open", "step": "nudge"}
    state = {
        "stage": "lead",
        "score": 31.5,
        "temperature": "warm",
        "journeys": [journey],
        "past": {},
        "why": "1 day after welcome",
        "rule": "after",
        "until": "2026-03-03T14:12:00+00:00",
        "blocked_by": "",
        "next": says,
    }
    return {
        "state": state,
        "plan": ["sends email nudge (nudge): 1 day after welcome", "rests: the end"],
        "explanation": {
            "score": 31.5,
            "score_reasons": ["+20 company is known", "+12 clicked, halved every 14 days, at most 30"],
            "closed_channels": {"sms": "no_consent"},
            "touches_of_31_days": ["2026-03-02 09:00 email"],
            "trail": ["2026-03-02 09:00 trial-nurture/welcome: go to nudge because it was sent [next]"],
        },
    }


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
