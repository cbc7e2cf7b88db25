"""How a fact changes what we know of a lead: one small function a kind of event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from nurture.domain.answering import task_done, task_opened, touched
from nurture.domain.changing import changed
from nurture.domain.enrolling import enrolled, moved
from nurture.domain.events import OUR_OWN, Event, EventKind
from nurture.domain.handing import handoff_closed, handoff_full, handoff_opened
from nurture.domain.lead import Channel, Lead
from nurture.domain.memory import fact_key, keys_of
from nurture.domain.replies import Intent
from nurture.domain.score import earn, fit
from nurture.domain.state import Book, Journey, LeadState, Pause, Status

MACHINE_CLICK = timedelta(seconds=10)
"""A click sooner after the message than this is a scanner's (rules of the road S4)."""
BURST = timedelta(seconds=3)
"""More than two links within this is a scanner's, too (S4)."""
MOST_SEEN, MOST_REMEMBERED = 400, 300
"""Bounds of what is carried: event ids for deduplication, keys in one journey's memory."""
PASSES_REPLIES_ON = 2
"""The habits from which on a reply that no journey takes goes to a person."""
ALL_MESSAGES = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)


_CLICKED = EventKind.CLICKED
_LIFTED = ("opted out", "suppressed", "no_consent")
"""Reasons for a closed channel that the person's own yes takes away."""


def observe(book: Book, state: LeadState, event: Event) -> LeadState:
    """Return the state after `event`. Pure; telling the same event twice changes nothing the second time."""
    if event.id in state.seen:
        return state
    seen = (*state.seen[-MOST_SEEN:], event.id) if event.id else state.seen
    heard = max(state.heard, event.seq) if event.silences else state.heard
    if event.kind not in OUR_OWN:
        event = _judged(state, event)
        state = changed(
            state,
            seen=seen,
            heard=heard,
            clicks=(*state.clicks[-2:], event.at) if event.kind is _CLICKED else state.clicks,
            journeys=tuple([remembering(journey, event) for journey in state.journeys]),
            card=earn(book.policies.score, state.card, event),
        )
    elif seen is not state.seen or heard != state.heard:
        state = changed(state, seen=seen, heard=heard)
    fold = _FOLDS.get(event.kind)
    return fold(book, state, event) if fold else state


def with_fit(book: Book, state: LeadState) -> LeadState:
    """Return the state with its fit points counted anew from the lead's facts."""
    return changed(state, fit=fit(book.policies.score, state.lead))


def _judged(state: LeadState, event: Event) -> Event:
    """Return the event with `human` set to false on a click that no hand can have made."""
    if event.kind is not _CLICKED or not event.details.get("human", True):
        return event
    sent = [j.memory.get(fact_key("sent", step=event.step)) for j in state.journeys if j.sequence == event.sequence]
    too_soon = any(at is not None and event.at - at < MACHINE_CLICK for at in sent)
    burst = sum(event.at - click < BURST for click in state.clicks) >= 2
    return replace(event, details={**event.details, "human": False}) if too_soon or burst else event


def remembering(journey: Journey, event: Event) -> Journey:
    """Return the journey with every key of the event marked at its time; the oldest keys go when there are too many."""
    step = event.step if event.sequence == journey.sequence else ""
    keys = keys_of(event, step=step)
    if not keys:
        return journey
    memory = {**journey.memory, **dict.fromkeys(keys, event.at)}
    if len(memory) > MOST_REMEMBERED:
        memory = dict(sorted(memory.items(), key=lambda item: item[1])[-MOST_REMEMBERED:])
    back = str(event.details.get("returns_on") or journey.returns_on)
    return changed(
        journey, memory=memory, returns_on=back if event.kind is EventKind.AUTO_REPLIED else journey.returns_on
    )


def _replied(_book: Book, state: LeadState, event: Event) -> LeadState:
    """A reply that no journey takes waits for a person; a no in their own words has had its effect already."""
    is_no = event.details.get("intent") == Intent.OPT_OUT
    if state.habits < PASSES_REPLIES_ON or is_no or any(journey.takes_replies for journey in state.journeys):
        return state
    return changed(state, unanswered=(*state.unanswered, event.id))


def _passed_on(_book: Book, state: LeadState, event: Event) -> LeadState:
    return changed(state, unanswered=tuple(reply for reply in state.unanswered if reply != event.name))


def _opted_out(_book: Book, state: LeadState, event: Event) -> LeadState:
    channel = str(event.details.get("channel") or "")
    if channel:
        return _close(state, (Channel(channel),), "opted out")
    return changed(_close(state, ALL_MESSAGES, "opted out"), silence="opted out")


def _complained(_book: Book, state: LeadState, _event: Event) -> LeadState:
    return changed(_close(state, (Channel.EMAIL,), "complained"), silence="complained")


