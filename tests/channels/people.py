"""The people and messages of these tests: real-sounding names on reserved domains and numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from nurture.domain.errors import Blocked
from nurture.domain.messages import Email, Sms, WhatsApp

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

MAIL = Email(
    to="ada.keller@example.com",
    sender="mia@mail.example.com",
    sender_name="Mia Brandt",
    subject="Your workspace is ready",
    text="Hello Ada,\n\nyour workspace is ready.\n.\nMia",
    html="<p>Hello Ada,</p>\n<p>your workspace is ready.</p>",
    message_id="<mfzwi2ltmvxgi@mail.example.com>",
    envelope_from="b+token@mail.example.com",
    reply_to="r+token@mail.example.com",
    headers={
        "List-Unsubscribe": "<https://go.example.com/u/abc>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
)
TEXT = Sms(
    to="+12015550123",
    sender="+12015550100",
    body="Hi Ada, Mia here. Shall we talk on Thursday? Reply STOP to opt out",
    status_callback="https://go.example.com/webhooks/twilio/status",
)
CHAT = WhatsApp(
    to="+12015550123", sender="+12015550100", content_sid="HX" + "ab" * 16, variables={"1": "Ada", "2": "Grüße"}
)


class Noon:
    """A clock that stands at noon."""

    def now(self) -> datetime:
        return NOON


class Wire:
    """The last gate: counts how often it was asked, and can say no."""

    def __init__(self, says: Exception | None = None) -> None:
        self.asked, self.says = 0, says
        self.before: list[int] = []

    async def __call__(self) -> None:
        self.asked += 1
        if self.says is not None:
            raise self.says


def blocked() -> Blocked:
    return Blocked("She replied a second ago", code="unheard")


def mail_to(name: str) -> Email:
    return replace(MAIL, to=f"{name}@example.com", message_id=f"<{name}@mail.example.com>")
