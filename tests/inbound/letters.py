"""Mails of these tests, written for them: people on reserved domains, machines as real ones talk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from nurture.domain.lead import Channel
from nurture.domain.tokens import sign_address
from nurture.domain.touch import LedgerRow, Touch, TouchState, touch_ref
from nurture.inbound.mail import parse_mail

SECRET = b"a secret of these tests"
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 4)
TOUCH = Touch("ada/trial.1/welcome.1/email", "ada", "trial", "v1", "welcome", Channel.EMAIL, "welcome")
REF = touch_ref(TOUCH.id)
REPLY_TO = f"r+{sign_address(SECRET, 'reply', REF)}@mail.example.com"
BOUNCE_TO = f"b+{sign_address(SECRET, 'verp', REF)}@mail.example.com"
OUR_ID = "<mfzwi2ltmvxgi@mail.example.com>"
ROW = LedgerRow(
    touch=TOUCH,
    ref=REF,
    state=TouchState.SENT,
    fence=1,
    message_id=OUR_ID,
    body_hash="",
    sender="mia@mail.example.com",
    to="ada.keller@example.com",
)


class Heard:
    """The part of an inbox that remembers which facts were heard, and a clock that stands."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def told(self, ids: Sequence[str], _at: datetime) -> None:
        """Note the facts by their ids."""
        self.heard += ids

    def now(self) -> datetime:
        """Return the one moment there is."""
        return NOW


def mail(body: str, **headers: str) -> bytes:
    """A mail from Ada to our reply address; headers by name with _ for -, "" leaves one out."""
    head = {
        "From": "Ada Keller <ada.keller@example.com>",
        "To": REPLY_TO,
        "Subject": "Re: Your workspace is ready",
        "Message-ID": "<answer-1@example.com>",
        "In-Reply-To": OUR_ID,
        "Content-Type": "text/plain; charset=utf-8",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\n" for name, value in head.items() if value)
    return f"{lines}\n{body}".replace("\n", "\r\n").encode()


def bounced(body: str, **headers: str) -> bytes:
    """A mail from a mail system to our bounce address."""
    machine = {
        "From": "Mail Delivery System <MAILER-DAEMON@mx.example.net>",
        "To": BOUNCE_TO,
        "Subject": "Undelivered Mail Returned to Sender",
        "Message_ID": "<bounce-1@mx.example.net>",
        "In_Reply_To": "",
    }
    return mail(body, **{**machine, **headers})


def dsn(*recipients: str, human: str = "I could not deliver your mail.", original: str = OUR_ID) -> bytes:
    """A delivery status notification; each recipient is its block of fields."""
    blocks = "\n".join(f"{block.strip()}\n" for block in recipients)
    body = f"""--part
Content-Type: text/plain

{human}

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

{blocks}
--part
Content-Type: message/rfc822

From: Mia Brandt <mia@mail.example.com>
To: ada.keller@example.com
Message-ID: {original}
Subject: Your workspace is ready

Hello Ada
--part--
"""
    return bounced(body, Content_Type='multipart/report; report-type=delivery-status; boundary="part"')


def failed(
    address: str = "ada.keller@example.com", status: str = "5.1.1", said: str = "", action: str = "failed"
) -> str:
    """The fields of one recipient."""
    diagnostic = f"Diagnostic-Code: smtp; {said}\n" if said else ""
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n{diagnostic}"


def feedback(kind: str = "abuse", to: str = BOUNCE_TO) -> bytes:
    """An abuse report as mailbox providers send it."""
    body = f"""--part
Content-Type: text/plain

This is an abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: ExampleReports/1.0
Version: 1
Original-Mail-From: <{to}>
Original-Rcpt-To: <ada.keller@example.com>

--part
Content-Type: message/rfc822

From: Mia Brandt <mia@mail.example.com>
To: ada.keller@example.com
Message-ID: {OUR_ID}

Hello Ada
--part--
"""
    kind_of = 'multipart/report; report-type=feedback-report; boundary="part"'
    return bounced(
        body, From="abuse@example.net", To="fbl@mail.example.com", Subject="Abuse report", Content_Type=kind_of
    )


def read(raw: bytes):
    """Parse on the day of these tests."""
    return parse_mail(raw, today=TODAY)
