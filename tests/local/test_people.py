"""Made-up people answer what arrives, each through its proper door, and the same again for the same seed."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from nurture.domain.events import EventKind
from nurture.domain.personas import Habits, Persona
from nurture.local.people import People, Prospect
from nurture.local.twilio_stand_in import Text
from nurture.local.ways_in import BROWSER, GATEWAY
from tests.local.conftest import NOW

PHONE = "+447700900101"
TEXT = Text("SM1", PHONE, "+12015550190", "Prices: http://127.0.0.1:1/c/tok.mac")


class Alarm:
    """Keeps deeds until the test lets them happen, the earliest first."""

    def __init__(self) -> None:
        self.waiting: list[tuple[datetime, Coroutine[Any, Any, object]]] = []

    def at(self, moment: datetime, deed: Coroutine[Any, Any, object]) -> None:
        self.waiting.append((moment, deed))

    async def ring(self) -> list[datetime]:
        """Let everything happen; return when each deed was due."""
        waiting, self.waiting = sorted(self.waiting, key=lambda each: each[0]), []
        for _, deed in waiting:
            await deed
        return [moment for moment, _ in waiting]


class Doors:
    """Notes who knocked where."""

    def __init__(self) -> None:
        self.knocks: list[tuple[Any, ...]] = []

    async def look_at(self, url: str, *, agent: str = BROWSER) -> None:
        self.knocks.append(("look", url, agent))

    async def one_click(self, url: str) -> None:
        self.knocks.append(("one click", url))

    async def send(self, envelope_from: str, to: str, raw: bytes) -> None:
        self.knocks.append(("mail", envelope_from, to, raw))

    async def tell(self, id_: str, lead: str, name: str, details: dict[str, str]) -> None:
        self.knocks.append(("event", lead, name, dict(details)))

    async def answer(self, text: Text, body: str) -> int:
        self.knocks.append(("text", text.to, body))
        return 200


@pytest.fixture
def world(clock):
    doors, alarm = Doors(), Alarm()
    return doors, alarm, People(clock, alarm, doors, doors, 7)


def somebody(persona: Persona) -> Prospect:
    return Prospect("lead-1", persona, "imogen.hale.3@example.com", PHONE)


def who_always(channel: str = "email", **habits: Any) -> Persona:
    return Persona("sure", habits={channel: Habits(**habits)}, hours=(2.0, 2.0))


async def test_a_reader_loads_the_pixel_and_follows_a_link(world, mail):
    doors, alarm, people = world
    people.know(somebody(who_always(opens=1.0, clicks=1.0)))
    people.mail(mail)
    due = await alarm.ring()
    assert doors.knocks[0] == ("look", "http://127.0.0.1:1/o/mno.pqr.gif", BROWSER)
    assert doors.knocks[1][1] in ("http://127.0.0.1:1/c/abc.def", "http://127.0.0.1:1/c/ghi.jkl")
    assert due[0] == NOW + timedelta(hours=2)


async def test_a_security_gateway_opens_every_link_and_says_who_it_is(world, mail):
    doors, alarm, people = world
    people.know(somebody(replace(who_always(opens=1.0), machine=True)))
    people.mail(mail)
    await alarm.ring()
    assert doors.knocks == [("look", link, GATEWAY) for link in mail.links if "/c/" in link]


@pytest.mark.parametrize(
    ("habits", "envelope_from", "goes_to", "kind"),
    [
        ({"replies": {"interested": 1.0}}, "imogen.hale.3@example.com", "r+", EventKind.REPLIED),
        ({"out_of_office": 1.0}, "", "b+", EventKind.AUTO_REPLIED),
        ({"bounces": 1.0}, "", "b+", EventKind.BOUNCED),
        ({"complains": 1.0}, "feedback@provider.example.com", "b+", EventKind.COMPLAINED),
    ],
)
async def test_what_is_said_by_mail_goes_to_the_address_it_belongs_to(
    world, mail, habits, envelope_from, goes_to, kind
):
    doors, alarm, people = world
    people.know(somebody(who_always(**habits)))
    people.mail(mail)
    await alarm.ring()
    [(door, sender, to, _)] = doors.knocks
    assert (door, sender) == ("mail", envelope_from)
    assert to.startswith(goes_to)
    assert people.deeds == {str(kind): 1}


async def test_an_opt_out_by_mail_is_one_click(world, mail):
    doors, alarm, people = world
    people.know(somebody(who_always(opts_out=1.0)))
    people.mail(mail)
    await alarm.ring()
    assert doors.knocks == [("one click", "http://127.0.0.1:1/u/tok.mac")]


async def test_an_opt_out_by_text_is_the_word_stop(world):
    doors, alarm, people = world
    people.know(somebody(who_always("sms", opts_out=1.0, opens=1.0)))
    people.text(TEXT)
    await alarm.ring()
    assert doors.knocks == [("text", PHONE, "STOP")]  # and a phone tells nobody that it was looked at


async def test_whatsapp_is_answered_by_its_own_habits(world):
    doors, alarm, people = world
    people.know(somebody(who_always("whatsapp", replies={"question": 1.0})))
    people.text(TEXT)
    assert alarm.waiting == []
    people.text(replace(TEXT, to=f"whatsapp:{PHONE}"))
    await alarm.ring()
    [(door, to, body)] = doors.knocks
    assert (door, to) == ("text", f"whatsapp:{PHONE}")
    assert "?" in body


async def test_product_events_come_with_their_facts(world, mail):
    doors, alarm, people = world
    people.know(somebody(replace(who_always(), events={"used_feature": 1.0})))
    people.mail(mail)
    await alarm.ring()
    assert doors.knocks == [("event", "lead-1", "used_feature", {"name": "import"})]


async def test_mail_for_nobody_we_know_is_left_lying(world, mail):
    _, alarm, people = world
    people.mail(mail)
    people.text(TEXT)
    assert alarm.waiting == []


async def test_the_same_seed_does_the_same(clock, mail):
    persona = who_always(opens=0.5, clicks=0.5, replies={"interested": 0.3})
    seen = []
    for seed in (1, 1, 2, 3, 4, 5, 6):
        doors, alarm = Doors(), Alarm()
        people = People(clock, alarm, doors, doors, seed)
        people.know(somebody(persona))
        people.mail(mail)
        await alarm.ring()
        seen.append([knock[:2] for knock in doors.knocks])
    assert seen[0] == seen[1]
    assert any(other != seen[0] for other in seen[2:])
