"""The real doors of the web app, knocked at once and not again: what counts is which answer was given when."""

from __future__ import annotations

import secrets
from email.message import EmailMessage
from types import TracebackType
from typing import Self

import aiohttp
import aiosmtplib

from nurture.chaos.cell import Case
from nurture.chaos.ground import Ground
from nurture.domain.touch import TouchState
from nurture.local.mail_catcher import Mail

SILENT = 0
"""The status of a request that got no answer at all."""
_BEHIND_THE_WIRE = (TouchState.WIRE, TouchState.SENT, TouchState.DELIVERED, TouchState.UNCERTAIN, TouchState.REFUSED)
_PATIENCE = aiohttp.ClientTimeout(total=60)


class Doors:
    """Knocks from `async with` to its end; each method returns the HTTP status, `SILENT` for no answer."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._key = {"authorization": f"Bearer {ground.keys.api}"}

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=_PATIENCE)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def one_click(self, mail: Mail, at: str = "") -> int:
        """Unsubscribe as a mail program does (RFC 8058), by the mail's own URL, or `at` another web app."""
        url = mail.headers["list-unsubscribe"].strip("<>")
        url = url.replace(self.ground.settings.public_url, at or self.ground.settings.public_url)
        return await self._status("POST", url, data={"List-Unsubscribe": "One-Click"})

    async def look(self, mail: Mail) -> int:
        """Open the unsubscribe page, as scanners do."""
        return await self._status("GET", mail.headers["list-unsubscribe"].strip("<>"))

    async def text(self, phone: str, body: str) -> int:
        """Answer by a text, or by WhatsApp from `whatsapp:` and the number, as Twilio delivers it: signed."""
        texts, ours = self.ground.texts, "whatsapp:+12015550195" if phone.startswith("whatsapp:") else "+12015550190"
        form = {"MessageSid": f"SM{secrets.token_hex(16)}", "AccountSid": texts.sid, "From": phone}
        form |= {"To": ours, "Body": body, "NumMedia": "0", "ApiVersion": "2010-04-01"}
        return await texts.call(f"{self.ground.settings.public_url}/webhooks/twilio/inbound", form)

    async def reply(self, mail: Mail, words: str) -> int:
        """Answer a mail at the listener; return 250, or the code that refused it."""
        letter = EmailMessage()
        letter["From"], letter["To"] = mail.to, mail.headers["reply-to"]
        letter["Subject"] = f"Re: {mail.subject}"
        letter["Message-ID"] = f"<{secrets.token_hex(8)}@example.com>"
        letter["In-Reply-To"] = mail.message_id
        letter.set_content(words)
        relay = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=self.ground.settings.inbound_smtp_port, use_tls=False, start_tls=False
        )
        try:
            async with relay as smtp:
                await smtp.sendmail(mail.to, [mail.headers["reply-to"]], letter.as_bytes())
        except aiosmtplib.SMTPResponseException as refusal:
            return refusal.code
        except (aiosmtplib.SMTPException, OSError):
            return SILENT
        return 250

    async def raw_mail(self, raw: bytes, sender: str, to: str) -> int:
        """Hand over a mail by HTTP, as a relay does that has taken it in for us."""
        url = f"{self.ground.settings.public_url}/webhooks/email/inbound"
        return await self._status("POST", url, params={"from": sender, "to": to}, data=raw, headers=self._key)

    async def happened(self, lead: str, id_: str, name: str) -> int:
        """Tell what somebody did, as their product does, with an id of its own."""
        said = {"id": id_, "lead": lead, "name": name}
        return await self._status(
            "POST", f"{self.ground.settings.public_url}/api/v1/events", json=said, headers=self._key
        )

    async def moves(self, email: str, timezone: str) -> int:
        """Tell that somebody lives elsewhere now, as a CRM does."""
        said = {"email": email, "timezone": timezone}
        return await self._status(
            "POST", f"{self.ground.settings.public_url}/api/v1/leads", json=said, headers=self._key
        )

    async def _status(self, method: str, url: str, **more: object) -> int:
        try:
            async with self._http.request(method, url, allow_redirects=False, **more) as answer:  # type: ignore[arg-type]
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return SILENT


async def stop_by_mail(doors: Doors, case: Case, mail: Mail) -> None:
    """Unsubscribe, and note what was on the wire when it was acknowledged; a refusal is a broken promise."""
    lead = next(lead for lead, email in case.crowd.emails.items() if email == mail.to)
    status = await doors.one_click(mail)
    case.demand(status == 200, f"a one-click unsubscribe was answered with {status}")
    if status == 200:
        await acknowledged(doors.ground, case, lead)


async def acknowledged(ground: Ground, case: Case, lead: str) -> None:
    """Note that the stop of `lead` is acknowledged now, and which of its touches are behind the wire mark already."""
    case.stopped[lead] = ground.house.clock.now()
    rows = await ground.house.store.ledger.rows(lead=lead, states=_BEHIND_THE_WIRE)
    case.wired_at_stop[lead] = frozenset(row.touch.id for row in rows)