def _bounced(_book: Book, state: LeadState, event: Event) -> LeadState:
    if not event.details.get("hard"):
        return state
    return _close(state, (Channel(str(event.details.get("channel") or "email")),), "bounced")


def _opted_in(_book: Book, state: LeadState, event: Event) -> LeadState:
    channel = str(event.details.get("channel") or "")
    opened = (Channel(channel),) if channel else ALL_MESSAGES
    left = {c: why for c, why in state.lead.unreachable.items() if c not in opened or why not in _LIFTED}
    return changed(state, lead=replace(state.lead, unreachable=left), silence="")


def _close(state: LeadState, channels: tuple[Channel, ...], why: str) -> LeadState:
    closed = {**state.lead.unreachable, **dict.fromkeys(map(str, channels), why)}
    return changed(state, lead=replace(state.lead, unreachable=closed))


def _lead_changed(book: Book, state: LeadState, event: Event) -> LeadState:
    facts = {name: value for name, value in event.details.items() if not name.startswith("unreachable.")}
    closed = {name.removeprefix("unreachable."): str(why) for name, why in event.details.items() if name not in facts}
    unreachable = {c: why for c, why in {**state.lead.unreachable, **closed}.items() if why}
    return with_fit(book, changed(state, lead=_merged(state.lead, facts, unreachable)))


def _merged(lead: Lead, facts: dict[str, str | int | float | bool | None], unreachable: dict[str, str]) -> Lead:
    fields = {**lead.fields, **facts}
    known = (lead.known | {n for n, v in facts.items() if v not in (None, "")}) - {
        n for n, v in facts.items() if v in (None, "")
    }
    zone, country = str(facts.get("timezone") or lead.timezone), str(facts.get("country") or lead.country)
    owner = str(facts.get("owner") or lead.owner)
    return replace(
        lead, fields=fields, known=known, timezone=zone, country=country, owner=owner, unreachable=unreachable
    )


def _paused(_book: Book, state: LeadState, event: Event) -> LeadState:
    until = datetime.fromisoformat(str(event.details["until"]))
    return changed(state, pause=Pause(event.at, until, str(event.details.get("why") or "paused by hand")))


def _resumed(_book: Book, state: LeadState, event: Event) -> LeadState:
    """A person said go on: pauses end, and what was said before no longer stops anything."""
    journeys = tuple(
        changed(j, status=Status.OPEN, pause=None, since=event.at) if j.status is Status.PAUSED else j
        for j in state.journeys
    )
    return changed(state, pause=None, journeys=journeys)


def _stopped(_book: Book, state: LeadState, event: Event) -> LeadState:
    why = str(event.details.get("why") or "stopped by hand")
    over = [j for j in state.journeys if event.name in ("", j.sequence)]
    from nurture.domain.advancing import with_journey

    for journey in over:
        if journey.status is Status.WITH_SALES:  # a rep has the lead: their answer ends it, and still counts
            state = with_journey(state, changed(journey, pending=(), stopped=True, outcome=f"stopped: {why}"), event.at)
            continue
        done = changed(journey, status=Status.DONE, pause=None, pending=(), outcome=f"stopped: {why}")
        state = with_journey(state, done, event.at)
    return state


def _sequence_changed(book: Book, state: LeadState, event: Event) -> LeadState:
    version = str(event.details["version"])
    new = book.sequences.get(version)
    if new is None or new.id != event.name:
        return state
    journeys = tuple(
        changed(j, moves_to="" if j.version == version else version) if j.sequence == event.name else j
        for j in state.journeys
    )
    return changed(state, journeys=journeys)


_Fold = Callable[[Book, LeadState, Event], LeadState]

_FOLDS: dict[EventKind, _Fold] = {
    EventKind.REPLIED: _replied,
    EventKind.REPLY_PASSED_ON: _passed_on,
    EventKind.OPTED_OUT: _opted_out,
    EventKind.OPTED_IN: _opted_in,
    EventKind.COMPLAINED: _complained,
    EventKind.BOUNCED: _bounced,
    EventKind.LEAD_CHANGED: _lead_changed,
    EventKind.TASK_DONE: task_done,
    EventKind.ENROLLED: enrolled,
    EventKind.TOUCHED: touched,
    EventKind.TASK_OPENED: task_opened,
    EventKind.MOVED: moved,
    EventKind.HANDOFF_OPENED: handoff_opened,
    EventKind.HANDOFF_FULL: handoff_full,
    EventKind.HANDOFF_CLOSED: handoff_closed,
    EventKind.PAUSED: _paused,
    EventKind.RESUMED: _resumed,
    EventKind.STOPPED: _stopped,
    EventKind.SEQUENCE_CHANGED: _sequence_changed,
}
