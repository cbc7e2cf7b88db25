"""What the heart asks of the outside, as Protocols. `nurture.wiring` is the only place that fills them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from nurture.domain.calendar import Calendar
from nurture.domain.consent import Consent
from nurture.domain.events import Event
from nurture.domain.gate_facts import GateFacts, Outset, Verdict
from nurture.domain.lead import Channel, Contact
from nurture.domain.messages import Message, Receipt
from nurture.domain.ports_people import Leads, Library, Saved, Tasks
from nurture.domain.touch import Intent, LedgerRow, Touch, TouchState

__all__ = [
    "AtTheWire",
    "Carrier",
    "Clock",
    "Composer",
    "Inbox",
    "Leads",
    "Ledger",
    "Library",
    "Links",
    "Saved",
    "Senders",
    "Tasks",
]


class Clock(Protocol):
    """Our time, which may run faster than the wall clock."""

    def now(self) -> datetime:
        """Return the present moment of our time (UTC)."""
        ...


class Ledger(Protocol):
    """The record of every touch: the only proof of what was said. Each method is one transaction."""

    async def find(self, touch: str) -> LedgerRow | None:
        """Return the touch with this id, or None."""
        ...

    async def find_by_ref(self, ref: str) -> LedgerRow | None:
        """Return the touch with this short form (`touch_ref`), or None."""
        ...

    async def find_by_message(self, message_id: str) -> LedgerRow | None:
        """Return the touch whose Message-ID or provider receipt this is, or None."""
        ...

    async def outset(self, touch: Touch, now: datetime) -> Outset:
        """Return all that a touch begins with at this moment (UTC): its row, its conversation, the gates' facts."""
        ...

    async def reserve(self, intent: Intent, now: datetime) -> LedgerRow:
        """Write the intent down, or take over an earlier one, and return the row with a new fence.

        A row that is already sent, refused, on the wire or uncertain comes back as it is: look at its `state`.
        Raises BodyChanged when the id is known with another body hash, LeaseLost when another worker's lease is alive.
        """
        ...

    async def mark_wire(
        self, touch: str, fence: int, now: datetime, check: Callable[[GateFacts], Verdict | None]
    ) -> Verdict | None:
        """Re-read the gate facts and, when `check` has no objection, move the touch to WIRE; all in one transaction.

        Returns the objection, or None when the mark is set. Raises LeaseLost when `fence` is not the row's any more.
        """
        ...

    async def settle(
        self,
        touch: str,
        fence: int,
        state: TouchState,
        now: datetime,
        *,
        receipt: str = "",
        code: str = "",
        reason: str = "",
    ) -> None:
        """Write the end of an attempt. Raises Conflict on a move that `LEGAL_MOVES` does not have."""
        ...

    async def progress(self, message_id: str, state: TouchState, now: datetime, *, code: str = "") -> LedgerRow | None:
        """Apply a provider's later word (delivered, refused) by rank; a lower rank changes nothing. None: not ours."""
        ...

    async def withhold(self, touch: Touch, state: TouchState, now: datetime, *, code: str, reason: str) -> None:
        """Write down that this touch ends as SUPPRESSED or CANCELLED without a message, with its reason."""
        ...

    async def rows(self, *, lead: str = "", states: Sequence[TouchState] = ()) -> Sequence[LedgerRow]:
        """Return touches, oldest first, of one lead or of all, in the given states or in any."""
        ...


class Inbox(Protocol):
    """Every fact that came in: stored before it is acknowledged, told to its workflow at least once."""

    async def record(self, event: Event, *, target: str = "", receipt: Consent | None = None) -> Event | None:
        """Store the fact with all it silences in one transaction; return it with its `seq`, or None if it is known.

        `target` is the id of the workflow that must hear it, "" for the lead's own. An opt-out, complaint or hard
        bounce writes its suppression in the same transaction; an opt-in lifts one; LEAD_CHANGED updates fields; a yes
        or no of the person leaves a receipt, `receipt` being the one that the door saw being given.
        """
        ...

    async def record_many(self, events: Sequence[Event]) -> Sequence[Event]:
        """Store many facts in one transaction, each as `record` would; return those that were new, with their `seq`."""
        ...

    async def untold(self, limit: int = 500) -> Sequence[tuple[Event, str]]:
        """Return facts no workflow has heard yet, with their targets, oldest first per lead."""
        ...

    async def told(self, events: Sequence[str], now: datetime) -> None:
        """Remember that these facts (by id) reached their workflows."""
        ...

    async def of_lead(self, lead: str) -> Sequence[Event]:
        """Return all facts of one lead, oldest first."""
        ...


class Senders(Protocol):
    """The calendars of mailboxes and numbers: capacity is booked, not polled."""

    async def book(
        self,
        pool: str,
        channel: Channel,
        lead: str,
        touch: str,
        at: datetime,
        *,
        sticky: bool = True,
        calendar: Calendar | None = None,
        domain: str = "",
    ) -> tuple[str, datetime]:
        """Book a place for this touch and return (sender id, not before, UTC); repeating it returns the same place.

        The place is at or after `at` and inside `calendar` (the lead's window): now if the sender has room today and
        its spacing allows, else its next free slot (`domain.senders.next_slot`). A booked place that has passed unused
        by more than an hour is given up and booked anew. `domain` is the recipient's mail domain.
        Raises Blocked when every sender is paused or unregistered, Misconfigured when the pool is unknown or empty.
        """
        ...

    async def trouble(self, sender: str, touch: str, code: str, now: datetime) -> bool:
        """A provider refused our sender: count it and pause it if need be; return whether to try the touch again."""
        ...

    async def release(self, touch: str) -> None:
        """Give back the place of a touch that will not be sent."""
        ...


class Links(Protocol):
    """Targets of tracked links: a click may only lead to what is stored here."""

    async def keep(self, urls: Mapping[str, str]) -> Mapping[str, str]:
        """Store link name -> URL; return link name -> link id (a content hash, so repeats cost nothing)."""
        ...

    async def target(self, link: str) -> tuple[str, str] | None:
        """Return (URL, link name) of a link id, or None."""
        ...


class Composer(Protocol):
    """Turns a touch and a person into words."""

    async def compose(self, touch: Touch, contact: Contact, sender: str, thread: Sequence[LedgerRow]) -> Message:
        """Render the message. Raises Invalid when the template is missing or asks for something that is not there."""
        ...

    def words(self, template: str, contact: Contact, extra: Mapping[str, Any]) -> tuple[str, str]:
        """Render a call script or hand-off note and return (title, Markdown body). Raises Invalid."""
        ...


AtTheWire = Callable[[], Awaitable[None]]
"""Called by a carrier at the last possible moment before the provider can accept. Raises Blocked or LeaseLost."""


class Carrier(Protocol):
    """One channel's way out."""

    channel: Channel

    async def send(self, message: Message, at_the_wire: AtTheWire) -> Receipt:
        """Hand the message over; call `at_the_wire` once, right before the step that the provider may accept.

        Raises Refused (definite no), Unavailable (definite, later may work), Uncertain (no answer after the wire), and
        lets Blocked and LeaseLost of `at_the_wire` through, with nothing sent.
        """
        ...
