"""Same sequence, same facts, same clock: the simulator and LeadWorkflow take the same decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from nurture.trying.workshop import Workshop
from tests.workflows.building import MIRROR, ROOT, client_of
from tests.workflows.mirror import ORIGIN, Case, open_theatre, simulated

CASES = [
    Case("trial-nurture", "busy-cto-berlin", 6),
    Case("trial-nurture", "curious-marketer-london", 2),
    Case("trial-nurture", "bank-behind-gateway", 1),
    Case("content-to-mql", "busy-cto-berlin", 2),
    Case("content-to-mql", "curious-marketer-london", 5),
    Case("demo-request", "curious-marketer-london", 4),
    Case("demo-request", "owner-new-york", 6),
    Case("demo-request", "busy-cto-berlin", 3),
    Case("quarterly-nurture", "busy-cto-berlin", 2),
    Case("quarterly-nurture", "silent-in-lyon", 1),
]
DAYS = 200.0
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def workshop():
    """The shipped sequences, policies and personas."""
    return Workshop.open(ROOT, ORIGIN.year)


@pytest_asyncio.fixture(scope="module")
async def theatre(server):
    """Workers on which LeadWorkflow meets simulated people."""
    async with open_theatre(client_of(server, MIRROR)) as theatre:
        yield theatre


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.lead)
async def test_the_simulator_and_the_workflow_decide_the_same(theatre, workshop, case):
    expected = simulated(case, workshop, DAYS)

    lived = await theatre.lives(case, workshop, DAYS)

    assert [(note.deed, note.what, note.why) for note in lived] == [(n.deed, n.what, n.why) for n in expected]
    apart = [abs(one.at - other.at) for one, other in zip(lived, expected, strict=True)]
    assert max(apart) < SECOND


def test_the_cases_are_worth_comparing(workshop):
    """Between them the lives hold every kind of deed, so the comparison above is about something."""
    deeds = {note.deed for case in CASES for note in simulated(case, workshop, DAYS)}

    assert deeds == {"Speak", "AskRep", "HandOver", "Move", "Enroll"}
