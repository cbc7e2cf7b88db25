"""What the reconciler asks of the outside: the ledger's doubts, and what a provider knows. Part of `ports`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from nurture.domain.messages import Message, Receipt
from nurture.domain.ports import Ledger
from nurture.domain.touch import LedgerRow, TouchState


class Doubts(Ledger, Protocol):
    """The ledger as the reconciler sees it: what nobody knows the end of. Each method is one transaction."""

    async def give_up_lost(self, now: datetime) -> Sequence[str]:
        """Move every touch on the wire whose lease ran out to UNCERTAIN and return their ids."""
        ...

    async def prove(
        self, touch: str, state: TouchState, now: datetime, *, receipt: str = "", code: str = "", reason: str = ""
    ) -> LedgerRow | None:
        """Apply what a provider says of this very touch, by rank, with the receipt it names; None: there is none."""
        ...

    async def remark(self, touch: str, *, code: str, reason: str) -> None:
        """Note what is known of an uncertain touch; it stays uncertain. One that is not any more is left alone."""
        ...

    async def unheld(self, before: datetime) -> Sequence[LedgerRow]:
        """Return touches begun before `before` (UTC) that have no end and that no worker holds."""
        ...


class Enquirer(Protocol):
    """A carrier that can be asked what it took."""

    async def look_up(self, message: Message, since: datetime) -> Receipt | None:
        """Return the receipt of this message among those taken since `since` (wall clock, UTC), or None.

        Raises Unavailable when nobody can be asked now.
        """
        ...


Received = Callable[[datetime], Awaitable[Sequence[Mapping[str, str]]]]
"""Returns what people sent us since a moment of the wall clock (UTC), oldest first, as the webhook's forms."""
Recover = Callable[[Mapping[str, str]], Awaitable[int]]
"""Takes one of these as the webhook would; returns how many facts were new."""
Standing = Callable[[str], Awaitable[Mapping[str, Any] | None]]
"""Returns where a lead's workflow stands, None when it has none."""
