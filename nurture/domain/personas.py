"""Made-up people who behave like real ones: what they do after a touch, drawn by a hash, so every run is the same."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nurture.domain.changing import value
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Scalar
from nurture.domain.touch import Touch

_FULL = float(1 << 64)
_SIX = struct.Struct(">6Q").unpack


@dataclass(frozen=True, slots=True)
class Habits:
    """How a persona meets one message of a channel: each number is a chance between 0 and 1.

    `replies` are chances by intent, `confirms` is that of a double opt-in. Reply, absence note, opt-out, complaint and
    bounce exclude each other.
    """

    opens: float = 0.0
    clicks: float = 0.0
    replies: Mapping[str, float] = field(default_factory=dict)
    out_of_office: float = 0.0
    opts_out: float = 0.0
    complains: float = 0.0
    bounces: float = 0.0
    confirms: float = 0.7
    answers: Mapping[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ends = {"bounces": self.bounces, "opts_out": self.opts_out, "complains": self.complains}
        object.__setattr__(self, "answers", {**ends, "out_of_office": self.out_of_office, **self.replies})


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of person. `share` is its weight in a crowd; `lead` are its fields; `phone` how calls go, by outcome.

    `events` are chances that a product or CRM event follows a message; `hours` is how long the persona takes to react.
    """

    name: str
    about: str = ""
    share: int = 1
    lead: Mapping[str, Scalar] = field(default_factory=dict)
    consents: tuple[str, ...] = ("email",)
    habits: Mapping[str, Habits] = field(default_factory=dict)
    phone: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, float] = field(default_factory=dict)
    hours: tuple[float, float] = (0.5, 48.0)
    machine: bool = False


def personas_of(document: Mapping[str, Any]) -> dict[str, Persona]:
    """Read `sequences/personas.yaml` as plain values."""
    return {name: _persona(name, entry) for name, entry in document.items()}


def chance(*what: object) -> float:
    """Return a number in [0, 1) that depends on nothing but `what`."""
    return _share_of("\0".join(map(str, what)))


def _share_of(key: str) -> float:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") / _FULL


def draw(chances: Mapping[str, float], number: float) -> str:
    """Return the name on whose stretch of [0, 1) `number` falls, "" behind the last."""
    for name, share in chances.items():
        if number < share:
            return name
        number -= share
    return ""


def pick(personas: Sequence[Persona], number: float) -> Persona:
    """Return one of the personas by their shares."""
    total = sum(persona.share for persona in personas)
    name = draw({p.name: p.share / total for p in personas}, number)
    return next((persona for persona in personas if persona.name == name), personas[-1])


@value()
class Deed:
    """Something a person does at `at` (UTC): a kind of event with its details, about the touch it answers."""

    at: datetime
    kind: EventKind
    name: str = ""
    details: Mapping[str, Scalar] = field(default_factory=dict)

    def as_event(self, touch: Touch) -> Event:
        """Return the deed as the fact the planner would hear; it has no id, for nobody tells it twice."""
        return Event("", self.kind, touch.lead, self.at, self.name, touch.id, touch.sequence, touch.step, self.details)


def deeds_after(persona: Persona, touch: Touch, sent: datetime, seed: int, links: Sequence[str]) -> Iterator[Deed]:
    """Yield what the persona does after a message went out at `sent` (UTC), the earliest kinds first.

    The same persona, touch and seed always do the same. `links` are the names of the message's links.
    """
    habits = persona.habits.get(touch.channel)
    if habits is None:
        return
    draws = _Draws(seed, touch.id)
    if persona.machine:
        yield from (Deed(sent + timedelta(seconds=3), EventKind.CLICKED, "", {"link": x, "human": True}) for x in links)
        return
    low, high = persona.hours
    at = sent + timedelta(hours=low + (high - low) * draws.when**2)
    answer = draw(habits.answers, draws.answer)
    if answer == "bounces":
        yield Deed(sent + timedelta(minutes=1), EventKind.BOUNCED, "", {"hard": True, "channel": str(touch.channel)})
        return
    if touch.wording:  # nothing in a confirmation can be clicked or answered but its button
        yield from _pressed(touch, at) if not answer and draws.of("confirm") < habits.confirms else ()
        return
    if draws.open < habits.opens:
        yield Deed(at, EventKind.OPENED)
    if links and draws.click < habits.clicks:
        link = links[int(draws.link * len(links))]
        yield Deed(at + timedelta(minutes=2), EventKind.CLICKED, "", {"link": link, "human": True})
    if answer:
        yield _answer(answer, at + timedelta(minutes=10), touch, draws)
    yield from (
        Deed(at + timedelta(hours=6), EventKind.HAPPENED, name)
        for name, share in persona.events.items()
        if draws.of(name) < share
    )


def _pressed(touch: Touch, at: datetime) -> Iterator[Deed]:
    yield Deed(at, EventKind.OPTED_IN, "", {"channel": str(touch.channel), "how": "link"})


class _Draws:
    """Numbers in [0, 1) for one touch: one hash gives those that every touch asks for."""

    __slots__ = ("_key", "answer", "back", "click", "link", "open", "when")

    def __init__(self, seed: int, touch: str) -> None:
        self._key = f"{seed}\0{touch}"
        digest = hashlib.blake2b(self._key.encode(), digest_size=48).digest()
        self.when, self.answer, self.open, self.click, self.link, self.back = [n / _FULL for n in _SIX(digest)]

    def of(self, name: str) -> float:
        """Return one more number, by name."""
        return _share_of(f"{self._key}\0{name}")


def _answer(answer: str, at: datetime, touch: Touch, draws: _Draws) -> Deed:
    if answer == "opts_out":
        return Deed(at, EventKind.OPTED_OUT, "", {"channel": ""})
    if answer == "complains":
        return Deed(at, EventKind.COMPLAINED)
    if answer == "out_of_office":
        back = (at + timedelta(days=2 + int(12 * draws.back))).date().isoformat()
        return Deed(at, EventKind.AUTO_REPLIED, "", {"returns_on": back})
    return Deed(at, EventKind.REPLIED, "", {"intent": answer, "channel": str(touch.channel)})


def call_outcome(persona: Persona, task: str, seed: int) -> str:
    """Return how a call to this persona goes, `no_answer` when nothing else is drawn."""
    return draw(persona.phone, chance(seed, task, "call")) or "no_answer"


def _persona(name: str, entry: Mapping[str, Any]) -> Persona:
    habits = {channel: _habits(spec) for channel, spec in entry.get("habits", {}).items()}
    low, high = entry.get("hours", (0.5, 48.0))
    return Persona(
        name=name,
        about=str(entry.get("about", "")),
        share=int(entry.get("share", 1)),
        lead=dict(entry.get("lead", {})),
        consents=tuple(entry.get("consents", ("email",))),
        habits=habits,
        phone=_chances(entry.get("phone", {})),
        events=_chances(entry.get("events", {})),
        hours=(float(low), float(high)),
        machine=bool(entry.get("machine", False)),
    )


def _habits(spec: Mapping[str, Any]) -> Habits:
    plain = {key: _percent(value) for key, value in spec.items() if key != "replies"}
    return Habits(**plain, replies=_chances(spec.get("replies", {})))


def _chances(spec: Mapping[str, Any]) -> dict[str, float]:
    return {name: _percent(value) for name, value in spec.items()}


def _percent(text: object) -> float:
    return float(str(text).rstrip("% ")) / 100
