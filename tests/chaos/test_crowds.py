"""A caller of many knocks: it asks again until it is told yes, and a door that never says yes is a broken promise."""

from __future__ import annotations

from itertools import chain, repeat

import pytest

from nurture.chaos.catalogue import ALL
from nurture.chaos.cell import Case
from nurture.chaos.cells import crowds
from nurture.chaos.crowd import Crowd


@pytest.fixture
def case(monkeypatch):
    monkeypatch.setattr(crowds, "PAUSE", 0.0)
    return Case(next(cell for cell in ALL if cell.id == "F5"), Crowd(()))


def door(*answers: int):
    """Return a knock that gets these answers, the last one for ever."""
    coming = chain(answers, repeat(answers[-1]))

    async def knock() -> int:
        return next(coming)

    return knock


async def test_whoever_is_refused_or_gets_no_answer_asks_again_until_it_is_yes(case):
    await crowds.said(case, [door(503, 0, 204), door(204)])
    assert (case.wrong, case.seen["answers"]) == ([], {503: 1, 0: 1, 204: 2})


async def test_a_door_that_never_says_yes_has_lost_what_was_said(case):
    await crowds.said(case, [door(503), door(202)])
    assert case.wrong == ["of 2 knocks 1 were answered with 2xx"]
