"""Made-up prospects: each reacts to what really arrives, by the habits of its persona, through the real doors."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.personas import Deed, Persona, deeds_after
from nurture.domain.ports import Clock
from nurture.domain.touch import Touch
from nurture.local import letters
from nurture.local.alarm import Alarm
from nurture.local.mail_catcher import Mail
from nurture.local.twilio_stand_in import Text, TwilioStandIn
from nurture.local.ways_in import GATEWAY, WaysIn

logger = logging.getLogger(__name__)

EVENT_FACTS: Mapping[str, Mapping[str, str]] = {"used_feature": {"name": "import"}}
"""What comes along with a product event of a persona."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """One made-up person: our id for it, its addresses, its persona and its language."""

    lead: str
    persona: Persona
    email: str = ""
    phone: str = ""
    language: str = "en"


class People:
    """Everybody who can be reached. `mail` and `text` hear what arrived; everything else follows by itself."""

    def __init__(self, clock: Clock, alarm: Alarm, doors: WaysIn, twilio: TwilioStandIn, seed: int) -> None:
        self._clock, self._alarm, self._doors, self._twilio, self._seed = clock, alarm, doors, twilio, seed
        self._by_address: dict[str, Prospect] = {}
        self._texts: Counter[str] = Counter()
        self.deeds: Counter[str] = Counter()

    def know(self, prospect: Prospect) -> None:
        """Let a person exist: from now on what arrives at its addresses is read."""
        self._by_address |= {address: prospect for address in (prospect.email, prospect.phone) if address}

    def mail(self, mail: Mail) -> None:
        """A mail arrived. Mail for nobody we know is left lying."""
        prospect = self._by_address.get(mail.to)
        if prospect is None:
            return
        links = [link for link in mail.links if "/c/" in link]
        for number, deed in enumerate(self._deeds(prospect, Channel.EMAIL, mail.message_id, links)):
            self._alarm.at(deed.at, self._answer_mail(prospect, mail, deed, number))

    def text(self, text: Text) -> None:
        """A text or WhatsApp message arrived."""
        number = text.to.removeprefix("whatsapp:")
        prospect = self._by_address.get(number)
        if prospect is None:
            return
        channel = Channel.WHATSAPP if number != text.to else Channel.SMS
        self._texts[text.to] += 1
        links = [word for word in text.body.split() if "/c/" in word]
        key = f"{text.to}#{self._texts[text.to]}"
        for place, deed in enumerate(self._deeds(prospect, channel, key, links)):
            self._alarm.at(deed.at, self._answer_text(prospect, text, deed, f"{key}.{place}"))

    def _deeds(self, prospect: Prospect, channel: Channel, key: str, links: list[str]) -> list[Deed]:
        """Return what the person will do; `key` is the message, `links` its tracked addresses."""
        touch = Touch(key, prospect.lead, "", "", "", channel, "")
        return list(deeds_after(prospect.persona, touch, self._clock.now(), self._seed, links))

    async def _answer_mail(self, prospect: Prospect, mail: Mail, deed: Deed, number: int) -> None:
        self.deeds[str(deed.kind)] += 1
        now = datetime.now(UTC)
        match deed.kind:
            case EventKind.OPENED:
                for pixel in (link for link in mail.links if "/o/" in link):
                    await self._doors.look_at(pixel)
            case EventKind.CLICKED:
                agent = {"agent": GATEWAY} if prospect.persona.machine else {}
                await self._doors.look_at(str(deed.details["link"]), **agent)
            case EventKind.REPLIED:
                words = letters.words_for(str(deed.details["intent"]), prospect.language)
                await self._doors.send(prospect.email, letters.answer_address(mail), letters.reply(mail, words, now))
            case EventKind.AUTO_REPLIED:
                note = letters.absence_note(mail, str(deed.details["returns_on"]), now)
                await self._doors.send("", mail.envelope_from, note)
            case EventKind.BOUNCED:
                await self._doors.send("", mail.envelope_from, letters.bounce(mail, now))
            case EventKind.COMPLAINED:
                report = letters.complaint(mail, now)
                await self._doors.send("feedback@provider.example.com", mail.envelope_from, report)
            case EventKind.OPTED_OUT:
                await self._doors.one_click(mail.headers["list-unsubscribe"].strip("<>"))
            case EventKind.HAPPENED:
                await self._happen(prospect, deed.name, f"{mail.message_id.strip('<>')}.{number}")

    async def _answer_text(self, prospect: Prospect, text: Text, deed: Deed, key: str) -> None:
        match deed.kind:
            case EventKind.CLICKED:
                await self._doors.look_at(str(deed.details["link"]))
            case EventKind.REPLIED:
                await self._twilio.answer(text, letters.words_for(str(deed.details["intent"]), prospect.language))
            case EventKind.OPTED_OUT:
                await self._twilio.answer(text, "STOP")
            case EventKind.HAPPENED:
                await self._happen(prospect, deed.name, key)
            case _:
                return  # a phone shows us no opens, and Twilio itself reports what did not arrive
        self.deeds[str(deed.kind)] += 1

    async def _happen(self, prospect: Prospect, name: str, key: str) -> None:
        await self._doors.tell(f"{key}.{name}", prospect.lead, name, EVENT_FACTS.get(name, {}))
