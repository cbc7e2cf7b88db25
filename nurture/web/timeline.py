"""Everything that happened with one person, in order and in words: facts, touches and tasks on one string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Scalar
from nurture.domain.tasks import Task
from nurture.domain.touch import LedgerRow, TouchState
from nurture.web.facts import House
from nurture.web.pages import words

AT_MOST = 500
"""Entries shown; of a longer story the latest."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `icon` names a symbol of icons.svg, `tone` its class (good, bad, quiet or "")."""

    at: datetime
    kind: str
    icon: str
    text: str
    note: str = ""
    tone: str = ""


async def story(home: House, lead: str) -> list[Entry]:
    """Return the person's story, oldest first."""
    facts = await home.doors.inbox.of_lead(lead)
    rows = await home.doors.ledger.rows(lead=lead)
    tasks = await home.doors.tasks.of(lead=lead)
    entries = [told for fact in facts if (told := of_fact(fact))]
    entries += [told for row in rows if (told := of_touch(row))]
    entries += [of_task(task) for task in tasks if task.created_at]
    return sorted(entries, key=lambda entry: (entry.at, entry.kind))[-AT_MOST:]


_PLAIN: Mapping[EventKind, tuple[str, str, str]] = {
    EventKind.OPENED: ("eye", "The pixel of {step} was loaded", "quiet"),
    EventKind.CLICKED: ("click", "Clicked {link} in {step}", "good"),
    EventKind.REPLIED: ("speech", "Replied by {channel}: {intent}", "good"),
    EventKind.AUTO_REPLIED: ("sun", "Out of office", "quiet"),
    EventKind.DELIVERED: ("inbox", "{step} was delivered", "quiet"),
    EventKind.BOUNCED: ("warning", "{step} bounced", "bad"),
    EventKind.COMPLAINED: ("no", "Marked a mail as spam", "bad"),
    EventKind.OPTED_OUT: ("no", "Opted out of {where}", "bad"),
    EventKind.OPTED_IN: ("yes", "Opted in to {where}", "good"),
    EventKind.PREFERRED: ("pen", "Chose what to hear on the preference page", ""),
    EventKind.HAPPENED: ("bolt", "{name}", ""),
    EventKind.LEAD_CHANGED: ("pen", "Facts about the lead changed", "quiet"),
    EventKind.TASK_DONE: ("yes", "{rep} logged: {outcome}", "good"),
    EventKind.HANDOFF_ACCEPTED: ("people", "{rep} accepted the hand-off", "good"),
    EventKind.HANDOFF_REJECTED: ("back", "{rep} rejected the hand-off: {reason}", "bad"),
    EventKind.ENROLLED: ("start", "Enrolled in {name}", ""),
    EventKind.MOVED: ("move", "Moved to {stage}", ""),
    EventKind.HANDOFF_FULL: ("clock", "Sales had no room for the hand-off", "quiet"),
    EventKind.HANDOFF_CLOSED: ("people", "The hand-off ended: {outcome}", ""),
    EventKind.PAUSED: ("pause", "Paused by {by}", "quiet"),
    EventKind.RESUMED: ("start", "Resumed by {by}", "quiet"),
    EventKind.STOPPED: ("stop", "Stopped by {by}", "bad"),
    EventKind.SETTLED: ("pen", "{by} settled {step} as {as}", "quiet"),
    EventKind.RESEND_ORDERED: ("pen", "{by} ordered {step} to be sent once more", "quiet"),
}
"""Kinds that are told; ADVANCED, TASK_OPENED and HANDOFF_OPENED say nothing that a task or a touch does not."""


def of_fact(fact: Event) -> Entry | None:
    """Return the fact in words, or None when another entry says the same."""
    if fact.kind is EventKind.TOUCHED:
        return _postponed(fact)
    shape = _PLAIN.get(fact.kind)
    if shape is None:
        return None
    icon, text, tone = shape
    by_machine = fact.kind is EventKind.CLICKED and not fact.details.get("human", True)
    text = "A machine followed {link} in {step}" if by_machine else text
    said = text.format_map(_Words(fact))
    return Entry(
        fact.at, str(fact.kind), "machine" if by_machine else icon, said, _note(fact), "quiet" if by_machine else tone
    )


def of_touch(row: LedgerRow) -> Entry | None:
    """Return the touch in words at the time of its latest news, or None while nothing left the house."""
    at = row.wire_at or row.settled_at or row.intent_at
    if at is None or row.state is TouchState.INTENT:
        return None
    channel, step = row.touch.channel, row.touch.step
    ending, tone = {
        TouchState.WIRE: ("is going out", ""),
        TouchState.SENT: ("was sent", ""),
        TouchState.DELIVERED: ("was delivered", ""),
        TouchState.REFUSED: ("was refused", "bad"),
        TouchState.SUPPRESSED: ("was not sent", "quiet"),
        TouchState.CANCELLED: ("was cancelled", "quiet"),
        TouchState.UNCERTAIN: ("may or may not have gone out", "bad"),
    }[row.state]
    note = "; ".join(part for part in (row.subject, row.reason or words(row.code), row.touch.why) if part)
    return Entry(at, f"touch_{row.state}", str(channel), f"{_channel(channel)} {step} {ending}", note, tone)


def of_task(task: Task) -> Entry:
    """Return the task's beginning in words."""
    at = task.created_at or datetime.min.replace(tzinfo=UTC)
    who = f"for {task.rep}" if task.rep else "in the pool"
    return Entry(at, "task", "task", f"Task {who}: {task.title}", words(task.status), "")


def as_json(entries: Sequence[Entry]) -> list[dict[str, str]]:
    """Return the story for machines."""
    return [{"at": e.at.isoformat(), "kind": e.kind, "text": e.text, "note": e.note} for e in entries]


def _postponed(fact: Event) -> Entry | None:
    """A touch that was put off: the ledger does not show it, and a rep wonders why nothing came."""
    if fact.details.get("outcome") != "not_yet":
        return None
    text = f"{_channel(str(fact.details.get('channel', '')))} {fact.step} was put off"
    return Entry(fact.at, "touch_not_yet", "clock", text, _note(fact), "quiet")


def _note(fact: Event) -> str:
    told = {name: value for name, value in fact.details.items() if name not in _IN_THE_TEXT and value not in ("", None)}
    return "; ".join(f"{words(name)}: {_said(value)}" for name, value in sorted(told.items()))


_IN_THE_TEXT = {
    "link",
    "intent",
    "channel",
    "rep",
    "outcome",
    "reason",
    "stage",
    "by",
    "human",
    "scope",
    "ua",
    "run",
    "version",
    "as",
    "again",
}


def _said(value: Scalar) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _channel(channel: str) -> str:
    return {"email": "E-mail", "sms": "SMS", "whatsapp": "WhatsApp", "call": "Call", "task": "Task"}.get(
        channel, "Touch"
    )


class _Words(dict[str, str]):
    """The words a sentence may ask for: the fact's own, its details, and a fallback that still reads as English."""

    def __init__(self, fact: Event) -> None:
        channel = str(fact.details.get("channel") or "")
        said = {name: words(str(value)) for name, value in fact.details.items() if value not in ("", None)}
        where = _channel(channel) if channel else "all marketing"
        super().__init__(said | {"name": words(fact.name), "step": fact.step or "a message", "where": where})

    def __missing__(self, name: str) -> str:
        return {"by": "a colleague", "rep": "A colleague", "channel": "message", "link": "a link"}.get(name, "unknown")
