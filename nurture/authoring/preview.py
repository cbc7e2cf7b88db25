"""What a preview shows: the days of one lead, and each message as it will arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nurture.domain.lead import Channel
from nurture.domain.messages import Message


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of the plan: what happens at `at` (UTC), on which channel ("" when nothing is said), and why then.

    `at` is None for a step on another way than this lead's, shown for its words alone.
    """

    step: str
    at: datetime | None
    channel: Channel | str = ""
    template: str = ""
    variant: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One rendered step. `message` is what goes out; `text` the approved WhatsApp text or the script (Markdown).

    `title` is the title of a task, `subjects` the subject of every variant, `trouble` why nothing could be rendered.
    """

    message: Message | None = None
    title: str = ""
    text: str = ""
    subjects: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""
