"""When a sender must stop by itself: complaints, hard bounces and refusals that are about us, not about a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from nurture.domain.blame_smtp import enhanced_code
from nurture.domain.blame_twilio import free_again
from nurture.domain.errors import Blame, Misconfigured
from nurture.domain.events import Event, EventKind
from nurture.domain.halts import BREAKER, Halt

if TYPE_CHECKING:
    from nurture.domain.senders import Sender

A_DAY, _A_WHILE = timedelta(days=1), timedelta(hours=1)


class Fault(StrEnum):
    """What counts against a sender."""

    COMPLAINT = "complaint"
    BOUNCE = "bounce"  # a hard one: the address does not exist
    REFUSAL = "refusal"  # the provider refused the sender, whoever the recipient was


class Level(StrEnum):
    """How bad it is."""

    FINE = "fine"
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Limit:
    """From which share of what was sent on we warn and stop; below `enough` messages, `few` faults are too many."""

    warn: float
    stop: float
    enough: int
    few: int

    def judge(self, faults: int, sent: int) -> Level:
        """Return how bad `faults` of `sent` messages are."""
        if sent < self.enough:
            return Level.STOP if faults >= self.few else Level.FINE
        share = faults / sent
        return Level.STOP if share >= self.stop else Level.WARN if share >= self.warn else Level.FINE

    @property
    def fewest(self) -> int:
        """How many faults there must be before anything can stop."""
        return min(self.few, int(self.enough * self.stop) or 1)


@dataclass(frozen=True, slots=True)
class Breakers:
    """`breakers` of senders.yaml: limits over the last `days`; `refusals` a day by different people stop a sender."""

    days: int = 7
    complaints: Limit = Limit(0.001, 0.003, 1_000, 3)
    bounces: Limit = Limit(0.02, 0.05, 100, 5)
    refusals: int = 3
    reviewed: Mapping[str, date] = field(default_factory=dict)

    def limit(self, kind: Fault) -> Limit:
        """Return the limit for complaints or bounces."""
        return self.complaints if kind is Fault.COMPLAINT else self.bounces

    @classmethod
    def from_document(cls, doc: Mapping[str, Any]) -> Breakers:
        """Read `breakers`. Raises Misconfigured for a limit that could never warn or stop."""
        usual = cls()
        return cls(
            days=int(doc.get("days", usual.days)),
            complaints=_limit("complaints", doc, usual.complaints),
            bounces=_limit("bounces", doc, usual.bounces),
            refusals=int((doc.get("refusals") or {}).get("stop", usual.refusals)),
            reviewed={name: date.fromisoformat(str(each["reviewed"])) for name, each in _dated(doc).items()},
        )


def fault_of(event: Event) -> Fault | None:
    """Return what a fact says against the sender of the touch it answers, or None."""
    if event.kind is EventKind.COMPLAINED:
        return Fault.COMPLAINT
    if event.kind is not EventKind.BOUNCED:
        return None
    if event.details.get("hard"):
        return Fault.BOUNCE
    return Fault.REFUSAL if event.details.get("blame") == Blame.SENDER else None


def reputation_of(sender: Sender) -> str:
    """Return what shares a reputation: the sending domain of a mailbox, else the number itself."""
    return sender.address.rpartition("@")[2].lower()


def tripped(breakers: Breakers, kind: Fault, name: str, faults: int, sent: int) -> str:
    """Return why everything that shares the reputation `name` must stop, or "" (E9)."""
    limit = breakers.limit(kind)
    if limit.judge(faults, sent) is not Level.STOP:
        return ""
    share = f"{faults / sent:.2%}" if sent else "all"
    bound = f"stop at {limit.stop:.2%}" if sent >= limit.enough else f"stop at {limit.few} below {limit.enough} sent"
    noun = "complaints" if kind is Fault.COMPLAINT else "hard bounces"
    return f"{name} has {faults} {noun} on {sent} messages in {breakers.days} days ({share}; {bound})"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a refusal of the sender means: a pause until a time (UTC), or until somebody lifts it; and the message.

    `may_repeat` says whether the same message may be tried again when the sender is free.
    """

    why: str
    until: datetime | None = None
    may_repeat: bool = True


def trouble(breakers: Breakers, code: str, now: datetime, *, people: int, again: bool) -> Trouble | None:
    """Return what to do when a provider refused the sender with `code`, or None when nothing is paused (E10, T6).

    `people` is how many different touches were refused in 24 hours, this one included; `again` that this very touch was
    refused before: then one odd server would close the mailbox to everybody, so the touch ends instead.
    """
    known = enhanced_code(code) or code
    if (certain := _CERTAIN.get(known)) is not None:
        return Trouble(f"{certain} ({code})", may_repeat=known != "30007")
    if known == "30023":
        return Trouble(f"The carrier's cap for today is reached ({code})", free_again(known, now))
    if passing := _passing(code):
        return Trouble(f"{passing} ({code})", now + _A_WHILE)
    if people >= breakers.refusals:
        return Trouble(f"{people} people's servers refused it in 24 hours (last {code})", may_repeat=not again)
    return None if again else Trouble(f"A server refused it ({code})", now + _A_WHILE)


def tells_of_reputation(code: str) -> bool:
    """Whether a refusal says anything about our standing: a wrong password, a full queue or a daily cap does not."""
    return code != "30023" and not _passing(code)


def pauses(senders: Sequence[str], why: str, code: str, now: datetime, until: datetime | None = None) -> list[Halt]:
    """Return the switches that pause these senders."""
    return [Halt(f"sender:{sender}", why, BREAKER, now, until, code) for sender in senders]


def _passing(code: str) -> str:
    return _PASSING.get(code) or _PASSING.get(code.partition(" ")[0]) or _PASSING.get(enhanced_code(code), "")


def _limit(name: str, doc: Mapping[str, Any], usual: Limit) -> Limit:
    given = doc.get(name) or {}
    limit = Limit(
        warn=_share(given.get("warn", f"{usual.warn:%}")),
        stop=_share(given.get("stop", f"{usual.stop:%}")),
        enough=int(given.get("enough", usual.enough)),
        few=int(given.get("few", usual.few)),
    )
    if not 0 < limit.warn <= limit.stop <= 1 or limit.few < 1:
        raise Misconfigured(f"breakers.{name} of senders.yaml must warn before it stops, at more than nothing")
    return limit


def _share(text: object) -> float:
    return float(str(text).rstrip("% ")) / 100


def _dated(doc: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: each for name, each in doc.items() if isinstance(each, Mapping) and "reviewed" in each}


_CERTAIN = {
    "5.7.26": "Gmail: the mail is not authenticated by SPF or DKIM",
    "5.7.515": "Outlook: the domain lacks SPF, DKIM or DMARC",
    "30007": "A carrier filters its texts as unwanted",
    "30034": "The US number is not registered for A2P 10DLC",
}
"""Codes that say in so many words that the sender itself is the problem: no second opinion is needed."""
_PASSING = {
    "21611": "The queue at Twilio is full",
    "20003": "Twilio does not accept our credentials",
    "401/-": "Twilio does not accept our credentials",
    "403/-": "Twilio does not let our account send",
    "5.7.8": "The relay does not accept our login",
    "530": "The relay does not let us in",
    "535": "The relay does not accept our login",
    "no connect": "The relay cannot do what we need",
    "no login": "The relay cannot do what we need",
}
"""Codes about our account or a queue: nothing of ours was looked at, and a try after it is repaired goes through."""
