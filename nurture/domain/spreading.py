"""Stable offsets that keep ten thousand leads from leaving all at 09:00:00."""

from __future__ import annotations

import hashlib
from datetime import timedelta


def spread(key: str, up_to: timedelta) -> timedelta:
    """Return a stable offset in whole seconds, 0 <= offset < `up_to`: the same key always gets the same one.

    It is a share of `up_to`, so that a window which is a second longer moves nobody by more than a second.
    """
    return timedelta(seconds=_chance_of(key) * max(0, int(up_to.total_seconds())) >> 64)


def leaping_spread(key: str, up_to: timedelta) -> timedelta:
    """Return the offset as it was counted once: a second more of `up_to` gives another one altogether.

    Only for leads whose histories began with it: see `state.HABITS`.
    """
    seconds = int(up_to.total_seconds())
    return timedelta(seconds=_chance_of(key) % seconds) if seconds > 1 else timedelta()


def _chance_of(key: str) -> int:
    """Return a number from 0 to 2**64 - 1 that is always the same for the same key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
