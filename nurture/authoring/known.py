"""The names that policies give us: what a sequence may refer to, gathered once for all sequences."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nurture.authoring.grammar_words import MESSAGE_CHANNELS
from nurture.domain.condition import Vocabulary
from nurture.domain.errors import NurtureError
from nurture.domain.replies import Intent
from nurture.domain.stage import StageRules

INTENTS = tuple(str(intent) for intent in Intent)
_DAYS = {"day": 1, "week": 7, "month": 30}
_KINDS = {"text": "text", "number": "number", "bool": "boolean", "date": "date", "any": ""}


class TemplateShelf(Protocol):
    """The templates there are, as the checks see them. `channel` is email, sms, whatsapp, call or handoff."""

    def names(self, channel: str) -> Collection[str]:
        """Return the names of all templates of a channel."""
        ...

    def links(self, channel: str, name: str) -> Collection[str]:
        """Return the names of the tracked links in a template; () for a template that is not there."""
        ...

    def variants(self, channel: str, name: str) -> Collection[str]:
        """Return the variants that the template's head gives texts for; () when all get the same."""
        ...


class KeptShelf:
    """A shelf that is asked only once for everything: for one run over many sequences."""

    def __init__(self, shelf: TemplateShelf) -> None:
        self._shelf = shelf
        self._names: dict[str, frozenset[str]] = {}
        self._links: dict[tuple[str, str], tuple[str, ...]] = {}
        self._variants: dict[tuple[str, str], tuple[str, ...]] = {}

    def names(self, channel: str) -> Collection[str]:
        """Return the names of all templates of a channel."""
        if channel not in self._names:
            self._names[channel] = frozenset(self._shelf.names(channel))
        return self._names[channel]

    def links(self, channel: str, name: str) -> Collection[str]:
        """Return the names of the tracked links in a template."""
        if (channel, name) not in self._links:
            self._links[channel, name] = tuple(self._shelf.links(channel, name))
        return self._links[channel, name]

    def variants(self, channel: str, name: str) -> Collection[str]:
        """Return the variants of a template."""
        if (channel, name) not in self._variants:
            self._variants[channel, name] = tuple(self._shelf.variants(channel, name))
        return self._variants[channel, name]


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist. A part that is empty is not known yet, and names of that sort are not checked."""

    fields: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    intents: Collection[str] = ()
    stages: Collection[str] = ()
    temperatures: Collection[str] = ()
    windows: Collection[str] = ()
    pools: Collection[str] = ()
    routes: Collection[str] = ()
    reps: Collection[str] = ()
    personas: Collection[str] = ()
    moves: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    caps: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Policy limits by channel or "any": (touches, days)."""
    sequences: Collection[str] = ()
    topics: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """The steps of one sequence that conditions may name: templates by step (channel, name), outcomes by step."""

    steps: Collection[str] = ()
    templates: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    outcomes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def known_from(policies: Mapping[str, Any]) -> Known:
    """Return the names in a policies document (file stem -> its content); shapes that do not fit give no names."""
    words = _under(policies, "fields")
    return Known(
        fields={name: _KINDS.get(str(kind), "") for name, kind in _mapping(words.get("fields")).items()},
        events={name: _mapping(kinds) for name, kinds in _mapping(words.get("events")).items()},
        intents=INTENTS,
        stages=_names(_under(policies, "stages").get("stages")),
        temperatures=_names(_under(policies, "score").get("bands")),
        windows=_names(_under(policies, "calendars").get("windows")),
        pools=_names(_under(policies, "senders").get("pools")),
        routes=_names(_under(policies, "routing").get("routes")),
        reps=_names(_under(policies, "team").get("reps")),
        moves=_moves(_under(policies, "stages")),
        caps=_caps(_under(policies, "consent")),
        topics=_names(_under(policies, "consent").get("topics")),
    )


def vocabulary_for(document: Mapping[str, Any], known: Known, shelf: TemplateShelf | None = None) -> Vocabulary:
    """Return every name that a condition of this sequence may use.

    `document` is the sequence as plain values; without a shelf the names of links are not checked.
    """
    named = named_in(document)
    links = {step: _links(shelf, templates) for step, templates in named.templates.items()} if shelf else {}
    return Vocabulary(
        fields=known.fields,
        steps=named.steps,
        links=links,
        events=known.events.keys(),
        intents=known.intents,
        stages=known.stages,
        temperatures=known.temperatures,
        outcomes=named.outcomes,
    )


def named_in(document: Mapping[str, Any]) -> Named:
    """Return the steps of a sequence with the templates and outcomes that belong to them."""
    steps = [step for step in _steps(document.get("steps")) if isinstance(step.get("id"), str)]
    return Named(
        steps=tuple(step["id"] for step in steps),
        templates={step["id"]: pairs for step in steps if (pairs := tuple(_templates(step)))},
        outcomes={
            step["id"]: tuple(_mapping(step.get("outcomes"))) for step in steps if "call" in step or "task" in step
        },
    )


def _steps(nodes: object) -> Iterable[Mapping[str, Any]]:
    for node in nodes if isinstance(nodes, list) else ():
        if isinstance(node, Mapping):
            yield node
            for key in ("then", "else"):
                yield from _steps(node.get(key))
            for arm in node.get("branch") or () if isinstance(node.get("branch"), list) else ():
                yield from _steps(_mapping(arm).get("steps") or _mapping(arm).get("otherwise"))


def _templates(step: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    options = step.get("first_possible")
    for holder in [step, *(options if isinstance(options, list) else ())]:
        for channel in MESSAGE_CHANNELS:
            if isinstance(name := _mapping(holder).get(channel), str):
                yield channel, name
    if isinstance(name := step.get("confirm"), str):
        yield "email", name


def _links(shelf: TemplateShelf, templates: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(link for channel, name in templates for link in shelf.links(channel, name))


def _under(policies: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _mapping(policies.get(name))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _names(value: object) -> tuple[str, ...]:
    """Return the names in a mapping (its keys) or a list (its words, or the id or name of its mappings)."""
    if isinstance(value, Mapping):
        return tuple(str(name) for name in value)
    if not isinstance(value, list):
        return ()
    own = [item.get("id") or item.get("name") if isinstance(item, Mapping) else item for item in value]
    return tuple(str(name) for name in own if name)


def _moves(stages: Mapping[str, Any]) -> dict[tuple[str, str], frozenset[str]]:
    """Return who may make each move; nothing when stages.yaml cannot be used, which its own check tells."""
    try:
        return dict(StageRules.from_document(stages).moves)
    except NurtureError:
        return {}


def _caps(consent: Mapping[str, Any]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Return the limits per person as (touches, days) by channel."""
    caps: dict[str, tuple[tuple[int, int], ...]] = {}
    for channel, limits in _mapping(consent.get("limits")).items():
        texts = [str(limit) for limit in (limits if isinstance(limits, list) else [limits])]
        caps[channel] = tuple(cap for text in texts if (cap := _cap(text)))
    return caps


def _cap(text: str) -> tuple[int, int] | None:
    shape = re.fullmatch(r"(\d+) per (?:(\d+) )?(day|week|month)s?", text.strip())
    return (int(shape[1]), int(shape[2] or 1) * _DAYS[shape[3]]) if shape else None
