"""WhatsApp messages over Twilio: an approved template, or plain words inside the 24 hours after the person wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from nurture.channels.sms import common_fields, sender_fields
from nurture.channels.twilio_account import TwilioAccount
from nurture.domain.errors import Blame, Invalid, Refused
from nurture.domain.lead import Channel
from nurture.domain.messages import Message, Receipt, WhatsApp
from nurture.domain.ports import AtTheWire

SESSION_CLOSED = "63016"
"""Twilio's code for free text outside the 24 hours, and ours when we know it before."""


class WhatsAppCarrier:
    """Carries WhatsApp messages. Numbers are E.164; the `whatsapp:` prefix is put on here."""

    channel = Channel.WHATSAPP

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account

    async def send(self, message: Message, at_the_wire: AtTheWire) -> Receipt:
        """Send one message; see `Carrier.send`. A template goes without Body (rule T8: it would fail with 63016).

        When a session that we took for open turns out to be closed, nothing was accepted: the template goes, once.
        """
        if not isinstance(message, WhatsApp):
            raise Invalid(f"The WhatsApp channel cannot carry a message for {message.channel}")
        fields = _fields(message)
        await at_the_wire()
        try:
            return await self._account.create(fields)
        except Refused as refused:
            if refused.code != SESSION_CLOSED or "body" not in fields or not message.content_sid:
                raise
        return await self._account.create(_fields(replace(message, session=False)))

    async def look_up(self, message: Message, since: datetime) -> Receipt | None:
        """Ask Twilio for this message among those taken since `since` (wall clock, UTC); None when it is not there."""
        if not isinstance(message, WhatsApp):
            raise Invalid(f"The WhatsApp channel cannot look up a message for {message.channel}")
        sender, words = address(message.sender), _content(message).get("body", "")
        return await self._account.find(to=address(message.to), sender=sender, body=words, since=since)


def address(number: str) -> str:
    """Return the number as Twilio's WhatsApp address; a messaging service (`MG…`) stays as it is."""
    return number if number.startswith(("whatsapp:", "MG")) else f"whatsapp:{number}"


def _fields(message: WhatsApp) -> dict[str, Any]:
    return {
        "to": address(message.to),
        **sender_fields(address(message.sender)),
        **_content(message),
        **common_fields(message.validity, message.status_callback),
    }


def _content(message: WhatsApp) -> dict[str, str]:
    if message.content_sid and not (message.session and message.body):
        return {
            "content_sid": message.content_sid,
            "content_variables": json.dumps(dict(message.variables), ensure_ascii=False, sort_keys=True),
        }
    if not message.body:
        raise Refused("The WhatsApp message has neither a template nor words", blame=Blame.CONTENT, code="empty")
    if not message.session:
        why = "The person wrote more than 24 hours ago, and there is no template"
        raise Refused(why, blame=Blame.CONTENT, code=SESSION_CLOSED, remedy="Give the message a template")
    return {"body": message.body}
