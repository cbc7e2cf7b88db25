"""Where the fault suite works: a house of its own with plain sequences, shipped policies, and senders never full."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from nurture.domain.clock import TimeScale

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
DAY = 4.0
"""Seconds of the wall clock in one day of our time."""
BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""What our clock shows at the start: a Monday morning."""


def lay_out(root: Path) -> Path:
    """Fill `root` with our sequences, the shipped policies and templates, and senders that are never full."""
    for folder in ("policies", "templates"):
        shutil.copytree(CHECKOUT / folder, root / folder, dirs_exist_ok=True)
    for folder in ("sequences", "templates"):
        shutil.copytree(HERE / folder, root / folder, dirs_exist_ok=True)
    shutil.copy(HERE / "senders.yaml", root / "policies" / "senders.yaml")
    return root


def borrow(root: Path, theirs: Path) -> Path:
    """Fill `root` with somebody's own sequences, templates and policies, with senders that are as they are."""
    for folder in ("policies", "templates", "sequences"):
        shutil.copytree(theirs / folder, root / folder, dirs_exist_ok=True)
    return root


def scale(day: float = DAY) -> TimeScale:
    """Return a clock on which one day takes `day` seconds, beginning now."""
    return TimeScale(86_400 / day, datetime.now(UTC), BEGINS)
