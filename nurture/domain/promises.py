"""The promises, audited: each check finds its own way to the answer and asks none of the code that sends."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from nurture.domain.evidence import Arrival, Evidence, Fact, Mark
from nurture.domain.findings import Finding, Promise
from nurture.domain.hours_and_caps import outside_window, over_cap
from nurture.domain.oddities import out_of_place

LONGEST_TRY = timedelta(hours=25)
"""How long a touch may be tried before it must have an end: its activity gives up after a day."""
_LEFT = frozenset({"wire", "sent", "delivered", "uncertain", "refused"})
"""States in which a message may have left us."""
_NO_MORE = frozenset({"opted_out", "complained", "replied", "bounced", "stopped"})
_SPOKE_AGAIN = frozenset({"opted_in", "resumed"})


@dataclass(frozen=True, slots=True)
class Broken:
    """What the audit found; five empty tuples are promises kept."""

    lost: tuple[Finding, ...] = ()
    twice: tuple[Finding, ...] = ()
    after_stop: tuple[Finding, ...] = ()
    outside_window: tuple[Finding, ...] = ()
    over_cap: tuple[Finding, ...] = ()
    uncertain: tuple[Finding, ...] = ()
    tampered: tuple[Finding, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether every promise held; a touch nobody knows the end of is no broken promise, it is on a list."""
        return not self.findings

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every broken promise, the ledger's own soundness first."""
        return (
            *self.tampered,
            *self.lost,
            *self.twice,
            *self.after_stop,
            *self.outside_window,
            *self.over_cap,
        )


def audit(evidence: Evidence, tampered: Sequence[Finding] = ()) -> Broken:
    """Return every broken promise in `evidence`; `tampered` is what the seals of the ledger say."""
    return Broken(
        tampered=(*tampered, *out_of_place(evidence)),
        lost=tuple(lost(evidence)),
        twice=tuple(twice(evidence)),
        after_stop=tuple(after_stop(evidence)),
        outside_window=tuple(outside_window(evidence)),
        over_cap=tuple(over_cap(evidence)),
        uncertain=tuple(
            Finding(Promise.UNCERTAIN_IS_SEEN, mark.touch, "may have gone out")
            for mark in evidence.marks
            if mark.state in ("uncertain", "wire")
        ),
    )


def lost(evidence: Evidence) -> Iterator[Finding]:
    """Yield what one side knows and the other does not: touches, messages, facts, leads."""
    yield from _never_arrived(evidence)
    yield from (
        _lost(mark.touch, "was begun, and no workflow will end it") for mark in evidence.marks if _hangs(mark, evidence)
    )
    yield from _unknown_messages(evidence)
    for fact in evidence.facts:
        if not fact.told and evidence.ended_at is not None and fact.stored_at < evidence.ended_at:
            way = "Start a worker: it tells what nobody heard"
            yield _lost(fact.touch, f"fact {fact.seq} ({fact.kind}) of lead {fact.lead} reached no workflow", way)
    yield from (_lost("", f"lead {lead} was neither enrolled nor refused") for lead in sorted(evidence.unaccounted))


def _lost(touch: str, fact: str, remedy: str = "") -> Finding:
    return Finding(Promise.NO_LOSS, touch, fact, remedy)


def _never_arrived(evidence: Evidence) -> Iterator[Finding]:
    arrived = {arrival.key for arrival in evidence.arrivals}
    for mark in evidence.marks:
        accepted = mark.state in ("sent", "delivered") or (mark.state == "refused" and mark.receipt)
        if mark.channel in evidence.covered and accepted and not {mark.message_id, mark.receipt} & arrived:
            yield _lost(mark.touch, f"is {mark.state} in the ledger and arrived nowhere")


def _hangs(mark: Mark, evidence: Evidence) -> bool:
    """Whether a touch was begun and nobody will end it: its lead has no workflow, or it is tried for too long."""
    if mark.state != "intent":
        return False
    if evidence.ended_at is None or mark.intent_at is None:
        return evidence.walking is not None and mark.lead not in evidence.walking
    if evidence.walking is None:
        return mark.intent_at < evidence.ended_at - LONGEST_TRY
    return mark.intent_at < evidence.ended_at and mark.lead not in evidence.walking


def _unknown_messages(evidence: Evidence) -> Iterator[Finding]:
    known = {key: mark for mark in evidence.marks for key in (mark.message_id, mark.receipt) if key}
    maybe: Counter[tuple[str, str]] = Counter()
    for mark in evidence.marks:
        waits = mark.state in ("uncertain", "wire") and not mark.receipt
        maybe[mark.channel, mark.to] += waits + mark.again
    for arrival in evidence.arrivals:
        found = known.get(arrival.key)
        unsure = _unsure_about(arrival, maybe) if found is None else None
        if unsure is not None:
            maybe[unsure] -= 1  # a text that got no SID back: the ledger calls it uncertain
        elif found is None:
            way = "Find out who sends with our sender; if a row of the ledger is gone, restore it from a backup"
            yield _lost("", f"a message ({arrival.channel} {arrival.key}) arrived that the ledger does not know", way)
        elif found.state not in _LEFT and found.wire_at is None:
            yield _lost(found.touch, f"is {found.state} in the ledger, and arrived")


def _unsure_about(arrival: Arrival, maybe: Mapping[tuple[str, str], int]) -> tuple[str, str] | None:
    """Return whose uncertain touch an unknown message may be; a journal without addresses tells by channel alone."""
    whose = [key for key, count in maybe.items() if count > 0 and key[0] == arrival.channel]
    return next((key for key in whose if arrival.to in ("", key[1])), None)


