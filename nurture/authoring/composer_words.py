"""Words for reps: call scripts, hand-off notes and the titles that sequences give their tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nurture.authoring.composer_facts import LeadView
from nurture.authoring.composer_files import TemplateFiles, WordsTemplate
from nurture.authoring.composer_marks import LENIENT_LINE
from nurture.authoring.composer_text import Text, compiled
from nurture.authoring.sandbox import did_you_mean
from nurture.domain.errors import Invalid

LISTS = ("timeline", "score_reasons", "last_messages")
"""What a hand-off may tell line by line; a text is taken apart at its line breaks."""
LINES = (
    "opening",
    "why",
    "reason",
    "rep",
    "brand",
    "sequence",
    "step",
    "handoff",
    "temperature",
    "stage",
    "due",
)
NUMBERS = ("score", "fit", "engagement")
EXTRA_NAMES = frozenset({*LISTS, *LINES, *NUMBERS})
"""Every name a call script or hand-off note may use besides `lead`; what the caller does not give is empty."""
_ALSO_CALLED = {"reasons": "score_reasons", "messages": "last_messages"}
_LINE = "text:"
_DEFAULT = "_default"
_MAX_TITLE = 200


def written_words(files: TemplateFiles, template: str, lead: LeadView, extra: Mapping[str, Any]) -> tuple[str, str]:
    """Return (title, Markdown body) of a script or note. Raises Invalid."""
    variables = _variables(lead, extra)
    if template.startswith(_LINE):
        return _one_line(title_text(template.removeprefix(_LINE)), variables), ""
    written = _find(files, template)
    if written.title is None:
        raise Invalid(f"{written.path}: there is no title", remedy="Give one in the head of the file")
    return _one_line(written.title, variables), written.body.render(variables).strip()


@lru_cache(maxsize=1_024)
def title_text(source: str) -> Text:
    """Compile a title that stands in a sequence. Raises Invalid."""
    return compiled(LENIENT_LINE, source, "title")


def _variables(lead: LeadView, extra: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {**dict.fromkeys(LISTS, ()), **dict.fromkeys(LINES, ""), **dict.fromkeys(NUMBERS, 0)}
    given = {
        _ALSO_CALLED.get(name, name): value
        for name, value in extra.items()
        if value is not None and not name.startswith("_")
    }
    lists = {name: value.splitlines() for name in LISTS if isinstance(value := given.get(name), str)}
    return known | given | lists | {"lead": lead}


def _find(files: TemplateFiles, template: str) -> WordsTemplate:
    kind, slash, name = template.rpartition("/")
    kinds = (kind,) if slash else ("call", "handoff")
    if any(one not in ("call", "handoff") for one in kinds):
        raise Invalid(
            f'"{template}" is no script and no note', remedy="They live in templates/call and templates/handoff"
        )
    for one in kinds:
        if files.has(one, name):
            return files.words(one, name)
    if "handoff" in kinds and files.path("handoff", _DEFAULT).is_file():
        return files.default_note()
    known = [f"{one}/{known}" for one in kinds for known in files.names(one)]
    raise Invalid(f'no template "{template}"', remedy=did_you_mean(template, known))


def _one_line(title: Text, variables: Mapping[str, Any]) -> str:
    return " ".join(title.render(variables).split())[:_MAX_TITLE]
