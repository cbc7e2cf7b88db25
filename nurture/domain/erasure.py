"""Forgetting a person: what goes, what stays and why, and the receipt that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

KEPT: Mapping[str, str] = {
    "suppressions": "keyed hashes of the addresses, so that no import and no API call writes to them again (L10)",
    "touches": "that something was sent, when and by which text's hash, without address, subject or words: proof (P11)",
    "events": "what kind of thing happened and when, without details: a provider may tell it a second time",
    "stage_history": "the stages without their reasons, for the report",
    "experiments": "which variant was shown, for the report",
    "erasures": "this receipt",
}
"""What an erasure leaves behind, by table, and why."""

PLAIN_DETAILS = frozenset(
    {"channel", "scope", "how", "hard", "code", "blame", "human", "intent", "outcome", "stage", "handoff", "version"}
)
"""Details of a fact that say nothing about who it is about; all others go."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt: `at` is UTC, `removed` counts rows deleted or emptied by table, `kept` says why the rest stays.

    `by` and `reason` are the operator's words; they should not name the person again.
    """

    id: str
    lead: str
    at: datetime
    by: str = ""
    reason: str = ""
    removed: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
