"""A cell of the fault matrix: whom it needs, how it strikes, and what must be true when everything has come to rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from nurture.chaos.crowd import Crowd
from nurture.chaos.ground import Ground
from nurture.chaos.place import BEGINS, DAY

Strike = Callable[[Ground, "Case"], Awaitable[None]]


class Turn(IntEnum):
    """When a cell strikes in a run that strikes several before it waits."""

    ALONE = 0  # first of all, while nobody else is under way: it holds what everybody needs
    STRIKES = 1  # one after another: it kills or stops what all of them need
    BESIDE = 2  # together with others: it hits its own people only
    LAST = 3  # after all others came to rest: it would be seen in their times


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault. `id` is the matrix's; `variant` tells several cells of one id apart.

    `leads` are how many people in the CI subset and in the full matrix. `exact` demands that what is uncertain is just
    what the strike caught between wire and result; without it, whatever is uncertain must at least be listed.
    `wide` asks for four workers and two web apps, `secure` for a relay with TLS and workers that demand it; without
    `one_clock` our parts disagree about the time, and moments of one are not compared with moments of another.
    `own_stack` says that it starts everything it needs by itself. `day` is how many seconds our day takes, and `begins`
    what our clock shows at first: cells that need their own times get a ground of their own. `touches` is how many
    touches each person is due who says nothing, 0 when that is not told beforehand.
    """

    id: str
    strike: Strike
    criterion: str
    variant: str = ""
    starred: bool = False
    leads: tuple[int, int] = (16, 300)
    sequence: str = "three-mails"
    texts: bool = False
    exact: bool = True
    touches: int = 3
    negative: bool = False
    wide: bool = False
    secure: bool = False
    turn: Turn = Turn.STRIKES
    one_clock: bool = True
    own_stack: bool = False
    day: float = DAY
    begins: datetime = BEGINS

    @property
    def name(self) -> str:
        """The id with its variant."""
        return f"{self.id}/{self.variant}" if self.variant else self.id


@dataclass
class Case:
    """One run of a cell: its people, and what the strike saw with its own eyes.

    `door` names the worker it strikes. `caught` are touches that were between wire and result when their worker died or
    their answer was lost. `stopped` is lead -> when our stop was acknowledged (our time, UTC); `wired_at_stop` the
    touches of that lead on the wire or behind it right after that. `replied` are people whose reply asks for a
    hand-off. `wrong` and `after_stop` are broken promises that the strike itself saw, one sentence each; `seen` are
    numbers worth telling. `most_uncertain` bounds what may be uncertain where nobody could count it. `afterwards` are
    looks at the facts when all has come to rest; `later` is what goes on after the strike and must end before that.
    """

    cell: Cell
    crowd: Crowd
    door: str = ""
    caught: set[str] = field(default_factory=set)
    stopped: dict[str, datetime] = field(default_factory=dict)
    wired_at_stop: dict[str, frozenset[str]] = field(default_factory=dict)
    replied: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    after_stop: list[str] = field(default_factory=list)
    most_uncertain: int | None = None
    afterwards: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    later: list[Awaitable[object]] = field(default_factory=list)

    def demand(self, holds: bool, otherwise: str) -> None:
        """Note `otherwise` as a broken promise unless it `holds`."""
        if not holds:
            self.wrong.append(otherwise)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the checker found of a case: numbers for the table, sentences for whoever must mend it."""

    id: str
    variant: str
    criterion: str
    leads: int
    lost: int = 0
    twice: int = 0
    uncertain: int = 0
    after_stop: int = 0
    outside_window: int = 0
    unprocessed: int = 0
    negative_control: bool = False
    passed: bool = False
    seconds: float = 0.0
    seen: dict[str, Any] = field(default_factory=dict)
    why: tuple[str, ...] = ()
