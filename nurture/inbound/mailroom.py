"""The mail room: what comes in by mail is read, matched to a touch, stored, and then told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from nurture.domain.events import Event
from nurture.domain.ports import Clock, Inbox, Leads, Ledger
from nurture.domain.touch import LedgerRow
from nurture.inbound.facts import facts_of, message_ids_in, touch_ref_in
from nurture.inbound.mail import parse_mail
from nurture.inbound.parsed import ParsedMail

TELL_PATIENCE = 0.8
"""Seconds of the wall clock a door waits for the workflow to hear; Twilio wants its answer within one (T11)."""
_log = logging.getLogger(__name__)


class MailRoom:
    """Takes raw mail. `tell` delivers a stored fact to its workflow; when it cannot, the relay will."""

    def __init__(
        self,
        ledger: Ledger,
        inbox: Inbox,
        leads: Leads,
        clock: Clock,
        secret: bytes,
        tell: Callable[[Event, str], Awaitable[None]],
    ) -> None:
        self._ledger, self._inbox, self._leads, self._clock = ledger, inbox, leads, clock
        self._secret, self._tell = secret, tell

    async def receive(self, envelope_from: str, recipients: Sequence[str], raw: bytes) -> None:
        """Store every fact of one mail. Raises when the store cannot take it, so that the sender tries again."""
        mail = parse_mail(raw, today=self._clock.now().date(), envelope_from=envelope_from, recipients=recipients)
        row = await self._row(mail)
        lead = "" if row else await self._lead(mail)
        for event in facts_of(mail, row, self._clock.now(), lead=lead):
            stored = await self._inbox.record(event)
            if stored is not None:
                await self._pass_on(stored)

    async def _pass_on(self, event: Event) -> None:
        try:
            async with asyncio.timeout(TELL_PATIENCE):
                await self._tell(event, "")
        except Exception:  # noqa: BLE001 -- it is stored, so the relay tells it again; the mail must not come twice
            _log.warning("event %s is stored and waits for the relay", event.id, exc_info=True)
        else:
            await self._inbox.told([event.id], self._clock.now())

    async def _row(self, mail: ParsedMail) -> LedgerRow | None:
        ref = touch_ref_in(mail, self._secret)
        row = await self._ledger.find_by_ref(ref) if ref else None
        for message_id in message_ids_in(mail):
            row = row or await self._ledger.find_by_message(message_id)
        return row

    async def _lead(self, mail: ParsedMail) -> str:
        found = await self._leads.find_by_address(email=mail.letter.sender) if mail.letter.sender else None
        return found.id if found else ""
