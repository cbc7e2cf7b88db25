"""The template folder: finds messages by channel and name, compiles each once, and again when its file changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nurture.authoring.composer_marks import ANY_MARK, HEADER, LENIENT_LINE, MARKED, REP
from nurture.authoring.composer_text import Text, compiled, refused
from nurture.authoring.front_matter import Page, read_page
from nurture.authoring.sandbox import MAX_SOURCE, Fault, SafeEnvironment, did_you_mean
from nurture.domain.errors import Invalid

T = TypeVar("T")
SUFFIXES: Mapping[str, str] = {"email": ".md", "sms": ".txt", "whatsapp": ".yaml", "call": ".md", "handoff": ".md"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_FORBIDDEN = re.compile(r"(?i)<\s*(script|iframe|object|embed|form|base|link|area|applet|frame|svg)\b|\son[a-z]+\s*=")


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    """An e-mail: subject by variant ("" when there is one), Markdown body, and the full HTML body if there is one."""

    path: str
    subjects: Mapping[str, Text]
    body: Text
    preheader: Text | None = None
    from_name: Text | None = None
    html: Text | None = None


@dataclass(frozen=True, slots=True)
class WhatsAppTemplate:
    """An approved template: its ContentSid, its variables by number or name, and the approved text for people."""

    path: str
    content_sid: str
    variables: Mapping[str, Text]
    text: str


@dataclass(frozen=True, slots=True)
class WordsTemplate:
    """A call script or a hand-off note."""

    path: str
    title: Text | None
    body: Text


class TemplateFiles:
    """All templates under one root. A file is read again only when its time of change or size differs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._cache: dict[tuple[str, str], tuple[tuple[int, ...], Any]] = {}

    def names(self, kind: str) -> list[str]:
        """Return the names of all messages of a kind (email, sms, whatsapp, call, handoff), sorted."""
        suffix = SUFFIXES.get(kind, "")
        found = (path.stem for path in (self.root / kind).glob(f"*{suffix}")) if suffix else ()
        return sorted(name for name in found if _NAME.fullmatch(name))

    def path(self, kind: str, name: str, suffix: str = "") -> Path:
        """Return where a message is kept, whether it exists or not."""
        return self.root / kind / f"{name}{suffix or SUFFIXES[kind]}"

    def shown(self, path: Path) -> str:
        """Return a path as authors know it: `templates/email/welcome.md`."""
        return f"{self.root.name}/{path.relative_to(self.root).as_posix()}"

    def has(self, kind: str, name: str) -> bool:
        """Return whether there is such a message."""
        return bool(_NAME.fullmatch(name)) and self.path(kind, name).is_file()

    def email(self, name: str) -> EmailTemplate:
        """Return an e-mail. Raises Invalid when it is missing or wrong."""
        return self._kept("email", name, self._read_email, self.path("email", name, ".html"))

    def sms(self, name: str) -> Text:
        """Return a text message. Raises Invalid when it is missing or wrong."""
        return self._kept("sms", name, self._read_sms)

    def whatsapp(self, name: str) -> WhatsAppTemplate:
        """Return a WhatsApp template. Raises Invalid when it is missing or wrong."""
        return self._kept("whatsapp", name, self._read_whatsapp)

    def words(self, kind: str, name: str) -> WordsTemplate:
        """Return a call script or hand-off note. Raises Invalid when it is missing or wrong."""
        return self._kept(kind, name, self._read_words)

    def default_note(self) -> WordsTemplate:
        """Return the note of hand-offs that have none of their own. Raises Invalid when it is missing or wrong."""
        return self._kept("handoff", "_default", self._read_words, path=self.path("handoff", "_default"))

    def layout(self, suffix: str) -> Text:
        """Return the e-mail layout `_layout.html` or `_layout.txt`. Raises Invalid when it is missing or wrong."""
        return self._kept("email", f"_layout{suffix}", self._read_layout, path=self.root / "email" / f"_layout{suffix}")

    def _kept(self, kind: str, name: str, read: Callable[[Path, str], T], *beside: Path, path: Path | None = None) -> T:
        if path is None:
            path = self._existing(kind, name)
        stamp = tuple(part for one in (path, *beside) for part in _stamp(one))
        known = self._cache.get((kind, name))
        if known is None or known[0] != stamp:
            if not stamp[0]:
                raise Invalid(f'there is no "{self.shown(path)}"', remedy="Every e-mail needs it")
            known = self._cache[kind, name] = (stamp, read(path, kind))
        kept: T = known[1]
        return kept

    def _existing(self, kind: str, name: str) -> Path:
        if (kind, name) in self._cache or self.has(kind, name):
            return self.path(kind, name)
        raise Invalid(f'no template "{kind}/{name}"', remedy=did_you_mean(name, self.names(kind)))

    def _page(self, path: Path, kind: str) -> Page:
        page = read_page(kind, read_source(path, self.shown(path)))
        if page.faults:
            raise refused(self.shown(path), page.faults)
        return page

    def _text(self, environment: SafeEnvironment, page: Page, key: str, path: Path) -> Text | None:
        source = page.head.get(key)
        return compiled(environment, source, self.shown(path), page.places[key]) if source else None

    def _read_email(self, path: Path, kind: str) -> EmailTemplate:
        page, shown = self._page(path, kind), self.shown(path)
        subject = page.head.get("subject")
        if subject is None:
            raise refused(shown, [Fault(1, "the e-mail has no subject", "front-matter")])
        by_variant = subject if isinstance(subject, dict) else {"": subject}
        subjects = {name: compiled(HEADER, text, shown, page.places["subject"]) for name, text in by_variant.items()}
        beside = path.with_suffix(".html")
        return EmailTemplate(
            shown,
            subjects,
            compiled(MARKED, page.body, shown, page.body_line),
            self._text(MARKED, page, "preheader", path),
            self._text(HEADER, page, "from_name", path),
            self._read_layout(beside, kind) if beside.is_file() else None,
        )

    def _read_sms(self, path: Path, kind: str) -> Text:
        page = self._page(path, kind)
        return compiled(MARKED, page.body, self.shown(path), page.body_line)

    def _read_whatsapp(self, path: Path, kind: str) -> WhatsAppTemplate:
        page, shown = self._page(path, kind), self.shown(path)
        sid, text = page.head.get("content_sid"), page.head.get("text")
        if not sid or not text:
            raise refused(shown, [Fault(1, "a WhatsApp template needs content_sid and text", "front-matter")])
        variables = page.head.get("variables", {})
        line = page.places.get("variables", 1)
        return WhatsAppTemplate(
            shown, sid, {name: compiled(MARKED, source, shown, line) for name, source in variables.items()}, text
        )

    def _read_words(self, path: Path, kind: str) -> WordsTemplate:
        page, shown = self._page(path, kind), self.shown(path)
        return WordsTemplate(
            shown, self._text(LENIENT_LINE, page, "title", path), compiled(REP, page.body, shown, page.body_line)
        )

    def _read_layout(self, path: Path, _kind: str) -> Text:
        source, shown = read_source(path, self.shown(path)), self.shown(path)
        if found := _FORBIDDEN.search(source):
            line = source.count("\n", 0, found.start()) + 1
            raise refused(shown, [Fault(line, f'"{found[0].strip()}" has no place in an e-mail', "html-forbidden")])
        return compiled(MARKED, source, shown)


def read_source(path: Path, shown: str) -> str:
    """Return the text of a template file. Raises Invalid for a huge file, a wrong encoding or private characters."""
    if path.stat().st_size > 4 * MAX_SOURCE:
        raise Invalid(f"{shown}:1: the file is larger than {4 * MAX_SOURCE:,} bytes")
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{shown}:1: the file is not UTF-8", remedy="Save it as UTF-8") from error
    if found := ANY_MARK.search(source):
        line = source.count("\n", 0, found.start()) + 1
        raise Invalid(f"{shown}:{line}: the private character U+{ord(found[0]):04X} cannot be used")
    return source


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
