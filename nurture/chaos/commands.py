"""An operator's commands, run as processes beside those that they are about."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from nurture.chaos.ground import Ground

_NURTURE = (sys.executable, "-c", "from nurture.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended: its exit code, and all that it printed."""

    code: int
    words: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object that it printed last, with `--json`; {} when there is none."""
        lines = [line for line in self.words.splitlines() if line.startswith("{")]
        found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        return found

    def __str__(self) -> str:
        return f"exit code {self.code}: {self.words.strip()[-300:]}"


async def nurture(ground: Ground, *words: str) -> Said:
    """Run `nurture words...` with the settings of the web app."""
    return Said(*await ground.web.child.aside(*_NURTURE, *words))
