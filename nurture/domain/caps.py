"""Frequency caps: how many touches a person may get in a rolling number of days, over all sequences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from nurture.domain.lead import Channel

Cap = tuple[str, int, int]
"""(channel or "any", touches, days)."""
_TASK = Channel.TASK
"""Looked up once: until Python 3.12 each look-up of a member costs as much as ten comparisons."""


def free_at(
    caps: Sequence[Cap], recent: Sequence[tuple[Channel, datetime]], channel: Channel, now: datetime
) -> tuple[datetime, str] | None:
    """Return when the tightest cap on `channel` lets the next touch through (UTC) and why, or None when it is free.

    A cap of N touches in D days is free again D days after the N-th youngest touch. Manual tasks neither count nor
    wait: what a rep does with them is the rep's own touch.
    """
    if channel is _TASK or not recent or not caps:
        return None
    held: tuple[datetime, str] | None = None
    for scope, count, days in caps:
        if len(recent) < count or scope not in ("any", channel):
            continue
        span = timedelta(days=days)
        since = now - span
        marks = [at for seen, at in recent if at > since and seen is not _TASK and scope in ("any", seen)]
        if len(marks) >= count:
            free = sorted(marks)[-count] + span
            if held is None or free > held[0]:
                what = "touches" if scope == "any" else f"{scope} touches"
                held = free, f"{len(marks)} of {count} {what} in {days} day{'s' if days > 1 else ''}"
    return held
