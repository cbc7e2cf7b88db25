"""What an audit finds: which promise, which touch, the fact, and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Promise(StrEnum):
    """What is audited; the numbers are those of the rules of the road, part 4."""

    LEDGER = "ledger"  # every row is as this code wrote it, and none is gone
    NO_LOSS = "P1"
    NOTHING_TWICE = "P2"
    UNCERTAIN_IS_SEEN = "P3"
    STOP_IS_FINAL = "P4"
    WINDOWS_AND_CAPS = "P7"


WAYS_OUT: Mapping[Promise, str] = {
    Promise.LEDGER: "Compare with a backup and with the provider's records; find out who can write to the store",
    Promise.NO_LOSS: "Look with nurture explain; after a lost Temporal database run nurture rebuild",
    Promise.NOTHING_TWICE: "Ask the provider for both messages; keep the workers of one store on one version",
    Promise.UNCERTAIN_IS_SEEN: "nurture uncertain resolve, or nurture uncertain resend",
    Promise.STOP_IS_FINAL: "Stop the workers, apologise to the person, and report this: it must not happen",
    Promise.WINDOWS_AND_CAPS: "If the policy was changed since, narrow the audit with --since; else report this",
}
"""What to do about a broken promise, when a check knows nothing better."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise: the touch it is about ("" when it is about none), the fact, and what to do."""

    promise: Promise
    touch: str
    fact: str
    remedy: str = ""

    @property
    def way_out(self) -> str:
        """What to do about it."""
        return self.remedy or WAYS_OUT[self.promise]

    def __str__(self) -> str:
        return f"{self.touch} {self.fact}".strip()
