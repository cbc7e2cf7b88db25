"""Text messages over Twilio."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nurture.channels.twilio_account import TwilioAccount
from nurture.domain.errors import Invalid
from nurture.domain.lead import Channel
from nurture.domain.messages import Message, Receipt, Sms
from nurture.domain.ports import AtTheWire

LONGEST_VALIDITY = 36_000
"""Seconds; Twilio takes 1 to 36,000 as a ValidityPeriod (rule T13)."""


class SmsCarrier:
    """Carries texts. The sender is a number in E.164 form or a messaging service (`MG…`)."""

    channel = Channel.SMS

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account

    async def send(self, message: Message, at_the_wire: AtTheWire) -> Receipt:
        """Send one text; see `Carrier.send`. The receipt's id is the message SID."""
        if not isinstance(message, Sms):
            raise Invalid(f"The SMS channel cannot carry a message for {message.channel}")
        fields: dict[str, Any] = {
            "to": message.to,
            "body": message.body,
            **sender_fields(message.sender),
            **common_fields(message.validity, message.status_callback),
        }
        await at_the_wire()
        return await self._account.create(fields)

    async def look_up(self, message: Message, since: datetime) -> Receipt | None:
        """Ask Twilio for this text among those taken since `since` (wall clock, UTC); None when it is not there."""
        if not isinstance(message, Sms):
            raise Invalid(f"The SMS channel cannot look up a message for {message.channel}")
        return await self._account.find(to=message.to, sender=message.sender, body=message.body, since=since)

    async def received(self, since: datetime) -> list[dict[str, str]]:
        """Return what people sent to our numbers since `since` (wall clock, UTC), oldest first. Raises Unavailable."""
        return await self._account.received(since)


def sender_fields(sender: str) -> dict[str, str]:
    """Return the field that names the sender: a messaging service by its SID, else a number."""
    return {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}


def common_fields(validity: int, status_callback: str) -> dict[str, Any]:
    """Return how long the message may wait (seconds, kept within Twilio's bounds) and where to tell its fate."""
    fields: dict[str, Any] = {"validity_period": max(1, min(validity, LONGEST_VALIDITY))}
    return {**fields, "status_callback": status_callback} if status_callback else fields
