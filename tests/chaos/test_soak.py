"""What a long load may use: growth is seen in the last third, against the middle one."""

from __future__ import annotations

import pytest

from nurture.chaos.catalogue import ALL
from nurture.chaos.cell import Case
from nurture.chaos.cells.soak import ENOUGH, Look, judge
from nurture.chaos.crowd import Crowd

MB = 1_000_000


def looks(count=ENOUGH, *, leaks=0, handles=0, bends=0):
    """Return looks at a process that takes `leaks` bytes, `handles` handles and `bends` stored bytes more each time."""
    return [
        Look(
            5 * number,
            {"web": 100 * MB + leaks * number},
            {"web": 20 + handles * number},
            900 * number + bends * number**2,
        )
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [
        (looks(), ""),
        (looks(count=ENOUGH - 1), "23 looks prove nothing: use --leads 120 or more"),
        (looks(leaks=MB), "the memory of the web grew 1.071 times"),
        (looks(leaks=MB // 10), ""),
        (looks(handles=1), "the web has 8 handles more"),
        (looks(bends=200), "the file grew by 1180 bytes a person, then by 1820"),
    ],
)
def test_what_is_used_is_judged(seen, wrong):
    case = Case(next(cell for cell in ALL if cell.id == "J3"), Crowd(()))
    judge(case, seen)
    assert case.wrong == ([wrong] if wrong else [])
