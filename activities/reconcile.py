"""The reconciler: asks providers about touches nobody knows the end of, and for messages that never reached us."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity

from activities.resending import stays_uncertain
from nurture.domain.errors import Invalid, Misconfigured, NurtureError, Unavailable
from nurture.domain.lead import Channel
from nurture.domain.messages import Message, body_hash
from nurture.domain.ports import Clock, Composer, Leads
from nurture.domain.ports_reconciling import Doubts, Enquirer, Received, Recover, Standing
from nurture.domain.touch import LedgerRow, TouchState

SAFE = timedelta(hours=1)
"""After so long (our time) a provider that knows no such message is believed to have none; it is noted, no more."""
IDLE = timedelta(minutes=5)
"""How long (our time) a touch may lie between two tries before its journey is asked whether it still wants it."""
LOOK_BACK = timedelta(days=1)
"""How far back (wall clock) the first sweep asks for what people sent us."""
OVERLAP = timedelta(minutes=30)
"""How much of it each later sweep asks for again: clocks differ, and what is known has no effect twice."""
_ROUNDING = timedelta(seconds=2)


@dataclass(frozen=True)
class Enquiry:
    """Everything the reconciler needs. `wall` turns our time into the wall clock's (UTC)."""

    clock: Clock
    wall: Callable[[datetime], datetime]
    ledger: Doubts
    leads: Leads
    composer: Composer
    enquirers: Mapping[Channel, Enquirer]
    standing: Standing
    recover: Recover
    received: Received | None = None


@dataclass
class Swept:
    """What one sweep did. `seen_until` is where the next begins to ask for what people sent (wall clock, ISO UTC)."""

    lost: int = 0
    proved: int = 0
    not_found: int = 0
    ended: int = 0
    recovered: int = 0
    troubles: int = 0
    seen_until: str = ""


class Reconcile:
    """Settles by proof alone: what a provider does not confirm stays uncertain, and nothing is sent from here."""

    def __init__(self, enquiry: Enquiry) -> None:
        self._to = enquiry

    @activity.defn(name="reconcile")
    async def sweep(self, seen_until: str) -> Swept:
        """Look once at everything in doubt. Repeating it is harmless: every step is idempotent."""
        swept = Swept(seen_until=seen_until)
        swept.lost = len(await self._to.ledger.give_up_lost(self._to.clock.now()))
        for row in _in_turn(await self._to.ledger.rows(states=(TouchState.UNCERTAIN,))):
            await self._ask_about(row, swept)
        for row in _in_turn(await self._to.ledger.unheld(self._to.clock.now() - IDLE)):
            await self._end(row, swept)
        if not activity.is_worker_shutdown():
            await self._fetch(swept)
        return swept

    async def _ask_about(self, row: LedgerRow, swept: Swept) -> None:
        enquirer = self._to.enquirers.get(row.touch.channel)
        if enquirer is None or row.wire_at is None:
            return
        try:
            message = await self._words_of(row)
            since = self._to.wall(row.wire_at).replace(microsecond=0) - _ROUNDING
            receipt = await enquirer.look_up(message, since) if message is not None else None
        except Unavailable as away:
            swept.troubles += 1
            activity.logger.warning("touch %s could not be asked about: %s", row.ref, away)
            return
        if message is None:
            await self._note(row, "not_asked", "its words were edited since: look for it at the provider by hand")
        elif receipt is not None and await self._is_ours(row, receipt.id):
            reason = f"the provider has it ({receipt.answer})"
            now = self._to.clock.now()
            await self._to.ledger.prove(row.touch.id, TouchState.SENT, now, receipt=receipt.id, reason=reason)
            swept.proved += 1
        elif self._to.clock.now() - row.wire_at > SAFE:
            swept.not_found += 1
            await self._note(row, "not_found", f"{row.touch.channel}: the provider has no such message")

    async def _words_of(self, row: LedgerRow) -> Message | None:
        """Compose the message once more; None when it would not be the same."""
        contact = await self._to.leads.find(row.touch.lead)
        if contact is None:
            return None
        first = await self._to.ledger.find(row.touch.thread) if row.touch.thread else None
        try:
            message = await self._to.composer.compose(row.touch, contact, row.sender, [first] if first else [])
        except (Invalid, Misconfigured) as flaw:
            activity.logger.warning("touch %s cannot be composed any more: %s", row.ref, flaw)
            return None
        return message if body_hash(message) == row.body_hash else None

    async def _is_ours(self, row: LedgerRow, receipt: str) -> bool:
        """Whether no other touch has this receipt: the same words may have gone to the same number before."""
        other = await self._to.ledger.find_by_message(receipt)
        return other is None or other.touch.id == row.touch.id

    async def _note(self, row: LedgerRow, code: str, reason: str) -> None:
        await self._to.ledger.remark(row.touch.id, code=code, reason=reason)

    async def _end(self, row: LedgerRow, swept: Swept) -> None:
        """End a touch that its journey does not want any more; one that it still waits to send is left alone."""
        try:
            standing = await self._to.standing(row.touch.lead)
        except Exception:  # noqa: BLE001 -- one lead that cannot be asked holds up no other; the next sweep asks again
            swept.troubles += 1
            activity.logger.warning("lead %s could not be asked", row.touch.lead, exc_info=True)
            return
        if standing is not None and _still_wants(standing, row):
            return
        why, now = "its journey went on before it could leave", self._to.clock.now()
        try:
            if row.touch.again:
                await stays_uncertain(self._to.ledger, row, now, why)
            else:
                await self._to.ledger.withhold(row.touch, TouchState.CANCELLED, now, code="moved_on", reason=why)
        except NurtureError as overtaken:
            activity.logger.info("touch %s moved meanwhile: %s", row.ref, overtaken)
            return
        swept.ended += 1

    async def _fetch(self, swept: Swept) -> None:
        """Ask for what people sent us and store what no webhook brought (rule T12)."""
        if self._to.received is None:
            return
        now = self._to.wall(self._to.clock.now())
        since = datetime.fromisoformat(swept.seen_until) - OVERLAP if swept.seen_until else now - LOOK_BACK
        try:
            forms = await self._to.received(since)
        except Unavailable as away:
            swept.troubles += 1
            activity.logger.warning("nobody could say what people sent us: %s", away)
            return
        for form in forms:
            activity.heartbeat()
            swept.recovered += await self._to.recover(form)
        swept.seen_until = now.isoformat()


def _in_turn(rows: Sequence[LedgerRow]) -> Iterator[LedgerRow]:
    """Yield each with a heartbeat, until this worker is asked to leave: a drain must not wait for a long sweep."""
    for row in rows:
        if activity.is_worker_shutdown():
            activity.logger.info("this worker leaves: the next sweep looks at the rest")
            return
        activity.heartbeat()
        yield row


def _still_wants(standing: Mapping[str, Any], row: LedgerRow) -> bool:
    """Whether a journey of that sequence and run stands at the step of this touch."""
    run = row.touch.id.split("/")[1].rpartition(".")[2]
    state = standing.get("state", standing)
    return any(
        (journey["sequence"], journey["step"]) == (row.touch.sequence, row.touch.step)
        and str(journey.get("run", run)) == run
        for journey in state.get("journeys", ())
    )
