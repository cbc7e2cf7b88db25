"""What a person's text says about them, whether a webhook brought it or the reconciler fetched it later."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from nurture.domain.errors import Invalid
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Contact
from nurture.domain.ports import Clock, Inbox, Leads, Ledger
from nurture.domain.touch import ON_THE_WIRE, LedgerRow
from nurture.inbound.twilio import IncomingText, read_text, text_facts

logger = logging.getLogger(__name__)
SENT_AT = "DateSent"
"""The field of a fetched form that says when it was sent (our time, ISO); a webhook's has none."""


@dataclass(frozen=True, slots=True)
class TextRoom:
    """Reads texts into facts. `tell` tells a stored fact, as a `Teller` does."""

    ledger: Ledger
    inbox: Inbox
    leads: Leads
    clock: Clock
    tell: Callable[[Event, str], Awaitable[bool]]

    async def facts_of(self, said: IncomingText) -> list[Event]:
        """Return what a text says; nothing for a number that is no lead's."""
        person = await self.leads.find_by_address(phone=said.sender)
        if person is None:
            logger.warning("a %s came from a number that is no lead's", said.channel)
            return []
        return await self._facts(said, person)

    async def recover(self, form: Mapping[str, str]) -> int:
        """Store and tell a text that no webhook brought; return how many facts were new. A known text has no effect.

        A yes that is older than the person's last no does not undo it.
        """
        try:
            said = read_text(form)
        except Invalid as odd:
            logger.warning("a fetched text could not be read: %s", odd)
            return 0
        person = await self.leads.find_by_address(phone=said.sender)
        known = await self.inbox.of_lead(person.id) if person else ()
        if person is None or any(fact.id.startswith(f"twilio-{said.sid}-") for fact in known):
            return 0
        sent_at = datetime.fromisoformat(form[SENT_AT]) if SENT_AT in form else self.clock.now()
        refused = any(fact.kind is EventKind.OPTED_OUT and fact.at > sent_at for fact in known)
        facts = [f for f in await self._facts(said, person) if not (refused and f.kind is EventKind.OPTED_IN)]
        return sum([await self._take(fact) for fact in facts])

    async def _take(self, fact: Event) -> bool:
        stored = await self.inbox.record(fact)
        if stored is not None:
            await self.tell(stored, "")
        return stored is not None

    async def _facts(self, said: IncomingText, person: Contact) -> list[Event]:
        silences = await self.leads.suppressions(person.id)
        opted_out = any(no.why == EventKind.OPTED_OUT and no.channel in (None, said.channel) for no in silences)
        row = await self._last_touch(person.id, said.channel)
        return text_facts(said, person.id, row, self.clock.now(), opted_out=opted_out)

    async def _last_touch(self, lead: str, channel: Channel) -> LedgerRow | None:
        rows = await self.ledger.rows(lead=lead, states=tuple(ON_THE_WIRE))
        ours = [row for row in rows if row.touch.channel == channel and row.wire_at]
        return max(ours, key=lambda row: row.wire_at or datetime.min.replace(tzinfo=UTC), default=None)
