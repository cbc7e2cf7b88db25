"""One lead's state, rebuilt from the store: which facts it heard, and how its touches ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from activities.leads import closed_channels, planners_share
from nurture.domain.build import sequence_of
from nurture.domain.events import EventKind
from nurture.domain.gates import GateFacts
from nurture.domain.lead import lead_of
from nurture.domain.orders import HandoffOrder
from nurture.domain.policies import Policies
from nurture.domain.rebuilding import Rebuilt, rebuild
from nurture.domain.remembered import Remembered, Told
from nurture.domain.reports import explain
from nurture.domain.state import Book, LeadState
from nurture.domain.touch import Answer, LedgerRow, TouchState
from nurture.domain.view import JourneyView

if TYPE_CHECKING:
    from nurture.domain.events import Event
    from nurture.domain.lead import Contact
    from nurture.store.enrolments import Records
    from nurture.wiring import House

HEARD_LATE = timedelta(hours=1)
"""A fact that was stored this long before a lead rested may have been heard after it: its id says whether it was."""


@dataclass(frozen=True)
class Shelf:
    """Every version of every sequence, compiled, and since when each was the latest."""

    book: Book
    versions: Mapping[str, Sequence[tuple[datetime, str]]]


async def shelf_of(house: House) -> Shelf:
    """Read the library once for all leads."""
    kept = await house.store.enrolments.shelf()
    versions: dict[str, list[tuple[datetime, str]]] = {}
    for (sequence, version), (since, _, _) in kept.items():
        versions.setdefault(sequence, []).append((since, version))
    compiled = {version: sequence_of(version, document) for (_, version), (_, _, document) in kept.items()}
    return Shelf(Book(compiled, house.policies), versions)


async def rebuilt(house: House, shelf: Shelf, contact: Contact) -> Rebuilt:
    """Return the state of one lead as its lost workflow would have it now, as far as the store knows."""
    records, base = _believed(await house.store.enrolments.of(contact.id))
    facts = _facts(records, base)
    begin = records.kept_at or min((fact.at for fact in facts), default=house.clock.now())
    lead = lead_of(contact, await _closed(house, contact, begin))
    share = planners_share(house.shelf.policies, lead, house.clock.now().year)
    book = Book(shelf.book.sequences, Policies.from_document(share))
    known = Remembered(
        lead=lead,
        stage=records.first_stage or contact.stage,
        facts=facts,
        touches=_ends(records),
        offers=records.handoffs,
        shelf=shelf.versions,
        base=replace(base, lead=lead, fit=None) if base else None,
    )
    return rebuild(book, known, house.clock.now())


def _believed(records: Records) -> tuple[Records, LeadState | None]:
    """Return the kept state with what is to be told after it; a forgetful one is passed over for the way's beginning.

    Whoever hears of a lead before the rebuild wakes a workflow that knows nothing, and what that keeps when it rests is
    not the lead's state.
    """
    from pydantic import TypeAdapter

    base = TypeAdapter(LeadState).validate_json(records.snapshot) if records.snapshot else None
    if base is None or not _forgot(base, records):
        return records, base
    return replace(records, snapshot="", kept_at=None), None


def _forgot(base: LeadState, records: Records) -> bool:
    """Whether somebody entered a sequence before this state was kept, and it knows nothing of that."""
    known = {name: past.ended_at for name, past in base.past.items()}
    known |= {journey.sequence: records.kept_at for journey in base.journeys if records.kept_at}
    entered = [fact for fact in records.own if fact.kind is EventKind.ENROLLED and not fact.details["refused"]]
    return any(
        records.kept_at is not None and entry.at <= records.kept_at and known.get(entry.name, _NEVER) < entry.at
        for entry in entered
    )


_NEVER = datetime.min.replace(tzinfo=UTC)


def _facts(records: Records, base: LeadState | None) -> list[Event]:
    """Return what was heard since the base, each fact once: what it has seen, it need not hear again."""
    seen, since = frozenset(base.seen if base else ()), records.kept_at
    heard = [
        fact
        for fact in records.facts
        if fact.id not in seen and (since is None or fact.at > since - HEARD_LATE) and fact.kind not in _NOT_HEARD
    ]
    return [*heard, *(fact for fact in records.own if since is None or fact.at > since)]


_NOT_HEARD = frozenset(
    {EventKind.SETTLED, EventKind.RESEND_ORDERED, EventKind.HANDOFF_ACCEPTED, EventKind.HANDOFF_REJECTED}
)
"""Kinds that are told to others than the lead, or to nobody."""


def _ends(records: Records) -> dict[str, Told]:
    since = records.kept_at
    told = {row.touch.id: end for row in records.touches if (end := _told(row)) is not None}
    return {touch: end for touch, end in told.items() if since is None or end.at > since}


def _told(row: LedgerRow) -> Told | None:
    """Return what the send activity answered for this row, None while it has not."""
    at = row.wire_at or row.settled_at
    if at is None or row.state in (TouchState.INTENT, TouchState.WIRE):
        return None
    left = row.state in (TouchState.SENT, TouchState.DELIVERED) or bool(row.receipt)
    answer = Answer.SENT if left else Answer.UNKNOWN if row.state is TouchState.UNCERTAIN else Answer.NEVER
    code = "" if left else row.code or str(row.state)
    return Told(at, answer, code, "" if left else row.reason, row.sender, row.touch.again)


async def _closed(house: House, contact: Contact, at: datetime) -> dict[str, str]:
    """Return which channels were closed to us at a moment: what came later is heard as a fact."""
    consents = [each for each in await house.store.leads.consents(contact.id) if each.given_at <= at]
    noes = [no for no in await house.store.leads.suppressions(contact.id) if no.since <= at]
    return closed_channels(GateFacts(contact, consents, noes), house.policies, at)


def order_of(shelf: Shelf, made: Rebuilt, handoff: str, at: datetime) -> HandoffOrder:
    """Return what was offered to sales, as the lost workflow put it."""
    decision, state = made.handovers[handoff]
    told = explain(shelf.book, state, at)
    return HandoffOrder(
        id=decision.id,
        lead=state.lead.id,
        sequence=decision.sequence,
        version=decision.version,
        name=decision.name,
        plan=shelf.book.sequences[decision.version].handoffs[decision.name],
        why=decision.why,
        score=round(JourneyView(shelf.book, state, None, at).number("score")),
        owner=state.lead.owner,
        reasons=tuple(told["score_reasons"]),
    )
