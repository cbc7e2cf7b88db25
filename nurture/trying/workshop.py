"""Everything a sequence is tried with: the shelf of sequences, policies, personas and templates, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nurture.authoring.checking import check_path
from nurture.authoring.library import Bookshelf, SequenceFile
from nurture.authoring.problem import nearest
from nurture.authoring.shelf import Shelf
from nurture.authoring.source import read_source
from nurture.domain.build import sequence_of
from nurture.domain.errors import Invalid, NotFound
from nurture.domain.lead import Purpose
from nurture.domain.personas import Persona, personas_of
from nurture.domain.policies import Policies
from nurture.domain.sequence import Say
from nurture.domain.simulator import World
from nurture.domain.state import Book

PERSONAS = Path("sequences/personas.yaml")


@dataclass(frozen=True)
class Workshop:
    """One root (the folder with sequences/, policies/ and templates/), compiled for the planner."""

    root: Path
    shelf: Bookshelf
    book: Book
    personas: Mapping[str, Persona]

    @classmethod
    def open(cls, root: Path, year: int, wanted: Sequence[str] = ()) -> Workshop:
        """Read everything below `root`; `year` is the present one, for the holidays.

        Raises Invalid with every mistake in the files of the `wanted` sequences (ids; none: all), or in the personas.
        """
        shelf = Bookshelf.open(root, year)
        files = [cls._file(shelf, name) for name in wanted] or list(shelf.sequences.values())
        people = [root / PERSONAS] if (root / PERSONAS).exists() else []
        report = check_path([*(file.path for file in files), *people], root)
        problems = [*report.errors, *([] if wanted else shelf.problems)]
        if problems:
            raise Invalid(
                "This cannot be tried before its mistakes are gone",
                problems=[str(problem) for problem in dict.fromkeys(problems)],
                remedy="Mend them; nurture validate shows all of them",
            )
        sequences = {file.version: sequence_of(file.version, file.document) for file in shelf.sequences.values()}
        book = Book(sequences, Policies.from_document(shelf.policies))
        return cls(root, shelf, book, personas_of(read_source(people[0], root).document) if people else {})

    @staticmethod
    def _file(shelf: Bookshelf, name: str) -> SequenceFile:
        file = shelf.sequences.get(name)
        if file is not None:
            return file
        if shelf.problems:
            raise NotFound(f'There is no sequence "{name}" that can be read', remedy="Run: nurture validate")
        near = nearest(name, list(shelf.sequences))
        raise NotFound(
            f'There is no sequence "{name}"',
            remedy=f'There is "{near}"' if near else f"There are {', '.join(shelf.sequences) or 'none yet'}",
        )

    @property
    def policies(self) -> Policies:
        """What the company allows."""
        return self.book.policies

    @cached_property
    def current(self) -> Mapping[str, str]:
        """The version on the shelf of every sequence, by id."""
        return {file.id: file.version for file in self.shelf.sequences.values()}

    @cached_property
    def links(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the links in every template that a sequence sends, by `channel/template`."""
        templates = Shelf(self.root / "templates")
        sent = {
            (str(channel), name)
            for sequence in self.book.sequences.values()
            for step in sequence.steps.values()
            if isinstance(step, Say)
            for channel, name in step.options
        }
        return {f"{channel}/{name}": tuple(templates.links(channel, name)) for channel, name in sorted(sent)}

    def purpose_of(self, sequence: str) -> Purpose:
        """Return why a sequence speaks: it decides which consent it needs."""
        return self.book.sequences[self.current[sequence]].purpose

    def world(self, seed: int, entered: Sequence[str]) -> World:
        """Return the world of a simulation in which people enter the `entered` sequences by their events."""
        doors: dict[str, list[str]] = {}
        for name in entered:
            event = self.book.sequences[self.current[name]].enter.on
            if event:
                doors.setdefault(event, []).append(name)
        return World(self.book, self.current, self.links, seed, {event: tuple(names) for event, names in doors.items()})


def root_of(path: Path) -> Path:
    """Return the folder that holds sequences/ for a file or folder inside it, or the path itself when there is none."""
    start = path.resolve()
    for folder in [start, *start.parents]:
        if (folder / "sequences").is_dir() and (folder / "policies").is_dir():
            return folder
    return start if start.is_dir() else start.parent


def names_of(words: Sequence[str]) -> list[str]:
    """Return the ids in a list of sequences that are named by id or by file: `trial`, `sequences/trial.yaml`."""
    return [Path(word).stem if word.endswith((".yaml", ".yml")) else word for word in words]
