"""The preference page's choices: what is shown to a person, and the facts that a filled-in form says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.datastructures import FormData

from nurture.domain.consent import Basis, Consent
from nurture.domain.events import Event, EventKind
from nurture.domain.gates import GateFacts, why_unreachable
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.preferences import BREAKS, PACES, Preferences
from nurture.domain.touch import LedgerRow
from nurture.web.facts import House

CALLED: Mapping[Channel, str] = {
    Channel.EMAIL: "E-mails",
    Channel.SMS: "Text messages",
    Channel.WHATSAPP: "WhatsApp messages",
    Channel.CALL: "Calls",
}
MEANS = "Switching one on means: yes, use it for marketing. You can switch it off here at any time."
"""What the page says beside the channels; with the channel's name it is the wording that a receipt keeps."""
_MINE = (Purpose.MARKETING, Purpose.SALES)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the page shows: `topics` as (id, title, wanted), `channels` as (id, name, open), and the rest as stored."""

    topics: Sequence[tuple[str, str, bool]]
    channels: Sequence[tuple[str, str, bool]]
    stored: Preferences
    paused: bool
    paces: Sequence[str] = tuple(PACES)
    breaks: Sequence[int] = BREAKS
    means: str = MEANS


async def choices_of(home: House, lead: str) -> Choices | None:
    """Return what the person can choose, as it stands now; None when we know nothing of them any more."""
    doors = home.doors
    contact = await doors.leads.find(lead)
    if contact is None:
        return None
    facts = GateFacts(contact, await doors.leads.consents(lead), await doors.leads.suppressions(lead))
    stored, now = await doors.leads.preferences(lead), doors.clock.now()
    return Choices(
        topics=[(name, title, name not in stored.topics_off) for name, title in doors.policies.consent.topics.items()],
        channels=[(str(c), CALLED[c], _is_open(home, facts, c, now)) for c in CALLED if _reaches(contact, c)],
        stored=stored,
        paused=stored.paused_until is not None and now < stored.paused_until,
    )


def chosen(form: FormData, shown: Choices, now: datetime) -> Preferences:
    """Return the preferences that a form says. A pause that is not touched stays as it is.

    Raises ValueError for values that the page does not offer.
    """
    wanted = {str(value) for value in form.getlist("topic")}
    pace, pause = str(form.get("pace", "")), str(form.get("pause", "keep"))
    if pace not in ("", *PACES) or pause not in ("keep", "none", *map(str, BREAKS)):
        raise ValueError("the page offers no such choice")
    kept = shown.stored.paused_until if shown.paused else None
    until = {"keep": kept, "none": None}[pause] if not pause.isdigit() else now + timedelta(days=int(pause))
    return Preferences(frozenset(name for name, _, _ in shown.topics if name not in wanted), pace, until)


async def save(home: House, row: LedgerRow, form: FormData, shown: Choices) -> None:
    """Store what changed, each as a fact that takes effect at the wire when it is stored. Raises ValueError."""
    now = home.doors.clock.now()
    new = chosen(form, shown, now)
    if new != shown.stored:
        await home.take(await _preferred(home, row, shown.stored, new, now))
    on = {str(value) for value in form.getlist("channel")}
    for channel, name, was_open in shown.channels:
        if (channel in on) != was_open:
            await _switch(home, row, Channel(channel), name, channel in on, now)


def answering(row: LedgerRow, kind: EventKind, id_: str, at: datetime) -> Event:
    """Return a fact that answers this touch, still without details."""
    touch = row.touch
    return Event(id_, kind, touch.lead, at, touch=touch.id, sequence=touch.sequence, step=touch.step)


async def turns_so_far(home: House, lead: str, *kinds: EventKind) -> int:
    """Return how often the person did this: part of an id, so that a repeat is the same fact and a change is not."""
    return sum(event.kind in kinds for event in await home.doors.inbox.of_lead(lead))


async def _preferred(home: House, row: LedgerRow, old: Preferences, new: Preferences, now: datetime) -> Event:
    said = json.dumps([old.as_details(), new.as_details()], sort_keys=True)
    turn = await turns_so_far(home, row.touch.lead, EventKind.PREFERRED)
    id_ = f"preferred:{row.ref}:{turn}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    return replace(answering(row, EventKind.PREFERRED, id_, now), details=new.as_details())


async def _switch(home: House, row: LedgerRow, channel: Channel, name: str, on: bool, now: datetime) -> None:
    kind = EventKind.OPTED_IN if on else EventKind.OPTED_OUT
    turn = await turns_so_far(home, row.touch.lead, EventKind.OPTED_IN, EventKind.OPTED_OUT)
    plain = answering(row, kind, f"{kind}:{row.ref}:{channel}:{turn}", now)
    if not on:
        no = {"channel": str(channel), "scope": "marketing", "how": "preferences"}
        await home.take(replace(plain, details=no))
        return
    yes = Consent(
        plain.lead,
        channel,
        Purpose.MARKETING,
        Basis.EXPRESS_WRITTEN,
        now,
        "preference page",
        f"{name}. {MEANS}",
        proof=f"{home.doors.public_url}/u/ in answer to {row.touch.id}",
    )
    await home.take(replace(plain, details={"channel": str(channel), "how": "preferences"}), receipt=yes)


def _is_open(home: House, facts: GateFacts, channel: Channel, now: datetime) -> bool:
    policies = home.doors.policies
    return any(why_unreachable(facts, policies, channel, purpose, now) is None for purpose in _MINE)


def _reaches(contact: Contact, channel: Channel) -> bool:
    return bool(contact.email if channel is Channel.EMAIL else contact.phone)
