"""One run of checks over the files below a root: everything is read once, and every check looks at the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from nurture.authoring.checks import Use, walk
from nurture.authoring.circles import Enrolment, at_once, circles
from nurture.authoring.crosschecks import Scene, name_mistakes
from nurture.authoring.crosschecks_people import persona_mistakes, test_lead_mistakes
from nurture.authoring.crosschecks_policies import policy_mistakes
from nurture.authoring.crosschecks_steps import step_mistakes
from nurture.authoring.crosschecks_tests import test_mistakes
from nurture.authoring.grammar_personas import PERSONA_FILE
from nurture.authoring.grammar_sequence import SEQUENCE_FILE
from nurture.authoring.grammar_tests import TEST_FILE
from nurture.authoring.known import KeptShelf, Known, TemplateShelf, known_from, vocabulary_for
from nurture.authoring.library import is_personas, is_test, policy_sources, sequence_ids
from nurture.authoring.nodes import Mistake
from nurture.authoring.paths import path_mistakes
from nurture.authoring.policies_check import policies_mistakes
from nurture.authoring.problem import Problem
from nurture.authoring.source import Source, read_source, show
from nurture.authoring.steps import Spot, node_of, spots_of, text_of
from nurture.domain.condition import Vocabulary

_KEPT = 64
"""How many drafts stay in memory: enough for a test beside its sequence, few enough for a library of thousands."""


@dataclass
class Draft:
    """A sequence file under examination: read once, looked at by every check."""

    source: Source
    spots: list[Spot]
    uses: list[Use]
    mistakes: list[Mistake]

    @property
    def id(self) -> str:
        """The sequence's id, "" when it has none."""
        return text_of(self.source.root, "sequence")

    @cached_property
    def enrolments(self) -> list[Enrolment]:
        """The sequences this one starts at once."""
        return at_once(self.id, self.spots)


class Desk:
    """One run over the files below a root: what is read for one check is there for the next."""

    def __init__(self, root: Path, shelf: TemplateShelf | None) -> None:
        self._root, self._shelf = root, KeptShelf(shelf) if shelf is not None else None
        self._drafts: dict[Path, Draft] = {}
        self._enrolments: dict[Path, list[Enrolment]] = {}
        self._policies = {source.path.stem: source for source in policy_sources(root)}

    @cached_property
    def ids(self) -> Mapping[str, list[Path]]:
        """Every sequence id below the root and the files that claim it."""
        return sequence_ids(self._root)

    @cached_property
    def known(self) -> Known:
        """The names that the policies and the library give."""
        documents = {name: source.document for name, source in self._policies.items()}
        personas = self._root / "sequences" / "personas.yaml"
        people = read_source(personas, self._root).document if personas.exists() else {}
        return replace(known_from(documents), sequences=self.ids.keys(), personas=tuple(people))

    def prepare(self) -> None:
        """Gather now what every check will ask for."""
        assert self.known.intents

    def check(self, path: Path) -> list[Problem]:
        """Return what is wrong with one file, by what sort of file it is."""
        if is_test(path):
            return self._test(path)
        if is_personas(path):
            return self._people(path)
        if path.parent.name == "policies":
            return self._policy(path)
        draft = self._draft(path)
        return draft.source.problems([*draft.mistakes, *self._sequence(draft)])

    def _draft(self, path: Path) -> Draft:
        path = path.resolve()
        if path not in self._drafts:
            if len(self._drafts) >= _KEPT:
                self._drafts.pop(next(iter(self._drafts)))
            source = read_source(path, self._root)
            found = walk(SEQUENCE_FILE, source.root) if source.root is not None else None
            mistakes = [*source.mistakes, *(found.mistakes if found else [])]
            self._drafts[path] = Draft(source, spots_of(source.root), found.uses if found else [], mistakes)
        return self._drafts[path]

    def _sequence(self, draft: Draft) -> Iterator[Mistake]:
        if draft.source.root is None:
            return
        scene = self._scene(draft)
        yield from name_mistakes(scene)
        yield from step_mistakes(scene)
        yield from policy_mistakes(scene)
        yield from path_mistakes(draft.source.root, draft.spots)
        yield from self._twins(draft)
        yield from self._circles(draft)

    def _scene(self, draft: Draft) -> Scene:
        assert draft.source.root is not None
        document = draft.source.document if isinstance(draft.source.document, dict) else {}
        vocabulary = vocabulary_for(document, self.known, self._shelf)
        return Scene(draft.source.root, draft.spots, draft.uses, self.known, vocabulary, self._shelf)

    def _twins(self, draft: Draft) -> Iterator[Mistake]:
        """Two files that claim one id."""
        mine = draft.source.path.resolve()
        others = [path for path in self.ids.get(draft.id, ()) if path.resolve() != mine]
        own = node_of(draft.source.root, "sequence")
        if others and own is not None:
            fact = f'"{draft.id}" is also the id of {show(others[0], self._root)}'
            yield Mistake(own.place, "duplicate-sequence", fact, "An id belongs to one file")

    def _circles(self, draft: Draft) -> Iterator[Mistake]:
        if not draft.enrolments:
            return
        graph: dict[str, list[Enrolment]] = {draft.id: draft.enrolments}
        todo = [step.target for step in draft.enrolments]
        while todo:
            name = todo.pop()
            if name not in graph and name in self.ids:
                graph[name] = self._enrolments_of(self.ids[name][0])
                todo += [step.target for step in graph[name]]
        for step, names in circles({draft.id: draft.enrolments} | graph):
            if step.sequence == draft.id:
                fact = f"these sequences start each other without any wait: {' -> '.join(names)}"
                yield Mistake(step.place, "enroll-circle", fact, 'Give a step on the way an "after"')

    def _enrolments_of(self, path: Path) -> list[Enrolment]:
        if path not in self._enrolments:
            self._enrolments[path] = self._draft(path).enrolments
        return self._enrolments[path]

    def _policy(self, path: Path) -> list[Problem]:
        source = self._policies.get(path.stem) or read_source(path, self._root)
        documents = {name: each.document for name, each in self._policies.items()}
        return source.problems([*source.mistakes, *policies_mistakes(source, documents, self.known)])

    def _people(self, path: Path) -> list[Problem]:
        source = read_source(path, self._root)
        if source.root is None:
            return source.problems(source.mistakes)
        found = walk(PERSONA_FILE, source.root)
        scene = Scene(source.root, [], found.uses, self.known, Vocabulary(), None)
        own = persona_mistakes(source.root, self.known)
        return source.problems([*source.mistakes, *found.mistakes, *name_mistakes(scene), *own])

    def _test(self, path: Path) -> list[Problem]:
        source = read_source(path, self._root)
        if source.root is None:
            return source.problems(source.mistakes)
        found = walk(TEST_FILE, source.root)
        beside = path.with_name(f"{path.name.split('.test.')[0]}.yaml")
        draft = self._draft(beside) if beside.exists() else None
        beyond = test_mistakes(
            found.uses, draft.source.root if draft else None, draft.spots if draft else [], self.known
        )
        if draft is None:
            first = Mistake(source.root.place, "test-without-sequence", f"there is no {beside.name} beside this test")
            return source.problems([*source.mistakes, *found.mistakes, first])
        people = test_lead_mistakes(source.root, self.known)
        return source.problems([*source.mistakes, *found.mistakes, *beyond, *people])
