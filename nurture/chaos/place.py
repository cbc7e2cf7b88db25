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


WINDOWS = "  missing-hour: { every day: 03:00-04:00 }\n  around-it: { every day: 02:30-04:30 }\n"
"""Windows at the hour that the clocks of Athens skip in spring and repeat in autumn."""


def lay_out(root: Path) -> Path:
    """Fill `root` with our sequences, the shipped policies and templates, and senders that are never full."""
    for folder in ("policies", "templates"):
        shutil.copytree(CHECKOUT / folder, root / folder, dirs_exist_ok=True)
    for folder in ("sequences", "templates"):
        shutil.copytree(HERE / folder, root / folder, dirs_exist_ok=True)
    shutil.copy(HERE / "senders.yaml", root / "policies" / "senders.yaml")
    calendars = root / "policies" / "calendars.yaml"
    calendars.write_text(calendars.read_text().replace("windows:\n", f"windows:\n{WINDOWS}", 1))
    return root


def borrow(root: Path, theirs: Path) -> Path:
    """Fill `root` with somebody's own sequences, templates and policies, with senders that are as they are."""
    for folder in ("policies", "templates", "sequences"):
        shutil.copytree(theirs / folder, root / folder, dirs_exist_ok=True)
    return root


def scale(day: float = DAY, begins: datetime = BEGINS) -> TimeScale:
    """Return a clock on which one day takes `day` seconds, and which shows `begins` (UTC) now."""
    return TimeScale(86_400 / day, datetime.now(UTC), begins)
