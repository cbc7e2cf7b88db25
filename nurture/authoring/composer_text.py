"""One compiled piece of a template: it renders within bounds, and its mistakes name file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Template
from jinja2.exceptions import TemplateError

from nurture.authoring.sandbox import MAX_OUTPUT, Fault, SafeEnvironment, parse
from nurture.domain.errors import Invalid

_TROUBLE = (
    TemplateError,
    ArithmeticError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    RecursionError,
    MemoryError,
)


@dataclass(frozen=True, slots=True)
class Text:
    """A template that passed every check, ready to render; `path` is how its author knows the file."""

    path: str
    template: Template

    def render(self, variables: Mapping[str, Any]) -> str:
        """Return the rendered text, without blank lines around it.

        Raises Invalid (`file:line: what is wrong`) for missing values, impossible operations and more than 200,000
        characters.
        """
        pieces, size = [], 0
        try:
            for piece in self.template.generate(variables):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_OUTPUT:
                    break
        except _TROUBLE as error:
            raise self._explained(error) from error
        if size > MAX_OUTPUT:
            raise Invalid(f"{self.path}: the rendered text has more than {MAX_OUTPUT:,} characters")
        return "".join(pieces).strip("\n")

    def _explained(self, error: BaseException) -> Invalid:
        message = error.message if isinstance(error, TemplateError) and error.message else str(error)
        fact, _, remedy = message.partition("\n")
        place = f"{self.path}:{self._line(error)}"
        return Invalid(
            f"{place}: {fact.rstrip('.') or type(error).__name__}", problems=[f"{place}: {fact}"], remedy=remedy
        )

    def _line(self, error: BaseException) -> int:
        line, frame = 1, error.__traceback__
        while frame is not None:
            if frame.tb_frame.f_code.co_filename == self.path:
                line = frame.tb_lineno
            frame = frame.tb_next
        return line


def compiled(environment: SafeEnvironment, source: str, path: str, first_line: int = 1) -> Text:
    """Compile `source`, which begins at `first_line` of `path`. Raises Invalid with every mistake in it."""
    tree, faults = parse(environment, "\n" * (first_line - 1) + source)
    if tree is None or faults:
        raise refused(path, faults)
    code = environment.compile(tree, name=path, filename=path)
    return Text(path, Template.from_code(environment, code, environment.globals))


def refused(path: str, faults: Sequence[Fault]) -> Invalid:
    """Return the error that names every fault of a file."""
    lines = [f"{path}:{fault.line}: {fault.message}{f'. {fault.hint}' if fault.hint else ''}" for fault in faults]
    return Invalid(f"{path}:{faults[0].line}: {faults[0].message}", problems=lines, remedy=faults[0].hint)
