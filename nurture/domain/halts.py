"""Kill switches and pauses: what may not be sent until a person, or the calendar, lifts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

BREAKER = "breaker"
"""Who halts a sender when its own numbers say so; everybody else is a person."""
ALL, STORE = "all", "store"
"""What stops everything: a person's word, and a store older than what Temporal knows of (`store_mark`)."""
KINDS = ("channel", "sequence", "step", "template", "sender")
_FIRST_LOOK, _LONGEST = timedelta(hours=1), timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Halt:
    """One switch that is off: `all`, `store`, or one of `KINDS` with a name (`template:welcome`, `step:trial/welcome`).

    `by` is a person or BREAKER; `code` is the breaker's reason, "" for a person's. `since` and `until` are UTC; without
    `until` it holds until somebody lifts it.
    """

    key: str
    why: str
    by: str
    since: datetime
    until: datetime | None = None
    code: str = ""

    @property
    def is_pause(self) -> bool:
        """Whether the sender's own trouble, and no person, is behind it."""
        return bool(self.code)

    def __str__(self) -> str:
        what = f"{self.by} halted {self.key} on {self.since:%Y-%m-%d %H:%M} UTC"
        if self.is_pause:
            what = f"{self.key} is paused since {self.since:%Y-%m-%d %H:%M} UTC"
        return f"{what}: {self.why}"


def lasts_longer(one: Halt, other: Halt) -> bool:
    """Whether `one` holds after `other` has ended; of equals the first one stands."""
    if other.until is None:
        return False
    return one.until is None or one.until > other.until


def look_again(halts: Sequence[Halt], now: datetime) -> datetime:
    """Return when a touch that `halts` hold back asks again (UTC): when they end, and before that now and then.

    Who lifts a switch waits for the touches behind it: an hour at first, then half as long as it has held already, at
    most four hours. So a week's halt costs each lead some forty looks and not one hundred and seventy.
    """
    held = max((now - halt.since for halt in halts), default=_FIRST_LOOK)
    look = now + max(_FIRST_LOOK, min(_LONGEST, held / 2))
    ends = [halt.until for halt in halts if halt.until is not None]
    return min(look, max(ends)) if ends and len(ends) == len(halts) else look