def twice(evidence: Evidence) -> Iterator[Finding]:
    """Yield what arrived more often than it was sent; an ordered resend is a second sending."""
    resent = {mark.message_id: mark.again for mark in evidence.marks if mark.again}
    for key, count in Counter(arrival.key for arrival in evidence.arrivals).items():
        if count > 1 + resent.get(key, 0):
            touch = next((m.touch for m in evidence.marks if key in (m.message_id, m.receipt)), "")
            yield Finding(Promise.NOTHING_TWICE, touch, f"the message {key} arrived {count} times")
    yield from _too_many(evidence)
    ids = Counter(mark.message_id for mark in evidence.marks if mark.message_id)
    for key, count in ids.items():
        if count > 1:
            yield Finding(Promise.NOTHING_TWICE, "", f"{count} touches share the message {key}")


def _too_many(evidence: Evidence) -> Iterator[Finding]:
    """Yield texts that a number got beyond the touches that went to it: a second SID is a second message."""
    sent: Counter[tuple[str, str]] = Counter()
    for mark in evidence.marks:
        sent[mark.channel, mark.to] += (mark.wire_at is not None) + mark.again
    for (channel, to), count in Counter((arrival.channel, arrival.to) for arrival in evidence.arrivals).items():
        if channel != "email" and to and count > sent[channel, to]:
            touch = next((m.touch for m in evidence.marks if (m.channel, m.to) == (channel, to)), "")
            fact = f"{count} messages by {channel} arrived at one number that {sent[channel, to]} touches went to"
            yield Finding(Promise.NOTHING_TWICE, touch, fact)


def after_stop(evidence: Evidence) -> Iterator[Finding]:
    """Yield every touch that left for a person who had said no, answered, or was given up, before it left."""
    facts, stands, arrived = defaultdict(list), defaultdict(list), _arrival_times(evidence.arrivals)
    for fact in evidence.facts:
        facts[fact.lead].append(fact)
    for stand in evidence.stands:
        stands[stand.lead].append(stand)
    earlier = _first_signs(evidence.marks)
    for mark in evidence.marks:
        if mark.wire_at is None or mark.purpose == "service":
            continue
        for fact in facts[mark.lead]:
            if _silences(fact, mark, evidence, earlier) and not _reopened(facts[mark.lead], fact, mark.wire_at):
                when = f"{fact.stored_at:%d %b %H:%M:%S}, and it left at {mark.wire_at:%d %b %H:%M:%S}"
                yield _stop(mark, f"left after a stop: {fact.kind} was stored at {when}")
        before = [stand.stage for stand in stands[mark.lead] if stand.at < mark.wire_at]
        if before and before[-1] == "unqualified":
            yield _stop(mark, "left for somebody who was unqualified")
    if not evidence.foreign_clock:
        yield from _arrived_without_mark(evidence.marks, arrived)


def _stop(mark: Mark, fact: str) -> Finding:
    return Finding(Promise.STOP_IS_FINAL, mark.touch, fact)


def _silences(fact: Fact, mark: Mark, evidence: Evidence, earlier: Mapping[str, datetime]) -> bool:
    """Whether this fact, stored before the touch left, forbids it."""
    if fact.kind not in _NO_MORE or mark.wire_at is None or fact.stored_at >= mark.wire_at:
        return False
    closed = str(fact.details.get("channel") or "")
    if fact.kind in ("opted_out", "complained", "stopped"):
        return closed in ("", mark.channel)
    if fact.kind == "bounced":
        return bool(fact.details.get("hard")) and (closed or fact.touch.rpartition("/")[2]) == mark.channel
    # A reply ends the journeys that were under way; one that began later knows of it.
    began = earlier[f"{mark.lead}/{mark.journey}"]
    if mark.heard < fact.seq:
        return True
    return began < fact.stored_at and not _goes_on(fact, mark.sequence, evidence)


def _goes_on(reply: Fact, sequence: str, evidence: Evidence) -> bool:
    """Whether the sequence's own rules say that it continues after such a reply."""
    intent = reply.details.get("intent")
    for rule in evidence.sequences.get(sequence, {}).get("stop", ()):
        if rule["when"] in (f"replied({intent})", "replied"):
            return bool(rule["then"] == "continue")
    return False


def _reopened(facts: Sequence[Fact], no: Fact, until: datetime) -> bool:
    """Whether the person said yes again, or a rep sent the lead back into its journey, in between."""
    between = [fact for fact in facts if no.seq < fact.seq and fact.stored_at < until]
    yes = any(fact.kind in _SPOKE_AGAIN for fact in between)
    back = any(fact.kind == "handoff_closed" and fact.details.get("outcome") != "accepted" for fact in between)
    return yes or (back and no.kind == "replied")


def _first_signs(marks: Sequence[Mark]) -> Mapping[str, datetime]:
    """Return when each journey first showed in the ledger."""
    first: dict[str, datetime] = {}
    for mark in marks:
        seen = [at for at in (mark.intent_at, mark.wire_at) if at is not None]
        key = f"{mark.lead}/{mark.journey}"
        if seen:
            first[key] = min(chain(seen, [first[key]] if key in first else []))
    return first


def _arrival_times(arrivals: Sequence[Arrival]) -> Mapping[str, datetime]:
    return {arrival.key: arrival.at for arrival in arrivals}


def _arrived_without_mark(marks: Sequence[Mark], arrived: Mapping[str, datetime]) -> Iterator[Finding]:
    """Yield what arrived before its wire mark was set: then the last gate stood behind the door."""
    for mark in marks:
        at = arrived.get(mark.message_id) or arrived.get(mark.receipt)
        if at is not None and mark.wire_at is not None and at < mark.wire_at:
            yield _stop(mark, f"arrived at {at:%d %b %H:%M:%S}, before its last gate was passed")
