"""The mail room: what comes in by mail is read, matched to a touch, stored, and then told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from nurture.domain.events import Event
from nurture.domain.ports import Clock, Inbox, Leads, Ledger
from nurture.domain.touch import LedgerRow
from nurture.inbound.facts import facts_of, message_ids_in, touch_ref_in
from nurture.inbound.mail import parse_mail
from nurture.inbound.parsed import ParsedMail


class MailRoom:
    """Takes raw mail. `tell` tells a stored fact, as a `Teller` does: the mail must not come twice for it."""

    def __init__(
        self,
        ledger: Ledger,
        inbox: Inbox,
        leads: Leads,
        clock: Clock,
        secret: bytes,
        tell: Callable[[Event, str], Awaitable[bool]],
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
                await self._tell(stored, "")

    async def _row(self, mail: ParsedMail) -> LedgerRow | None:
        ref = touch_ref_in(mail, self._secret)
        row = await self._ledger.find_by_ref(ref) if ref else None
        for message_id in message_ids_in(mail):
            row = row or await self._ledger.find_by_message(message_id)
        return row

    async def _lead(self, mail: ParsedMail) -> str:
        found = await self._leads.find_by_address(email=mail.letter.sender) if mail.letter.sender else None
        return found.id if found else ""
