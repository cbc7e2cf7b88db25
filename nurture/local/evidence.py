"""What an auditor looks at: ledger and facts as they lie in the database file, and what the catchers received."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nurture.local.journal import read_journal


@dataclass(frozen=True, slots=True)
class Mark:
    """One touch of the ledger. Times are our time (UTC); `journey` is its sequence and run, such as `trial.1`."""

    touch: str
    lead: str
    journey: str
    channel: str
    state: str
    purpose: str = "marketing"
    message_id: str = ""
    receipt: str = ""
    to: str = ""
    heard: int = 0
    window: str = ""
    timezone: str = ""
    intent_at: datetime | None = None
    wire_at: datetime | None = None

    @property
    def sequence(self) -> str:
        """The sequence it belongs to."""
        return self.journey.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of the inbox, with its number and the moment it was stored (our time, UTC).

    `told` says whether its workflow has heard it.
    """

    seq: int
    kind: str
    lead: str
    stored_at: datetime
    touch: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    told: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a catcher accepted: `key` is its Message-ID or SID, `at` our time (UTC)."""

    key: str
    channel: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """A lead came to a stage at this moment of our time (UTC)."""

    lead: str
    stage: str
    at: datetime


@dataclass(frozen=True)
class Evidence:
    """Everything the audit may know. `policies` and `sequences` are the documents as they were written.

    `homes` is lead -> (time zone, country). `walking` are leads whose workflow is alive now, `unaccounted` those that
    came in and were neither enrolled nor refused. Every fact stored before `ended_at` (our time, UTC) was waited for.
    """

    marks: Sequence[Mark] = ()
    facts: Sequence[Fact] = ()
    arrivals: Sequence[Arrival] = ()
    stands: Sequence[Stand] = ()
    homes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    policies: Mapping[str, Any] = field(default_factory=dict)
    sequences: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    walking: frozenset[str] = frozenset()
    unaccounted: frozenset[str] = frozenset()
    ended_at: datetime | None = None


QUESTIONS: Mapping[str, str] = {
    "touches": "SELECT * FROM touches ORDER BY n",
    "events": "SELECT * FROM events ORDER BY seq",
    "stage_history": "SELECT * FROM stage_history ORDER BY n",
    "leads": "SELECT id, timezones, country FROM leads",
    "sequences": "SELECT * FROM sequences ORDER BY turn",
}
"""What is asked of the database, by table: plain SQL that every database of ours understands."""

Row = Mapping[str, Any]


def evidence_in(folder: Path, **given: Any) -> Evidence:
    """Read the evidence of the run in `folder`, past our own storage code: plain SQL on the file, and the journals.

    `given` are the fields of Evidence that lie elsewhere.
    """
    with closing(sqlite3.connect(f"file:{folder / 'nurture.db'}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        answers = {table: [dict(row) for row in db.execute(question)] for table, question in QUESTIONS.items()}
    return evidence_from(answers, folder, **given)


def evidence_from(answers: Mapping[str, Sequence[Row]], folder: Path, **given: Any) -> Evidence:
    """Return the evidence in the answers to `QUESTIONS` and in the journals of `folder`."""
    return Evidence(
        marks=[_mark(row) for row in answers["touches"]],
        facts=[_fact(row) for row in answers["events"]],
        arrivals=[*_mails(folder), *_texts(folder)],
        stands=[Stand(r["lead"], r["stage"], _at(r["at"])) for r in answers["stage_history"]],
        homes={r["id"]: _home(r) for r in answers["leads"]},
        sequences={r["sequence"]: json.loads(r["document"]) for r in answers["sequences"]},
        **given,
    )


def _mark(row: Row) -> Mark:
    wish = json.loads(row["touch"])
    return Mark(
        touch=row["id"],
        lead=row["lead"],
        journey=row["id"].split("/")[1],
        channel=row["channel"],
        state=row["state"],
        purpose=wish.get("purpose", "marketing"),
        message_id=row["message_id"],
        receipt=row["receipt"],
        to=row["to"],
        heard=wish.get("heard", 0),
        window=wish.get("window", ""),
        timezone=wish.get("timezone", ""),
        intent_at=_at(row["intent_at"]) if row["intent_at"] else None,
        wire_at=_at(row["wire_at"]) if row["wire_at"] else None,
    )


def _fact(row: Row) -> Fact:
    details = json.loads(row["details"])
    return Fact(
        row["seq"], row["kind"], row["lead"], _at(row["stored_at"]), row["touch"], details, row["told_at"] is not None
    )


def _mails(folder: Path) -> Iterator[Arrival]:
    for entry in read_journal(folder / "mail.jsonl"):
        if not entry.get("accepted", True):
            continue  # a relay that was told to refuse it
        yield Arrival(entry["message_id"], "email", entry["to"], _at(entry["at"]))


def _texts(folder: Path) -> Iterator[Arrival]:
    for entry in read_journal(folder / "texts.jsonl"):
        number = entry["to"].removeprefix("whatsapp:")
        yield Arrival(entry["sid"], "sms" if number == entry["to"] else "whatsapp", number, _at(entry["at"]))


def _home(row: Row) -> tuple[str, str]:
    zones = json.loads(row["timezones"])
    return (zones[0] if zones else "", row["country"])


def _at(moment: str | datetime) -> datetime:
    """Return a time: SQLite keeps it as text, Postgres as what it is."""
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment
