"""The shelf of templates as checks see it: what there is, its links and variants, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nurture.authoring.composer_facts import KNOWN_FIELDS
from nurture.authoring.composer_files import SUFFIXES, TemplateFiles, read_source
from nurture.authoring.composer_layout import LAYOUT_NAMES
from nurture.authoring.composer_links import LinkList, mark_html, mark_text
from nurture.authoring.composer_marks import HEADER, MARKED, REP
from nurture.authoring.composer_phone import asked_variables
from nurture.authoring.composer_words import EXTRA_NAMES
from nurture.authoring.front_matter import Page, read_page
from nurture.authoring.markdown import to_html
from nurture.authoring.problem import Line, Place, Problem
from nurture.authoring.sandbox import Asked, Fault, SafeEnvironment, asked, did_you_mean, parse
from nurture.domain.errors import Invalid

_MESSAGE_NAMES = frozenset({"lead", "sender", "brand", "variant", "score", "stage", "unsubscribe_url"})
_WORD_NAMES = EXTRA_NAMES | {"lead"}
_SENDER_FIELDS = frozenset({"name", "address"})
_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_VALUE = "\U000f0000"


class Shelf:
    """The templates under one root. Looks at the files each time it is asked, so an editor sees its last word."""

    def __init__(self, root: Path) -> None:
        self._files = TemplateFiles(root)

    def names(self, channel: str) -> list[str]:
        """Return the names of all templates of a channel (email, sms, whatsapp, call, handoff), sorted."""
        return self._files.names(channel)

    def links(self, channel: str, name: str) -> list[str]:
        """Return the names of the tracked links in a template, in order; [] for one that is missing or unreadable."""
        page = self._page(channel, name)
        try:
            return [] if page is None else [link.name for link in self._link_list(channel, name, page).found]
        except Invalid:
            return []

    def variants(self, channel: str, name: str) -> list[str]:
        """Return the variants a template's subject has texts for, in order; [] when all get the same."""
        page = self._page(channel, name)
        subject = page.head.get("subject") if page else None
        return list(subject) if isinstance(subject, dict) else []

    def problems(self, fields: frozenset[str] | None = None) -> list[Problem]:
        """Return what is wrong with any template, by file and line. `fields`: what leads may have (None: anything)."""
        found = [
            problem for kind in SUFFIXES for name in self._listed(kind) for problem in self._of(kind, name, fields)
        ]
        found += [problem for suffix in (".html", ".txt") for problem in self._of_layout(suffix)]
        return sorted(found, key=lambda problem: (problem.path, problem.place))

    def _listed(self, kind: str) -> list[str]:
        default = ["_default"] if kind == "handoff" and self._files.path(kind, "_default").is_file() else []
        return self.names(kind) + default

    def _page(self, channel: str, name: str) -> Page | None:
        path = self._files.path(channel, name) if channel in SUFFIXES else None
        if path is None or not self._files.has(channel, name):
            return None
        try:
            return read_page(channel, read_source(path, self._files.shown(path)))
        except Invalid:
            return None

    def _of(self, kind: str, name: str, fields: frozenset[str] | None) -> Iterator[Problem]:
        path = self._files.path(kind, name)
        shown = self._files.shown(path)
        try:
            source = read_source(path, shown)
        except Invalid as error:
            yield Problem(shown, Place(1, 1), "template-file", error.reason.partition(": ")[2], error.remedy)
            return
        page, lines = read_page(kind, source), source.splitlines()
        faults = [*page.faults, *_texts(kind, page, fields), *_needs(kind, page)]
        faults += self._foreign(kind, name, page) if not faults else []
        yield from (_problem(shown, fault, lines) for fault in faults)
        beside = path.with_suffix(".html")
        if kind == "email" and beside.is_file():
            yield from self._html(beside, fields)

    def _of_layout(self, suffix: str) -> Iterator[Problem]:
        path = self._files.root / "email" / f"_layout{suffix}"
        if not path.is_file():
            if self.names("email"):
                yield Problem(
                    self._files.shown(path), Place(1, 1), "no-layout", "there is no layout", "Every e-mail needs it"
                )
            return
        source = path.read_text(encoding="utf-8")
        faults = _text(MARKED, source, 1, frozenset(), LAYOUT_NAMES)
        yield from (_problem(self._files.shown(path), fault, source.splitlines()) for fault in faults)

    def _html(self, path: Path, fields: frozenset[str] | None) -> Iterator[Problem]:
        source = path.read_text(encoding="utf-8")
        faults = _text(MARKED, source, 1, fields, _MESSAGE_NAMES)
        yield from (_problem(self._files.shown(path), fault, source.splitlines()) for fault in faults)

    def _link_list(self, kind: str, name: str, page: Page) -> LinkList:
        links = LinkList(self._files.shown(self._files.path(kind, name)))
        if kind == "email":
            mark_html(to_html(_bare(page.body)), links)
        elif kind == "whatsapp":
            for text in page.head.get("variables", {}).values():
                mark_text(_bare(text), links)
        elif kind == "sms":
            mark_text(_bare(page.body), links)
        return links

    def _foreign(self, kind: str, name: str, page: Page) -> list[Fault]:
        try:
            self._link_list(kind, name, page)
        except Invalid as error:
            return [Fault(page.body_line, error.reason.partition(": ")[2], "link", error.remedy)]
        return []


