"""The promises, audited: each check finds its own way to the answer and asks none of the code that sends."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from nurture.local.evidence import Arrival, Evidence, Fact, Mark
from nurture.local.hours_and_caps import outside_window, over_cap

_MESSAGES = frozenset({"email", "sms", "whatsapp"})
_LEFT = frozenset({"wire", "sent", "delivered", "uncertain", "refused"})
"""States in which a message may have left us."""
_NO_MORE = frozenset({"opted_out", "complained", "replied", "bounced", "stopped"})
_SPOKE_AGAIN = frozenset({"opted_in", "resumed"})


@dataclass(frozen=True, slots=True)
class Broken:
    """What the audit found, one sentence each; five empty tuples are a demo that kept its word."""

    lost: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    after_stop: tuple[str, ...] = ()
    outside_window: tuple[str, ...] = ()
    over_cap: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether every promise held; a touch nobody knows the end of is no broken promise, it is on a list."""
        return not (self.lost or self.twice or self.after_stop or self.outside_window or self.over_cap)


def audit(evidence: Evidence) -> Broken:
    """Return every broken promise in `evidence`."""
    return Broken(
        lost=tuple(lost(evidence)),
        twice=tuple(twice(evidence)),
        after_stop=tuple(after_stop(evidence)),
        outside_window=tuple(outside_window(evidence)),
        over_cap=tuple(over_cap(evidence)),
        uncertain=tuple(f"{m.touch} may have gone out" for m in evidence.marks if m.state in ("uncertain", "wire")),
    )


def lost(evidence: Evidence) -> Iterator[str]:
    """Yield what one side knows and the other does not: touches, messages, facts, leads."""
    arrived = {arrival.key for arrival in evidence.arrivals}
    for mark in evidence.marks:
        accepted = mark.state in ("sent", "delivered") or (mark.state == "refused" and mark.receipt)
        if mark.channel in _MESSAGES and accepted and not {mark.message_id, mark.receipt} & arrived:
            yield f"{mark.touch} is {mark.state} in the ledger and arrived nowhere"
        if mark.state == "intent" and mark.lead not in evidence.walking:
            yield f"{mark.touch} was begun, and no workflow will end it"
    yield from _unknown_messages(evidence)
    for fact in evidence.facts:
        if not fact.told and evidence.ended_at is not None and fact.stored_at < evidence.ended_at:
            yield f"fact {fact.seq} ({fact.kind}) of lead {fact.lead} reached no workflow"
    yield from (f"lead {lead} was neither enrolled nor refused" for lead in sorted(evidence.unaccounted))


def _unknown_messages(evidence: Evidence) -> Iterator[str]:
    known = {key: mark for mark in evidence.marks for key in (mark.message_id, mark.receipt) if key}
    maybe = Counter((m.channel, m.to) for m in evidence.marks if m.state in ("uncertain", "wire") and not m.receipt)
    for arrival in evidence.arrivals:
        mark = known.get(arrival.key)
        if mark is None and maybe[arrival.channel, arrival.to] > 0:
            maybe[arrival.channel, arrival.to] -= 1  # a text that got no SID back: the ledger calls it uncertain
        elif mark is None:
            yield f"a message ({arrival.channel} {arrival.key}) arrived that the ledger does not know"
        elif mark.state not in _LEFT and mark.wire_at is None:
            yield f"{mark.touch} is {mark.state} in the ledger, and arrived"


def twice(evidence: Evidence) -> Iterator[str]:
    """Yield what arrived more often than it was sent."""
    keys = Counter(arrival.key for arrival in evidence.arrivals)
    yield from (f"the message {key} arrived {count} times" for key, count in keys.items() if count > 1)
    sent = Counter((m.channel, m.to) for m in evidence.marks if m.wire_at is not None)
    got = Counter((arrival.channel, arrival.to) for arrival in evidence.arrivals)
    for (channel, to), count in got.items():
        if channel != "email" and count > sent[channel, to]:
            yield f"{count} messages by {channel} arrived at one number that {sent[channel, to]} touches went to"
    ids = Counter(mark.message_id for mark in evidence.marks if mark.message_id)
    yield from (f"{count} touches share the message {key}" for key, count in ids.items() if count > 1)


def after_stop(evidence: Evidence) -> Iterator[str]:
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
                yield f"{mark.touch}: {fact.kind} was stored at {when}"
        before = [stand.stage for stand in stands[mark.lead] if stand.at < mark.wire_at]
        if before and before[-1] == "unqualified":
            yield f"{mark.touch} left for somebody who was unqualified"
    yield from _arrived_without_mark(evidence.marks, arrived)


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


def _arrived_without_mark(marks: Sequence[Mark], arrived: Mapping[str, datetime]) -> Iterator[str]:
    """Yield what arrived before its wire mark was set: then the last gate stood behind the door."""
    for mark in marks:
        at = arrived.get(mark.message_id) or arrived.get(mark.receipt)
        if at is not None and mark.wire_at is not None and at < mark.wire_at:
            yield f"{mark.touch} arrived at {at:%d %b %H:%M:%S}, before its last gate was passed"
