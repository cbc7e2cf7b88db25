"""May we speak to this person now? Each answer is a reason, so the ledger can say why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nurture.domain.calendar import Calendar, next_common
from nurture.domain.caps import free_at
from nurture.domain.consent import Basis, why_not_allowed, why_not_asked
from nurture.domain.gate_facts import GateFacts, Refusal, Verdict
from nurture.domain.halts import look_again
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.domain.preferences import Preferences
from nurture.domain.quiet import quiet_calendars
from nurture.domain.senders import day_of
from nurture.domain.stage import is_silent
from nurture.domain.touch import Touch
from nurture.domain.wallclock import zone_of

if TYPE_CHECKING:
    from nurture.domain.policies import Policies

__all__ = ["GateFacts", "Refusal", "Verdict", "gate", "seconds_left", "why_unreachable"]

_THINK_AGAIN = timedelta(hours=1)
"""When to ask again after a no that a person or the planner is about to lift."""


def gate(touch: Touch, facts: GateFacts, policies: Policies, now: datetime) -> Verdict | None:
    """Return the first reason to stay silent at `now` (UTC), or None when this touch may leave.

    A service message is not marketing: stage, replies and caps do not hold it back; a suppression of all messages,
    quiet hours and its window do. The times in a "not yet" satisfy window and quiet hours at once.
    """
    return (
        _stale(touch, now)
        or why_unreachable(facts, policies, touch.channel, touch.purpose, now)
        or _unasked(touch, facts, policies)
        or _unwanted(touch, facts.preferences, now)
        or _silent_stage(touch, facts, policies)
        or _unheard(touch, facts, now)
        or _halted(touch, facts, policies, now)
        or _wrong_hour(touch, facts.contact, policies, now)
        or _over_cap(touch, facts, policies, now)
    )


def day_over(sender: str, place: datetime, policies: Policies, now: datetime) -> Verdict | None:
    """Return "not yet" for a touch that comes to the wire on another day of its sender than its place (UTC) lies on.

    A sender's capacity is counted by its own days: yesterday's place would be one too many for today.
    """
    owner = policies.senders.find(sender)
    if owner is None or day_of(owner, place) == day_of(owner, now):
        return None
    why = f"the place at {sender} on {_local(place, owner.timezone)} was one of a day that is over"
    return Verdict(Refusal.SENDER_FULL, why, now)


def seconds_left(touch: Touch, person: Contact, policies: Policies, now: datetime) -> int | None:
    """Return for how long (seconds) a message may still arrive at `now` (UTC): until its lawful hours or its own time
    end, whichever is first; None when nothing ends within a month. E-mail has no hours in which it may not arrive."""
    quiet = quiet_calendars(policies.quiet, touch.channel, person.country, person.region, person.timezones) or ()
    ends = [calendar.closes_at(now) for calendar in quiet]
    ends += [touch.not_after] if touch.not_after else []
    return int((min(ends) - now).total_seconds()) if ends else None


def why_unreachable(
    facts: GateFacts, policies: Policies, channel: Channel, purpose: Purpose, now: datetime
) -> Verdict | None:
    """Return why this channel is closed to us for this person whatever the hour: no address, a no, or no consent."""
    person = facts.contact
    if channel in _ADDRESSES and not getattr(person, _ADDRESSES[channel]):
        return Verdict(Refusal.NO_ADDRESS, f"no {_ADDRESSES[channel]} is known")
    code = why_not_allowed(
        policies.consent,
        facts.consents,
        facts.suppressions,
        channel=channel,
        purpose=purpose,
        country=person.country,
        source=person.source,
        now=now,
    )
    # A manual task is a deed of a rep, who answers for its own channel; a no still holds.
    if code is None or (code == Refusal.NO_CONSENT and channel is Channel.TASK):
        return None
    return Verdict(Refusal(code), _WORDS[Refusal(code)](facts, policies, channel, purpose))


def _unasked(touch: Touch, facts: GateFacts, policies: Policies) -> Verdict | None:
    """A confirmation is for people who asked for it: after their last no, from a source that may be written to."""
    if not touch.wording:
        return None
    if facts.contact.source in policies.consent.not_mailable:
        return Verdict(Refusal.SOURCE_NOT_MAILABLE, _bought(facts, policies, touch.channel, touch.purpose))
    code = why_not_asked(facts.consents, facts.suppressions, touch.channel)
    if code == Refusal.NO_CONSENT:
        return Verdict(Refusal.NO_CONSENT, f"nobody asked us for {touch.channel}: there is nothing to confirm")
    return Verdict(Refusal.SUPPRESSED, _suppressed(facts, policies, touch.channel, touch.purpose)) if code else None


def _unwanted(touch: Touch, chosen: Preferences, now: datetime) -> Verdict | None:
    """The person's own choices bind whatever a machine sends and every call; a manual task is its rep's own deed."""
    if touch.purpose is Purpose.SERVICE or touch.channel is Channel.TASK:
        return None
    if touch.topic in chosen.topics_off:
        return Verdict(Refusal.NOT_WANTED, f"the person does not want the topic {touch.topic}")
    if chosen.paused_until is not None and now < chosen.paused_until:
        why = f"the person asked for a pause until {chosen.paused_until:%Y-%m-%d %H:%M} UTC"
        return Verdict(Refusal.ON_BREAK, why, chosen.paused_until)
    return None


def _stale(touch: Touch, now: datetime) -> Verdict | None:
    if touch.not_after is None or now <= touch.not_after:
        return None
    return Verdict(Refusal.STALE, f"it was meant to go before {touch.not_after:%Y-%m-%d %H:%M} UTC")


def _silent_stage(touch: Touch, facts: GateFacts, policies: Policies) -> Verdict | None:
    stage = facts.contact.stage
    if touch.purpose is Purpose.SERVICE or not is_silent(policies.stages, stage):
        return None
    return Verdict(Refusal.STAGE, f"nobody in the stage {stage} is spoken to")


def _unheard(touch: Touch, facts: GateFacts, now: datetime) -> Verdict | None:
    if touch.purpose is Purpose.SERVICE or not facts.unheard:
        return None
    return Verdict(Refusal.UNHEARD, "the person answered and the plan does not know it yet", now + _THINK_AGAIN)


def _halted(touch: Touch, facts: GateFacts, policies: Policies, now: datetime) -> Verdict | None:
    if not facts.halted:
        return None
    code = Refusal.SENDER_PAUSED if all(halt.is_pause for halt in facts.halted) else Refusal.HALTED
    opens = _next_open(touch, facts.contact, policies, look_again(facts.halted, now))
    return Verdict(code, "; ".join(map(str, facts.halted)), opens)


def _wrong_hour(touch: Touch, person: Contact, policies: Policies, now: datetime) -> Verdict | None:
    if touch.wording and touch.channel is Channel.EMAIL:
        return None  # the person waits for it
    window = _window(touch, person, policies)
    quiet = quiet_calendars(policies.quiet, touch.channel, person.country, person.region, person.timezones)
    if quiet is None:
        return Verdict(Refusal.QUIET_HOURS, f"no time zone is known, so no hour is surely lawful for {touch.channel}")
    opens = next_common([window, *quiet], now)
    if opens == now:
        return None
    closed = next((each for each in quiet if not each.is_open(now)), None)
    code, shut = (Refusal.OUTSIDE_WINDOW, window) if closed is None else (Refusal.QUIET_HOURS, closed)
    if opens is None:
        return Verdict(code, f"{_place(window, quiet)} have no hour in common within a month")
    why = f"{shut.window.name} in {shut.timezone} are closed at {_local(now, shut.timezone)}"
    return Verdict(code, f"{why}; next possible {_local(opens, window.timezone)}", opens)


def _over_cap(touch: Touch, facts: GateFacts, policies: Policies, now: datetime) -> Verdict | None:
    if touch.purpose is Purpose.SERVICE:
        return None
    held = free_at((*policies.caps, *touch.caps, *facts.preferences.caps), facts.recent, touch.channel, now)
    if held is None:
        return None
    free, count = held
    opens = _next_open(touch, facts.contact, policies, free)
    zone = _window(touch, facts.contact, policies).timezone
    return Verdict(Refusal.OVER_CAP, f"{count}; next possible {_local(opens, zone)}", opens)


def _next_open(touch: Touch, person: Contact, policies: Policies, at: datetime) -> datetime:
    """Return when window and quiet hours are open at or after `at` (UTC); `at` itself when they never are."""
    quiet = quiet_calendars(policies.quiet, touch.channel, person.country, person.region, person.timezones) or ()
    return next_common([_window(touch, person, policies), *quiet], at) or at


def _window(touch: Touch, person: Contact, policies: Policies) -> Calendar:
    zone = touch.timezone or (person.timezones[0] if person.timezones else "")
    return policies.calendar(touch.window, zone, person.country)


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(zone_of(zone)):%a %d %b %H:%M} {zone.rpartition('/')[2].replace('_', ' ')}"


def _place(window: Calendar, quiet: Sequence[Calendar]) -> str:
    return f"{window.window.name} in {window.timezone} and the lawful hours of {', '.join(c.timezone for c in quiet)}"


def _suppressed(facts: GateFacts, _policies: Policies, channel: Channel, _purpose: Purpose) -> str:
    no = max((s for s in facts.suppressions if s.channel in (None, channel)), key=lambda s: s.since)
    return f"{no.why.replace('_', ' ')} on {no.since:%Y-%m-%d} closed {no.channel or 'every channel'} ({no.scope})"


def _bought(facts: GateFacts, _policies: Policies, _channel: Channel, _purpose: Purpose) -> str:
    return f"people from the source {facts.contact.source} are never spoken to"


def _no_consent(facts: GateFacts, policies: Policies, channel: Channel, purpose: Purpose) -> str:
    person = facts.contact
    needed = policies.consent.bases_for(purpose, channel, person.country)
    have = [consent.basis for consent in facts.consents if consent.channel == channel]
    place = person.country or "an unknown country"
    asked = f"{purpose} by {channel} in {place} needs {' or '.join(needed) or 'a rule in consent.yaml'}"
    had = set(have) & set(needed)
    return f"{asked}; we {f'had {_listed(had)}, which has run out' if had else f'have {_listed(have)}'}"


def _listed(bases: Iterable[Basis]) -> str:
    return ", ".join(sorted(set(bases))) or "nothing"


_ADDRESSES = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.WHATSAPP: "phone", Channel.CALL: "phone"}
_WORDS = {
    Refusal.SUPPRESSED: _suppressed,
    Refusal.SOURCE_NOT_MAILABLE: _bought,
    Refusal.NO_CONSENT: _no_consent,
}
