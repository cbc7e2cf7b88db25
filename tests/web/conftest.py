"""A world with one lead, one mail that went out, two reps and their work; and clients at its doors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from nurture.domain.lead import Channel, Contact
from nurture.domain.tasks import Rep, Task
from nurture.domain.tokens import sign
from nurture.domain.touch import Touch
from nurture.web.app import create_app
from tests.web.fakes import API_KEY, NOON, PUBLIC_URL, REP_KEYS, SECRET, World, row_of

MIRA = Contact(
    id="0b6f2c1e-7a63-4d55-9d8b-1f2f7c1f9a10",
    email="mira.okafor@example.com",
    phone="+12015550142",
    first_name="Mira",
    last_name="Okafor",
    company="Lakeside Robotics",
    country="US",
    timezones=("America/New_York",),
    source="demo form",
    owner="anna",
    stage="mql",
    fields={"company_size": 240},
)
WELCOME = Touch(
    id=f"{MIRA.id}/trial-nurture.1/welcome.1/email",
    lead=MIRA.id,
    sequence="trial-nurture",
    version="v1",
    step="welcome",
    channel=Channel.EMAIL,
    template="welcome",
)
CALL = f"{MIRA.id}/trial-nurture.1/price-call.1/call"
HANDOFF = f"handoff-{MIRA.id}-1"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def world() -> World:
    world = World()
    world.leads.people[MIRA.id] = MIRA
    world.ledger.known.append(row_of(WELCOME, subject="Welcome, Mira"))
    world.links.urls["lnk1"] = ("https://acme.example.com/pricing", "pricing")
    world.library.kept["trial-nurture"] = {"sequence": "trial-nurture"}
    world.tasks.team += [
        Rep("anna", "Anna Keller", manager="mo", timezone="Europe/Berlin"),
        Rep("ben", "Ben Ortiz"),
        Rep("cleo", "Cleo Park", cover="ben"),
    ]
    world.tasks.all |= {task.id: task for task in work()}
    world.plans[MIRA.id] = {
        "stage": "mql",
        "score": 84.2,
        "temperature": "hot",
        "journeys": [{"sequence": "trial-nurture", "step": "case-study", "status": "running"}],
        "next": "waits until Wed 04 Nov 09:12 America/New_York for case-study: the window opens",
        "until": "2026-11-04T14:12:00+00:00",
        "why": "the window opens",
        "plan": ["sends email case-study (case-study): three days are over"],
        "score_reasons": ["+30 clicked pricing", "+20 company size fits"],
    }
    return world


def work() -> list[Task]:
    return [
        Task(
            id=HANDOFF,
            lead=MIRA.id,
            kind="handoff",
            title="Call Mira at Lakeside Robotics: score 84",
            body="**Why now:** she asked for a price.\n\n> Can we talk Thursday?\n\n<script>alert(1)</script>",
            rep="anna",
            due_at=NOON + timedelta(minutes=12),
            outcomes=("not_now", "bad_fit", "bad_data"),
            sequence="trial-nurture",
            step="to-sales",
            created_at=NOON - timedelta(minutes=3),
        ),
        Task(
            id=CALL,
            lead=MIRA.id,
            kind="call",
            title="Ask Mira about prices",
            body="1. Which plan?\n2. By when?",
            outcomes=("connected", "no_answer", "wrong_number"),
            due_at=NOON - timedelta(minutes=5),
            sequence="trial-nurture",
            step="price-call",
            created_at=NOON - timedelta(hours=1),
        ),
    ]


@pytest.fixture
def web(world: World) -> Iterator[TestClient]:
    """A stranger's browser."""
    with TestClient(create_app(world.doors()), base_url=PUBLIC_URL, follow_redirects=False) as client:
        client.headers["user-agent"] = BROWSER
        yield client


@pytest.fixture
def api(world: World) -> Iterator[TestClient]:
    """A program with the API key."""
    with TestClient(create_app(world.doors()), base_url=PUBLIC_URL) as client:
        client.headers["authorization"] = f"Bearer {API_KEY}"
        yield client


@pytest.fixture
def anna(web: TestClient) -> TestClient:
    """Anna's browser after her login."""
    answer = web.post("/login", data={"key": REP_KEYS["anna"]})
    assert answer.status_code == 303
    return web


def token(kind: str, touch: Touch = WELCOME, link: str = "") -> str:
    ref = row_of(touch).ref
    return sign(SECRET, kind, f"{ref}|{link}" if link else ref)
