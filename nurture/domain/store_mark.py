"""How far the store is, and whether Temporal knows of a store that was further: what a restored backup cannot hide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoreMark:
    """How far the store was at a moment.

    `beat` numbers the marks (1, 2, …; 0: there is none yet). Only who has compared the store with what Temporal keeps
    may set the next one, so that a store restored from a backup cannot catch up unseen, however much is written to it.
    `facts` and `touches` are the highest numbers of the inbox and of the ledger, for words; `at` is our time (UTC).
    """

    beat: int = 0
    facts: int = 0
    touches: int = 0
    at: datetime | None = None

    def __str__(self) -> str:
        when = f"of {self.at:%Y-%m-%d %H:%M} UTC" if self.at else "that is new"
        return f"mark {self.beat} {when}: {self.facts:,} facts, {self.touches:,} touches"


def is_older(store: StoreMark, kept: StoreMark | None) -> bool:
    """Whether Temporal keeps a mark that this store has not reached; without any it knows of nothing missing.

    The very first mark is told before it is set: who told it may have died in between.
    """
    return kept is not None and store.beat < kept.beat and (store.beat, kept.beat) != (0, 1)


def is_forgotten(store: StoreMark, kept: StoreMark | None) -> bool:
    """Whether Temporal knows nothing of a store that it knew: it is a new one, or has lost its database."""
    return kept is None and store.beat > 0


def further(one: StoreMark, other: StoreMark) -> StoreMark:
    """Return the later of two marks, in whatever order they arrived."""
    return other if other.beat > one.beat else one


def why_refused(store: StoreMark, kept: StoreMark) -> str:
    """Return in words that the store is older than what Temporal knows of, what is missing, and the way out."""
    facts, touches = max(kept.facts - store.facts, 0), max(kept.touches - store.touches, 0)
    was = f"as it was on {store.at:%Y-%m-%d %H:%M} UTC" if store.at else "a new one"
    missing = f"{facts:,} facts and {touches:,} new touches"
    until = f" until {kept.at:%Y-%m-%d %H:%M} UTC" if kept.at else ""
    return f"the store is {was}, and {missing} that were written{until} are not in it; run nurture reconcile"


class Marks(Protocol):
    """The store's own mark. Each method is one transaction."""

    async def read(self) -> tuple[StoreMark, bool]:
        """Return the latest mark, and whether facts or touches came since."""
        ...

    async def move_on(self, after: int, now: datetime) -> StoreMark | None:
        """Set and return the mark that follows number `after`; None when the latest is another one."""
        ...

    async def accept(self, kept: StoreMark, now: datetime) -> StoreMark:
        """Set and return a mark beyond `kept`: from now on this store is the one that counts."""
        ...

    async def number_behind(self, facts: int) -> None:
        """Give new facts numbers above `facts` from now on: a number that workflows heard never comes back."""
        ...


class Keeper(Protocol):
    """Where the mark is kept outside of the store."""

    async def read(self) -> StoreMark | None:
        """Return the latest mark that was told, None when there is none. Needs no worker."""
        ...

    async def tell(self, mark: StoreMark) -> None:
        """Keep this mark, unless a later one is kept. Where none is kept, nothing happens."""
        ...

    async def begin(self, mark: StoreMark) -> None:
        """Keep this mark, unless a later one is kept, also where none is kept."""
        ...


class Switches(Protocol):
    """The kill switches."""

    async def halt(self, key: str, *, why: str, by: str, now: datetime) -> bool:
        """Stop everything that matches `key`; return whether that was news."""
        ...
