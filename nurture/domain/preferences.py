"""What a person chose on the preference page: topics they do not want, how often, and until when nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nurture.domain.caps import Cap
from nurture.domain.lead import Scalar

PACES: Mapping[str, tuple[int, int]] = {"week": (1, 7), "month": (1, 30)}
"""How often at most, as the page offers it: (touches, days), over all channels and sequences."""
BREAKS = (30, 90)
"""The pauses that the page offers, in days."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """One person's choices. `pace` is a key of PACES or "" for no limit; `paused_until` is UTC.

    They bind marketing and sales messages, not service ones, and only ever narrow what consent allows.
    """

    topics_off: frozenset[str] = frozenset()
    pace: str = ""
    paused_until: datetime | None = None

    @property
    def caps(self) -> tuple[Cap, ...]:
        """The person's own frequency cap."""
        return (("any", *PACES[self.pace]),) if self.pace in PACES else ()

    def as_details(self) -> dict[str, Scalar]:
        """Return the choices as details of a PREFERRED fact, which replaces all earlier ones."""
        until = self.paused_until.isoformat() if self.paused_until else ""
        return {"topics_off": ",".join(sorted(self.topics_off)), "pace": self.pace, "paused_until": until}

    @classmethod
    def from_details(cls, details: Mapping[str, Scalar]) -> Preferences:
        """Return the choices that a PREFERRED fact, or the store's copy of its details, tells."""
        until = str(details.get("paused_until") or "")
        return cls(
            topics_off=frozenset(filter(None, str(details.get("topics_off") or "").split(","))),
            pace=str(details.get("pace") or ""),
            paused_until=datetime.fromisoformat(until) if until else None,
        )
