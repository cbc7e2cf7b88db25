"""Sending one touch: gates, capacity, words, the ledger, the wire, and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import provider_words as words
from activities.admission import on_time
from activities.answers import answer_of
from activities.beating import beating
from activities.budget import within_budget
from activities.discretion import discreet
from activities.intents import intent_of, same_intent
from activities.resending import is_next_order, stays_uncertain
from activities.writing import written
from nurture.domain.blame_twilio import free_again, switches_of
from nurture.domain.errors import (
    Blame,
    Blocked,
    BodyChanged,
    Invalid,
    LeaseLost,
    Misconfigured,
    Refused,
    Unavailable,
    Uncertain,
)
from nurture.domain.events import Event
from nurture.domain.gates import GateFacts, Refusal, Verdict, day_over, gate, seconds_left
from nurture.domain.lead import Channel, Contact
from nurture.domain.mail_domains import domain_of
from nurture.domain.messages import Message, WhatsApp, dying_within
from nurture.domain.policies import Policies
from nurture.domain.ports import Carrier, Clock, Composer, Inbox, Leads, Ledger, Senders
from nurture.domain.touch import Answer, LedgerRow, Touch, TouchAnswer, TouchState
from nurture.domain.whatsapp_session import is_open

SENDER_TROUBLE = timedelta(hours=1)
"""How long a touch waits when its sender, not its person, is the problem."""


@dataclass(frozen=True)
class Desk:
    """Everything a touch needs on its way out. `tell` reaches a workflow; `lease` is in seconds of our time."""

    clock: Clock
    ledger: Ledger
    inbox: Inbox
    leads: Leads
    senders: Senders
    composer: Composer
    carriers: Mapping[Channel, Carrier]
    policies: Callable[[], Policies]
    tell: Callable[[Event, str], Awaitable[None]]
    lease: float = 60.0
    halt: Callable[[str, str], Awaitable[None]] | None = None
    """Halts everything that matches a key (`sender:x`, `channel:sms`) for a reason, until an operator lets go."""


class Messaging:
    """The send protocol: intent, wire, result. A touch on the wire without a result is never sent again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @activity.defn(name="send")
    async def send(self, touch: Touch) -> TouchAnswer:
        """Send at most once per touch id and say how it ended: sent, not yet (until), never (why) or unknown."""
        return await within_budget(lambda: self._send(touch), lambda why: self._withhold(touch, Refusal.BROKEN, why))

    async def _send(self, touch: Touch) -> TouchAnswer:
        now = self._desk.clock.now()
        found = await self._desk.ledger.outset(touch, now)
        row = found.row
        if row is not None and (known := answer_of(row)) is not None and not is_next_order(row, touch):
            return known
        if row is not None and row.state is TouchState.WIRE:
            return await self._left_on_the_wire(row)
        if found.facts is None:
            return await self._withhold(touch, Refusal.NO_ADDRESS, "this lead is not in the store")
        if touch.channel not in self._desk.carriers:
            why = f"there is no way out for {touch.channel} in the settings"
            return await self._withhold(touch, Refusal.BROKEN, why)
        verdict = self._judge(touch, found.facts, now)
        if verdict is not None:
            return await self._refuse(touch, verdict)
        return await self._with_a_sender(touch, found.facts.contact, [found.first] if found.first else [])

    async def _left_on_the_wire(self, row: LedgerRow) -> TouchAnswer:
        """Another worker may be at it still: wait for its lease. Then nobody knows, and no gate is asked any more."""
        try:
            found = await self._desk.ledger.reserve(same_intent(row, self._desk.lease), self._desk.clock.now())
        except LeaseLost as held:
            raise ApplicationError(str(held), type="LeaseLost") from held
        known = answer_of(found)
        if known is None:  # its worker came back in between with "not accepted, later may work"
            raise ApplicationError(f"The touch {row.touch.id} is free again", type="LeaseLost")
        return known

    async def _with_a_sender(self, touch: Touch, contact: Contact, thread: Sequence[LedgerRow]) -> TouchAnswer:
        now = self._desk.clock.now()
        policies = self._desk.policies()
        calendar = None if touch.wording else policies.calendar(touch.window, touch.timezone, contact.country)
        domain = domain_of(contact.email) if touch.channel is Channel.EMAIL else ""
        whom = (touch.pool, touch.channel, touch.lead, touch.id)
        try:
            sender, not_before = await self._desk.senders.book(
                *whom, now, sticky=touch.sticky, calendar=calendar, domain=domain
            )
            if not_before > now:
                return self._not_yet(Refusal.SENDER_FULL, f"{sender} is free again then", not_before)
            composed = await self._desk.composer.compose(touch, contact, sender, thread)
            message = await self._as_of_now(touch, contact, composed)
        except Blocked as held:
            return await self._refuse(touch, Verdict(Refusal(held.code), held.reason, held.until))
        except (Invalid, Misconfigured) as flaw:
            # A broken template or policy fails this touch, with its reason, and no other lead.
            return await self._withhold(touch, Refusal.BROKEN, str(flaw))
        return await self._reserve_and_send(touch, sender, not_before, message)

    async def _reserve_and_send(self, touch: Touch, sender: str, place: datetime, message: Message) -> TouchAnswer:
        intent = intent_of(touch, sender, message, self._desk.lease)
        try:
            row = await self._desk.ledger.reserve(intent, on_time(self._desk.clock.now()))
        except BodyChanged as changed:
            return TouchAnswer(Answer.UNKNOWN, self._desk.clock.now(), "body_changed", str(changed), sender=sender)
        except LeaseLost as held:
            raise ApplicationError(str(held), type="LeaseLost") from held
        known = answer_of(row)
        return known if known is not None else await self._to_the_wire(touch, row, place, message)

    async def _to_the_wire(self, touch: Touch, row: LedgerRow, place: datetime, message: Message) -> TouchAnswer:
        async def at_the_wire() -> None:
            now = on_time(self._desk.clock.now())
            over = day_over(row.sender, place, self._desk.policies(), now)
            verdict = await self._desk.ledger.mark_wire(
                touch.id, row.fence, now, lambda facts: self._judge(touch, facts, now) or over
            )
            if verdict is not None:
                raise Blocked(verdict.why, code=verdict.code, until=verdict.until)

        try:
            async with beating():
                receipt = await self._desk.carriers[touch.channel].send(message, at_the_wire)
        except Blocked as blocked:
            if blocked.until is not None:  # let go of it: the next try comes sooner than this one's lease runs out
                await self._settle(row, TouchState.INTENT, code=blocked.code, reason=blocked.reason)
            return await self._refuse(touch, Verdict(Refusal(blocked.code), blocked.reason, blocked.until))
        except LeaseLost as lost:
            raise ApplicationError(str(lost), type="LeaseLost") from lost
        except Refused as refused:
            return await self._refused(touch, row, refused)
        except Unavailable as away:
            return await self._put_off(touch, row, away)
        except Uncertain as doubt:
            await self._settle(row, TouchState.UNCERTAIN, code="uncertain", reason=str(doubt))
            why = discreet(str(doubt), message.to)
            return TouchAnswer(Answer.UNKNOWN, self._desk.clock.now(), "uncertain", why, sender=row.sender)
        await self._settle(row, TouchState.SENT, receipt=receipt.id, reason=receipt.answer)
        return TouchAnswer(Answer.SENT, self._desk.clock.now(), sender=row.sender)

    async def _refused(self, touch: Touch, row: LedgerRow, refused: Refused) -> TouchAnswer:
        """A definite no: whose fact it is decides whether we close the person's channel or wait for our sender."""
        why = discreet(str(refused), row.to)
        now = self._desk.clock.now()
        if await self._is_ours(row, refused, why, now):
            await self._settle(row, TouchState.INTENT, code=refused.code, reason=str(refused))
            return self._not_yet(Refusal.SENDER_TROUBLE, why, free_again(refused.code, now) or now + SENDER_TROUBLE)
        if refused.blame in (Blame.RECIPIENT, Blame.OPT_OUT):
            # First the fact, which also ends the touch: a worker that dies in between must not lose a suppression.
            await self._tell(words.told_by_provider(touch, refused, now))
        await self._settle(row, TouchState.REFUSED, code=refused.code, reason=str(refused))
        return TouchAnswer(Answer.NEVER, now, str(refused.blame), why, sender=row.sender)

    async def _is_ours(self, row: LedgerRow, refused: Refused, why: str, now: datetime) -> bool:
        """Hold still whatever of ours was refused; return whether the touch may be tried again when it is mended."""
        if refused.blame is not Blame.SENDER:
            return False
        for key in switches_of(refused.halts):
            activity.logger.error("%s is halted: %s", key, why)
            if self._desk.halt is not None:
                await self._desk.halt(key, f"{refused.code}: {why}")
        return await self._desk.senders.trouble(row.sender, row.touch.id, refused.code, now) and not refused.drops

    async def _put_off(self, touch: Touch, row: LedgerRow, away: Unavailable) -> TouchAnswer:
        """A definite "later": soon, by ApplicationError, or planned anew; after too long the touch has expired."""
        now, why = self._desk.clock.now(), discreet(str(away), row.to)
        if words.has_expired(row, away, now):
            await self._tell(words.expired(touch, away, now))
            await self._settle(row, TouchState.REFUSED, code="expired", reason=str(away))
            return TouchAnswer(Answer.NEVER, now, "expired", why, sender=row.sender)
        await self._settle(row, TouchState.INTENT, code=away.code, reason=str(away))
        if (later := words.planned_anew(away, activity.info().attempt)) is not None:
            return self._not_yet(Refusal.PROVIDER_BUSY, why, now + later)
        wait = timedelta(seconds=away.retry_after) if away.retry_after else None
        raise ApplicationError(why, type="Unavailable", next_retry_delay=wait) from None  # the cause holds addresses

    async def _tell(self, event: Event) -> None:
        """Store what the provider knows of the person, then tell the lead; the relay repeats what could not be told."""
        stored = await written(lambda: self._desk.inbox.record(event))
        if stored is None:
            return
        try:
            await self._desk.tell(stored, "")
        except Exception:  # noqa: BLE001 -- it is stored: the relay tells it again, and this touch is settled already
            activity.logger.warning("event %s is stored and waits for the relay", stored.id, exc_info=True)
        else:
            await self._desk.inbox.told([stored.id], self._desk.clock.now())

    def _judge(self, touch: Touch, facts: GateFacts, now: datetime) -> Verdict | None:
        return gate(touch, facts, self._desk.policies(), now)

    async def _refuse(self, touch: Touch, verdict: Verdict) -> TouchAnswer:
        if verdict.until is not None:
            return self._not_yet(verdict.code, verdict.why, verdict.until)
        return await self._withhold(touch, verdict.code, verdict.why)

    async def _withhold(self, touch: Touch, code: Refusal, why: str) -> TouchAnswer:
        now = self._desk.clock.now()
        await self._desk.senders.release(touch.id)
        if touch.again and (row := await self._desk.ledger.find(touch.id)):
            await stays_uncertain(self._desk.ledger, row, now, why)
            return TouchAnswer(Answer.NEVER, now, code, why)
        await self._desk.ledger.withhold(touch, TouchState.SUPPRESSED, now, code=code, reason=why)
        return TouchAnswer(Answer.NEVER, now, code, why)

    def _not_yet(self, code: Refusal, why: str, until: datetime) -> TouchAnswer:
        return TouchAnswer(Answer.NOT_YET, self._desk.clock.now(), code, why, until)

    async def _as_of_now(self, touch: Touch, contact: Contact, message: Message) -> Message:
        """Return the message with what the moment decides: until when it may arrive, and if WhatsApp takes words."""
        now = self._desk.clock.now()
        message = dying_within(message, seconds_left(touch, contact, self._desk.policies(), now))
        if not isinstance(message, WhatsApp):
            return message
        return replace(message, session=is_open(await self._desk.inbox.of_lead(touch.lead), now))

    async def _settle(
        self, row: LedgerRow, state: TouchState, *, receipt: str = "", code: str = "", reason: str = ""
    ) -> None:
        now, settle = self._desk.clock.now(), self._desk.ledger.settle
        await written(lambda: settle(row.touch.id, row.fence, state, now, receipt=receipt, code=code, reason=reason))
