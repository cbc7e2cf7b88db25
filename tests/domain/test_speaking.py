"""Who of a pool may speak to a person now: the one they know, else another, else nobody yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nurture.domain.calendar import Calendar, Window
from nurture.domain.errors import Blocked
from nurture.domain.halts import Halt
from nurture.domain.lead import Channel
from nurture.domain.senders import Sender
from nurture.domain.speaking import chosen
from nurture.domain.wallclock import zone_of

NOON = datetime(2026, 3, 24, 12, tzinfo=UTC)
ANNA, BEN, CARA = (Sender(name, Channel.EMAIL, f"{name}@hello.example.com") for name in ("anna", "ben", "cara"))
POOL = [BEN, ANNA, CARA]
LONG = Sender("us", Channel.SMS, "+12015550190")
FREE = Sender("free", Channel.SMS, "+18885550190", toll_free=True)
OURS = Sender("ours", Channel.SMS, "+12015550191", campaign="CM1")


def paused(*names: str, until: datetime | None = None, code: str = "complaints") -> list[Halt]:
    return [Halt(f"sender:{name}", "why", "breaker" if code else "olga", NOON, until, code) for name in names]


def names(senders):
    return [sender.id for sender in senders]


@pytest.mark.parametrize(
    ("held", "own", "moves", "able"),
    [
        pytest.param([], None, False, ["ben", "anna", "cara"], id="nobody is paused: the person's own order"),
        pytest.param([], "cara", False, ["cara", "ben", "anna"], id="the one they know comes first"),
        pytest.param(paused("ben"), None, False, ["anna", "cara"], id="a paused one is passed over"),
        pytest.param(paused("ben"), "cara", False, ["cara", "anna"], id="somebody else's pause"),
        pytest.param(paused("cara"), "cara", True, ["ben", "anna"], id="theirs is paused and the pool moves on"),
        pytest.param(paused("dora"), "cara", False, ["cara", "ben", "anna"], id="one of another pool is paused"),
        pytest.param(paused("cara"), "dora", False, ["ben", "anna"], id="they knew one who left the pool"),
    ],
)
def test_who_may_speak(held, own, moves, able):
    assert names(chosen(POOL, held, own, moves=moves, at=NOON)) == able


@pytest.mark.parametrize(
    ("senders", "held", "own", "code", "until"),
    [
        pytest.param(POOL, paused("cara"), "cara", "sender_paused", 60, id="theirs is paused"),
        pytest.param(POOL, paused("cara", code=""), "cara", "halted", 60, id="an operator halted theirs"),
        pytest.param(POOL, paused("anna", "ben", "cara"), None, "sender_paused", 60, id="all are paused"),
        pytest.param(
            POOL, paused("cara", until=NOON + timedelta(minutes=9)), "cara", "sender_paused", 9, id="it ends soon"
        ),
        pytest.param([LONG, FREE], [], None, "sender_unregistered", 60, id="nobody is registered"),
    ],
)
def test_when_nobody_may_speak_it_says_why_and_when_to_ask_again(senders, held, own, code, until):
    with pytest.raises(Blocked) as blocked:
        chosen(senders, held, own, moves=False, at=NOON)

    assert (blocked.value.code, blocked.value.until) == (code, NOON + timedelta(minutes=until))
    assert blocked.value.reason


def test_unregistered_numbers_are_passed_over():
    assert names(chosen([LONG, FREE, OURS], [], "us", moves=False, at=NOON)) == ["ours"]


def test_asking_again_falls_into_the_persons_window():
    office = Calendar(Window.parse("office", "mon-fri: 09:00-12:30"), zone_of("UTC"))

    with pytest.raises(Blocked) as blocked:
        chosen(POOL, paused("cara"), "cara", moves=False, at=NOON, calendar=office)

    assert blocked.value.until == datetime(2026, 3, 25, 9, tzinfo=UTC)
