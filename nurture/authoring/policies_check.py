"""Are the policies usable: by their tables, by the names they borrow from each other, by the domain that reads them?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nurture.authoring.checks import place_of, walk
from nurture.authoring.crosschecks import Scene, name_mistakes
from nurture.authoring.grammar_policies import POLICY_GRAMMARS
from nurture.authoring.known import Known
from nurture.authoring.nodes import Fields, Items, Mistake, Node
from nurture.authoring.phone_lines import registration_mistakes
from nurture.authoring.problem import Place
from nurture.authoring.source import Source, word_at
from nurture.domain.calendar import Window
from nurture.domain.condition import Vocabulary
from nurture.domain.consent import ConsentPolicy
from nurture.domain.errors import Invalid, Misconfigured, NurtureError
from nurture.domain.policies import Policies
from nurture.domain.quiet import QuietPolicy
from nurture.domain.routing import RoutingRules
from nurture.domain.score_rules import ScoreRules
from nurture.domain.senders import SenderPolicy
from nurture.domain.stage import StageRules

Documents = Mapping[str, Any]
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_QUOTED = re.compile(r'"([^"]+)"')


def policies_mistakes(source: Source, documents: Documents, known: Known) -> Iterator[Mistake]:
    """Yield what is wrong with one policy file; `documents` are all of them by file stem."""
    if source.root is None:
        return
    found = list(_by_tables(source, known))
    yield from found
    if not found:
        yield from _by_domain(source, documents)


def _by_tables(source: Source, known: Known) -> Iterator[Mistake]:
    grammar = POLICY_GRAMMARS.get(source.path.stem)
    if grammar is None or source.root is None:
        return
    found = walk(grammar, source.root)
    yield from found.mistakes
    words = Vocabulary(fields=known.fields, events=known.events.keys(), stages=known.stages)
    yield from name_mistakes(Scene(source.root, [], found.uses, known, words, None))
    if source.path.stem == "senders":
        yield from registration_mistakes(source.root)


def _by_domain(source: Source, documents: Documents) -> Iterator[Mistake]:
    """Let the domain read the file: what it refuses is a mistake here, and not a crash of a worker."""
    build = _BUILDERS.get(source.path.stem)
    if build is None:
        return
    try:
        build(source.document, documents)
    except Invalid as error:
        for problem in error.problems or [f"{error.reason}. {error.remedy}".removesuffix(". ")]:
            yield _mistake(source, problem)
    except Misconfigured as error:
        yield _mistake(source, error.reason, error.remedy)
    except (NurtureError, ValueError, TypeError, KeyError, AttributeError) as error:
        yield Mistake(Place(1, 1), "policy", f"this file has a shape that cannot be used ({error})")


def _mistake(source: Source, words: str, remedy: str = "") -> Mistake:
    """Turn `moves[3].to: there is no "mqll". Did you mean …` into a place, a fact and a hint."""
    path, colon, rest = words.partition(": ")
    place = _climb(source.root, path) if colon and source.root is not None else None
    fact = rest if place else words
    quoted = [found for name in _QUOTED.findall(fact) if (found := word_at(source.root, name))]
    fact, _, hint = fact.partition(". ")
    return Mistake(place or (quoted[0] if quoted else Place(1, 1)), "policy", fact, hint or remedy)


def _climb(root: Node | None, path: str) -> Place | None:
    """Return the place of `moves[3].to`, or of the nearest parent that is there; None when not even the first is."""
    node, place = root, None
    for name, number in _STEP.findall(path):
        if isinstance(node, Fields) and name in node.keys:
            place, node = node.keys[name].place, node.values.get(name)
        elif isinstance(node, Items) and number and int(number) < len(node.items):
            node = node.items[int(number)]
            place = place_of(node)
        else:
            return place
    return node.place if node is not None and not isinstance(node, Fields | Items) else place


def _windows(documents: Documents) -> dict[str, Window]:
    windows = (documents.get("calendars") or {}).get("windows") or {}
    return {name: Window.parse(name, hours) for name, hours in windows.items()}


def _calendars(document: Any, _documents: Documents) -> None:
    windows = {name: Window.parse(name, hours) for name, hours in document["windows"].items()}
    if document["default_window"] not in windows:
        raise Misconfigured(f'There is no window "{document["default_window"]}"', remedy="Name one of windows:")
    QuietPolicy.from_document(document["quiet_hours"])


def _team(document: Any, documents: Documents) -> None:
    """The team is only read together with everything else."""
    Policies.from_document({**documents, "team": document})


_BUILDERS: Mapping[str, Callable[[Any, Documents], object]] = {
    "calendars": _calendars,
    "consent": lambda document, _: ConsentPolicy.from_document(document),
    "senders": lambda document, documents: SenderPolicy.from_document(document, _windows(documents)),
    "routing": lambda document, documents: RoutingRules.from_document(document, _windows(documents)),
    "score": lambda document, _: ScoreRules.from_document(document),
    "stages": lambda document, _: StageRules.from_document(document),
    "team": _team,
}