def _bare(source: str) -> str:
    """Return a template with each printed value traded for a mark and each statement left out: all its links show."""
    return _STATEMENT.sub("", _EXPRESSION.sub(_VALUE, source))


def _texts(kind: str, page: Page, fields: frozenset[str] | None) -> Iterator[Fault]:
    names = _WORD_NAMES if kind in ("call", "handoff") else _MESSAGE_NAMES
    for key in ("subject", "preheader", "from_name", "title", "variables"):
        value = page.head.get(key)
        for text in value.values() if isinstance(value, dict) else [value]:
            if isinstance(text, str):
                yield from _text(HEADER, text, page.places[key], fields, names)
    yield from _text(REP if kind in ("call", "handoff") else MARKED, page.body, page.body_line, fields, names)


def _text(
    environment: SafeEnvironment, source: str, first_line: int, fields: frozenset[str] | None, names: frozenset[str]
) -> list[Fault]:
    tree, faults = parse(environment, "\n" * (first_line - 1) + source)
    unknown = [fault for ask in asked(tree) if (fault := _unknown(ask, fields, names))] if tree else []
    return faults + unknown


def _unknown(ask: Asked, fields: frozenset[str] | None, names: frozenset[str]) -> Fault | None:
    if ask.field and ask.name == "lead" and fields is not None and ask.field not in fields | KNOWN_FIELDS:
        hint = did_you_mean(ask.field, fields | KNOWN_FIELDS)
        return Fault(ask.line, f'no lead has a field "{ask.field}"', "unknown-field", hint, ask.field)
    if ask.field and ask.name == "sender" and ask.field not in _SENDER_FIELDS:
        return Fault(
            ask.line, f'a sender has no "{ask.field}"', "unknown-field", "There is name and address", ask.field
        )
    if not ask.field and ask.name not in names:
        return Fault(ask.line, f'unknown name "{ask.name}"', "unknown-name", did_you_mean(ask.name, names), ask.name)
    return None


def _needs(kind: str, page: Page) -> Iterator[Fault]:
    needed = {"email": ["subject"], "whatsapp": ["content_sid", "text"], "call": ["title"], "handoff": ["title"]}
    for key in needed.get(kind, []):
        if key not in page.head and not page.faults:
            yield Fault(1, f'there is no "{key}" in the head', "front-matter")
    if kind == "whatsapp" and isinstance(variables := page.head.get("variables", {}), dict):
        asks = asked_variables(str(page.head.get("text", "")))
        for name in sorted(asks ^ set(variables)):
            where = "no value is given" if name in asks else "the approved text does not ask for it"
            yield Fault(page.places.get("text", 1), f'variable "{name}": {where}', "whatsapp-variable")


def _problem(path: str, fault: Fault, lines: list[str]) -> Problem:
    line = min(max(fault.line, 1), max(len(lines), 1))
    text = lines[line - 1] if lines else ""
    column = text.find(fault.word) if fault.word else -1
    start = column if column >= 0 else len(text) - len(text.lstrip())
    length = len(fault.word) if column >= 0 else max(1, len(text.strip()))
    place = Place(line, start + 1, length)
    return Problem(path, place, fault.rule, fault.message, fault.hint, lines=(Line(text, place),))
