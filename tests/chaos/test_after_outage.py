"""What is read from a ledger after an outage: each overdue step with its end, and promises that can be seen broken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from nurture.chaos.after_outage import aftermath_of, broken_promises
from nurture.chaos.cells.outage import THURSDAY, clock
from nurture.domain.evidence import Evidence, Mark
from nurture.domain.outage import Outage
from nurture.domain.rulings import Ruling
from tests.domain.journeys import shipped_policies

FRIDAY = datetime(2026, 3, 6, 14, tzinfo=UTC)
OUTAGE = Outage(FRIDAY, FRIDAY + timedelta(days=3))
DUE = FRIDAY + timedelta(days=1)


def decided(kind, rule, *, hours=1.0, due=DUE, sequence="letter", until=None):
    """Return a decision so many hours after the outage."""
    at = OUTAGE.ends + timedelta(hours=hours)
    inputs = {"due at": due.isoformat()}
    return Ruling(1, at, "Europe/Athens", kind, rule, rule, inputs, sequence, "v1", 1, "one", 1, until=until)


def left(hours, lead="ada", sequence="letter"):
    """Return a mail that left so many hours after the outage."""
    at = OUTAGE.ends + timedelta(hours=hours)
    window = {"window": "weekend-ok", "timezone": "Europe/Athens"}
    touch = f"{lead}/{sequence}.1/one.1/email"
    return Mark(touch, lead, f"{sequence}.1", "email", "sent", wire_at=at, message_id=touch, **window)


async def aftermath(rulings, *marks):
    async def of(_lead):
        return rulings

    house = SimpleNamespace(store=SimpleNamespace(leads=SimpleNamespace(rulings=of)), policies=shipped_policies())
    return await aftermath_of(SimpleNamespace(house=house), ["ada"], OUTAGE, marks)


@pytest.mark.parametrize(
    ("rulings", "marks", "ended", "put_off"),
    [
        pytest.param(
            [decided("replan", "overdue", until=FRIDAY), decided("speak", "step", due=OUTAGE.ends)],
            [left(18)],
            [("sent", "on day 1 after it", 1)],
            {"overdue": 1},
            id="put off and sent",
        ),
        pytest.param([decided("go", "stale")], [], [("skipped", "stale", 1)], {}, id="skipped"),
        pytest.param([decided("stop", "silence")], [], [("stopped", "silence", 1)], {}, id="stopped"),
        pytest.param(
            [decided("touched", "suppressed")], [], [("stopped", "suppressed", 1)], {}, id="refused by the last gate"
        ),
        pytest.param([decided("touched", "sent")], [left(2)], [("sent", "on day 1 after it", 1)], {}, id="sent"),
        pytest.param([decided("wait", "time")], [], [("waits", "for its turn", 1)], {}, id="no end"),
        pytest.param([decided("speak", "step", due=OUTAGE.ends)], [left(18)], [], {}, id="due only after it"),
        pytest.param([decided("speak", "step", hours=-80)], [], [], {}, id="decided before it"),
    ],
)
async def test_every_step_that_fell_due_has_its_end(rulings, marks, ended, put_off):
    found = await aftermath(rulings, *marks)

    assert found.ended() == ended
    assert dict(found.put_off) == put_off


async def test_a_touch_outside_its_window_is_seen():
    found = await aftermath([decided("speak", "step")], left(8))  # midnight in Athens

    assert found.broken() == {"outside_window": 1, "over_cap": 0, "overdue_twice_a_day": 0}


def test_two_overdue_touches_of_one_day_are_seen():
    def broken(*marks):
        return [words for words in broken_promises(Evidence(marks), OUTAGE.ends) if "overdue" in words]

    assert broken(left(18), left(43, sequence="offer"), left(20, lead="ken")) == []
    assert broken(left(18), left(41, sequence="offer")) == ["ada got two overdue touches within 23:00:00"]


def test_the_clock_shows_thursday_when_the_stack_is_up_and_gives_a_crowd_room():
    scale = clock(5_000)
    assert scale.real_origin is not None
    assert scale.at(scale.real_origin) == THURSDAY
    assert scale.real_wait(THURSDAY, THURSDAY + timedelta(hours=11)) > timedelta(minutes=5)
    assert scale.real_wait(THURSDAY + timedelta(hours=12), THURSDAY + timedelta(hours=23)) < timedelta(seconds=30)
