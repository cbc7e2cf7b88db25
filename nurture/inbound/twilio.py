"""Reads what Twilio posts to our webhooks: a person's message, and the fate of one of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nurture.domain.blame_twilio import meaning_of
from nurture.domain.errors import Blame, Invalid
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel, Scalar
from nurture.domain.replies import Intent, intent_of, is_help_word, is_opt_in, is_opt_out_word
from nurture.domain.touch import LedgerRow, TouchState

_ALWAYS_OPT_IN = frozenset({"start", "unstop"})
_RANK: Mapping[str, int] = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "partially_delivered": 5,
    "delivered": 6,
    "read": 7,
    "canceled": 8,
    "undelivered": 8,
    "failed": 8,
}
_INCOMING = frozenset({"receiving", "received"})
"""Statuses of messages that come to us: known, and nothing to do with a touch."""


@dataclass(frozen=True, slots=True)
class IncomingText:
    """A message a person sent. Numbers are E.164; `opt_out_type` is set when Twilio has already answered it itself."""

    sid: str
    channel: Channel
    sender: str
    recipient: str
    body: str
    opt_out_type: str = ""

    @property
    def word(self) -> str:
        """The message as one keyword: lower-case letters only (rule T1: case, space and punctuation do not count)."""
        return "".join(letter for letter in self.body.lower() if letter.isalpha())


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one of our messages. `rank` orders statuses: a later post with a lower rank changes nothing."""

    sid: str
    status: str
    channel: Channel
    error: int = 0

    @property
    def rank(self) -> int:
        """The place of the status in a message's life; 0 for one that is not about our sending."""
        return _RANK.get(self.status, 0)

    @property
    def state(self) -> TouchState | None:
        """The ledger state this status proves, or None while it proves none."""
        if self.status in ("delivered", "read"):
            return TouchState.DELIVERED
        if self.status in ("failed", "undelivered", "canceled"):
            return TouchState.REFUSED
        return TouchState.SENT if self.rank >= _RANK["queued"] else None


def read_text(form: Mapping[str, str]) -> IncomingText:
    """Return the person's message in an inbound form. Raises Invalid when it has no SID or sender."""
    sid, sender = form.get("MessageSid") or form.get("SmsSid", ""), form.get("From", "")
    if not sid or not sender:
        raise Invalid("the form has no MessageSid or From")
    pressed = form.get("ButtonPayload") or form.get("ButtonText", "")
    return IncomingText(
        sid=sid,
        channel=_channel(sender),
        sender=_number(sender),
        recipient=_number(form.get("To", "")),
        body=form.get("Body", "") or pressed,
        opt_out_type=form.get("OptOutType", ""),
    )


def text_facts(
    text: IncomingText, lead: str, row: LedgerRow | None, now: datetime, *, opted_out: bool = False
) -> list[Event]:
    """Return what a person's message says. `row` is our last touch on that channel, None when there is none.

    A no, in Twilio's words or in the person's own, opts out of every channel (rules T2, L5). START and UNSTOP opt in
    again; YES only while `opted_out`, because else it answers a question of ours (rule T5). HELP says nothing about
    interest. Anything else is a reply with its intent.
    """
    kind = text.opt_out_type.upper()
    if kind == "STOP" or is_opt_out_word(text.body):
        return [
            _said(text, EventKind.OPTED_OUT, lead, row, now, {"channel": "", "scope": "marketing", "how": _how(text)})
        ]
    if kind == "START" or text.word in _ALWAYS_OPT_IN or (opted_out and is_opt_in(text.body)):
        # The store lifts a no only for the person's own word, and knows it by the plain name of the channel.
        details: dict[str, Scalar] = {"channel": str(text.channel), "how": str(text.channel), "word": text.word[:20]}
        return [_said(text, EventKind.OPTED_IN, lead, row, now, details)]
    if kind == "HELP" or is_help_word(text.body):
        return []
    intent = intent_of(text.body)
    said = _said(text, EventKind.REPLIED, lead, row, now, {"intent": str(intent), "channel": str(text.channel)})
    if intent is not Intent.OPT_OUT:
        return [said]
    no: dict[str, Scalar] = {"channel": "", "scope": "marketing", "how": _how(text)}
    return [_said(text, EventKind.OPTED_OUT, lead, row, now, no), said]


def read_fate(form: Mapping[str, str]) -> Fate:
    """Return the fate in a status form. Raises Invalid for a form without SID or with a status nobody knows."""
    sid = form.get("MessageSid") or form.get("SmsSid", "")
    status = (form.get("MessageStatus") or form.get("SmsStatus", "")).lower()
    if not sid or status not in _RANK.keys() | _INCOMING:
        raise Invalid(f'the form has no MessageSid, or its status "{status[:30]}" is not one of Twilio\'s')
    code = form.get("ErrorCode", "")
    return Fate(sid, status, _channel(form.get("To", "") or form.get("From", "")), int(code) if code.isdigit() else 0)


def fate_facts(fate: Fate, row: LedgerRow | None, now: datetime) -> list[Event]:
    """Return what the fate of a message says about its lead; nothing for a message that is not ours.

    A failure is read by table T6: only a fact about the number is a hard bounce; "they said stop" is an opt-out; our
    own sender's trouble and a carrier's bad moment leave the person alone (a soft bounce with its blame).
    """
    if row is None or fate.state not in (TouchState.DELIVERED, TouchState.REFUSED) or fate.status == "canceled":
        return []
    if fate.state is TouchState.DELIVERED:
        return [_became(fate, EventKind.DELIVERED, row, now, {"channel": str(fate.channel)})]
    meaning = meaning_of(fate.error)
    blame = meaning.blame if meaning else Blame.TEMPORARY
    if blame is Blame.OPT_OUT:
        no: dict[str, Scalar] = {"channel": str(fate.channel), "scope": "marketing", "how": f"twilio:{fate.error}"}
        return [_became(fate, EventKind.OPTED_OUT, row, now, no)]
    details: dict[str, Scalar] = {
        "hard": blame is Blame.RECIPIENT,
        "channel": str(fate.channel),
        "code": str(fate.error or fate.status),
        "blame": str(blame),
    }
    return [_became(fate, EventKind.BOUNCED, row, now, details)]


def _said(
    text: IncomingText, kind: EventKind, lead: str, row: LedgerRow | None, now: datetime, details: Mapping[str, Scalar]
) -> Event:
    return Event(
        id=f"twilio-{text.sid}-{kind}",
        kind=kind,
        lead=lead,
        at=now,
        touch=row.touch.id if row else "",
        sequence=row.touch.sequence if row else "",
        step=row.touch.step if row else "",
        details=details,
    )


def _became(fate: Fate, kind: EventKind, row: LedgerRow, now: datetime, details: Mapping[str, Scalar]) -> Event:
    touch = row.touch
    return Event(
        id=f"twilio-{fate.sid}-{fate.status}",
        kind=kind,
        lead=touch.lead,
        at=now,
        touch=touch.id,
        sequence=touch.sequence,
        step=touch.step,
        details=details,
    )


def _how(text: IncomingText) -> str:
    return (
        f"{text.channel}:{text.word[:20] or text.opt_out_type.lower()}"
        if len(text.word) <= 20
        else f"{text.channel}:words"
    )


def _channel(address: str) -> Channel:
    return Channel.WHATSAPP if address.startswith("whatsapp:") else Channel.SMS


def _number(address: str) -> str:
    return address.removeprefix("whatsapp:").strip()
