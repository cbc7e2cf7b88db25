"""What an audit reads from the store in one snapshot: touches with their seals, facts, traces of what is gone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from nurture.domain.evidence import Fact, Mark, Stand
from nurture.domain.findings import Finding, Promise
from nurture.store.addresses import AddressHash
from nurture.store.database import Database
from nurture.store.schema import events, leads, sequences, stage_history, touches
from nurture.store.seals import Seal, seal_with
from nurture.store.traces import traces_of_missing

UNSEALED = "has no seal: it was written before there were seals, or the seal was taken off"
VOUCH = "After an upgrade, and only then: nurture audit --vouch"


@dataclass(frozen=True, slots=True)
class Records:
    """One snapshot of the store for an audit: see `nurture.domain.evidence` for its parts."""

    marks: Sequence[Mark] = ()
    facts: Sequence[Fact] = ()
    stands: Sequence[Stand] = ()
    homes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sequences: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    findings: Sequence[Finding] = ()


class StoredEvidence:
    """Reads for an audit; the only write is a person's vouching for rows that have no seal."""

    def __init__(self, database: Database, hashes: AddressHash) -> None:
        """Read from `database`."""
        self._database, self._seal = database, seal_with(hashes.key)

    async def gather(self) -> Records:
        """Return everything an audit asks of the store, with each row whose seal does not fit as a finding."""
        return await self._database.read(lambda conn: _gather(conn, self._seal))

    async def vouch(self) -> int:
        """Seal every row that has none, as it lies there now, and return how many those were."""
        return await self._database.write(lambda conn: _vouch(conn, self._seal))


def _gather(conn: Connection, seal: Seal) -> Records:
    homes = {row.id: _home(row) for row in conn.execute(select(leads.c.id, leads.c.timezones, leads.c.country))}
    marks, findings = [], []
    for row in conn.execute(select(touches).order_by(touches.c.n)):
        marks.append(_mark(row))
        if fact := _tampered(row, seal):
            findings.append(fact)
    stages = conn.execute(select(stage_history).order_by(stage_history.c.n))
    shelf = conn.execute(select(sequences.c.sequence, sequences.c.document).order_by(sequences.c.turn))
    return Records(
        marks=marks,
        facts=[_fact(row) for row in conn.execute(select(events).order_by(events.c.seq))],
        stands=[Stand(row.lead, row.stage, row.at) for row in stages],
        homes=homes,
        sequences={row.sequence: row.document for row in shelf},
        findings=[*findings, *traces_of_missing(conn)],
    )


def _tampered(row: Row[Any], seal: Seal) -> Finding | None:
    if not row.seal:
        return Finding(Promise.LEDGER, row.id, UNSEALED, VOUCH)
    if seal.fits(dict(row._mapping)):
        return None
    return Finding(Promise.LEDGER, row.id, "was changed past the engine: its seal does not fit what it says")


def _vouch(conn: Connection, seal: Seal) -> int:
    rows = conn.execute(select(touches).where(touches.c.seal == "")).all()
    for row in rows:
        conn.execute(update(touches).where(touches.c.n == row.n).values(seal=seal.of(dict(row._mapping))))
    return len(rows)


def _mark(row: Row[Any]) -> Mark:
    wish = _wish(row.touch)
    return Mark(
        touch=row.id,
        lead=row.lead,
        journey=row.id.partition("/")[2].partition("/")[0],
        channel=row.channel,
        state=row.state,
        purpose=wish.get("purpose", "marketing"),
        message_id=row.message_id,
        receipt=row.receipt,
        to=row.to,
        heard=wish.get("heard", 0),
        window=wish.get("window", ""),
        timezone=wish.get("timezone", ""),
        intent_at=row.intent_at,
        wire_at=row.wire_at,
        settled_at=row.settled_at,
        wires=row.wires,
        again=wish.get("again", 0),
    )


def _wish(text: str) -> Mapping[str, Any]:
    """Return a touch's JSON; one that somebody broke says nothing, and its seal does not fit either."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _fact(row: Row[Any]) -> Fact:
    return Fact(row.seq, row.kind, row.lead, row.stored_at, row.touch, row.details, row.told_at is not None)


def _home(row: Any) -> tuple[str, str]:
    return (row.timezones[0] if row.timezones else "", row.country)


def since(records: Records, at: datetime) -> Records:
    """Return the records with the touches begun since `at` (UTC) alone; facts and stages are kept whole."""
    young = [mark for mark in records.marks if mark.intent_at is None or mark.intent_at >= at]
    ids = {mark.touch for mark in young}
    kept = [each for each in records.findings if not each.touch or each.touch in ids]
    return Records(young, records.facts, records.stands, records.homes, records.sequences, kept)
