"""Every way out, opened from the settings: the relay with its signature, and the Twilio account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from nurture.channels.email import EmailCarrier
from nurture.channels.signing import DkimSigner
from nurture.channels.sms import SmsCarrier
from nurture.channels.smtp_lines import Relay as SmtpRelay
from nurture.channels.twilio_account import TwilioAccount
from nurture.channels.whatsapp import WhatsAppCarrier
from nurture.domain.lead import Channel
from nurture.domain.ports import Carrier, Clock
from nurture.settings import Settings


@asynccontextmanager
async def open_carriers(settings: Settings, clock: Clock) -> AsyncIterator[Mapping[Channel, Carrier]]:
    """Open every way out that the settings allow; a channel without settings is missing, and its touches say so."""
    async with AsyncExitStack() as stack:
        email = EmailCarrier(relay_of(settings), clock, signer_of(settings))
        stack.push_async_callback(email.close)
        carriers: dict[Channel, Carrier] = {Channel.EMAIL: email}
        if settings.twilio_account_sid and settings.twilio_auth_token:
            token = settings.twilio_auth_token.get_secret_value()
            account = TwilioAccount(settings.twilio_account_sid, token, base_url=settings.twilio_base_url)
            stack.push_async_callback(account.close)
            carriers |= {Channel.SMS: SmsCarrier(account), Channel.WHATSAPP: WhatsAppCarrier(account)}
        yield carriers


def relay_of(settings: Settings) -> SmtpRelay:
    """Return the relay mails leave by. Raises Misconfigured for a TLS mode that cannot be."""
    password = settings.smtp_password
    return SmtpRelay(
        settings.smtp_host,
        settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else "",
        our_name=settings.mail_domain,
        dot_timeout=settings.smtp_dot_timeout,
    )


def signer_of(settings: Settings) -> DkimSigner | None:
    """Return what signs our mails, None when the relay does. Raises Misconfigured for a key that cannot sign."""
    key = settings.dkim_key.get_secret_value() if settings.dkim_key else ""
    return DkimSigner(key, settings.dkim_selector) if key else None
