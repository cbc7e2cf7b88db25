"""Marks: one private character stands for each value, link and address while a message is being laid out.

Values of a lead never pass through a Markdown or HTML parser: the parsers see the mark, the value is put in at the
end, escaped for where it stands. So no value can become a link or a tag, and one skeleton serves thousands of leads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape as html_escape
from urllib.parse import quote

from jinja2 import pass_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context

from nurture.authoring.composer_facts import Absent, Trusted, clean, control_in, printable, unlinked
from nurture.authoring.composer_filters import FILTERS
from nurture.authoring.markdown import escape as markdown_escape
from nurture.authoring.sandbox import SafeEnvironment

_FIRST_VALUE, _FIRST_LINK, _MOST = 0xF0000, 0x100000, 0xFF00
VALUE_MARKS = "\U000f0000-\U000fffff"
"""The range of value marks, for character classes."""
ANY_MARK = re.compile("([\ue000-\uf8ff\U000f0000-\U0010ffff])")


class Mark(str):
    """A piece of markup or a mark of our own: printed as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


UNSUBSCRIBE, PIXEL, PREHEADER, POSTAL, BRAND, SENDER, LANGUAGE, CONFIRM = (
    Mark(chr(0xE000 + number)) for number in range(8)
)


class Values:
    """The values one rendering printed, in order; `put` trades each for its mark."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: list[tuple[str, bool]] = []

    def put(self, text: str, *, trusted: bool) -> str:
        """Keep a value and return its mark. Raises TemplateRuntimeError after 65,280 of them."""
        if len(self._kept) >= _MOST:
            raise TemplateRuntimeError(f"more than {_MOST:,} values in one message")
        self._kept.append((text, trusted))
        return chr(_FIRST_VALUE + len(self._kept) - 1)

    def as_html(self) -> dict[str, str]:
        """Return mark -> value, escaped for HTML text and attributes."""
        return {mark: html_escape(text) for mark, text in self.as_text().items()}

    def as_text(self, *, narrow: bool = False) -> dict[str, str]:
        """Return mark -> value as plain words; `narrow` avoids characters that make an SMS dearer."""
        return {
            chr(_FIRST_VALUE + number): text if trusted else unlinked(text, narrow=narrow)
            for number, (text, trusted) in enumerate(self._kept)
        }

    def in_url(self, url: str) -> str:
        """Return `url` with the values quoted."""
        return ANY_MARK.sub(lambda mark: self._quoted(ord(mark[0]) - _FIRST_VALUE), url)

    def _quoted(self, number: int) -> str:
        return quote(self._kept[number][0], safe="") if 0 <= number < len(self._kept) else ""


def link_mark(number: int) -> Mark:
    """Return the mark of the link with this place in the message, from 0."""
    return Mark(chr(_FIRST_LINK + number))


def split(text: str) -> tuple[str, ...]:
    """Return `text` taken apart at its marks: text, mark, text, mark, …, text."""
    return tuple(ANY_MARK.split(text))


def fill(parts: tuple[str, ...], table: Mapping[str, str]) -> str:
    """Return the text of `split` with each mark replaced; a mark nobody knows disappears."""
    whole = list(parts)
    whole[1::2] = [table.get(mark, "") for mark in parts[1::2]]
    return "".join(whole)


@pass_context
def _as_mark(context: Context, value: object) -> str:
    if isinstance(value, Mark):
        return value
    kept: Values = context["_values"]
    return kept.put(clean(printable(value)), trusted=isinstance(value, Trusted))


def _as_header(value: object) -> str:
    text = printable(value)
    if control := control_in(text):
        raise TemplateRuntimeError(f"a value with the control character {control} cannot stand in a header")
    kept = clean(text)
    return kept if isinstance(value, Trusted) or ("://" not in kept and "www." not in kept.lower()) else unlinked(kept)


def _for_rep(value: object) -> str:
    if isinstance(value, Mark):
        return value
    if isinstance(value, Absent) and value.may_be_absent:
        return markdown_escape(f"(no {value.field_name.replace('_', ' ')})")
    return markdown_escape("\n".join(map(clean, printable(value).splitlines())))


def _rep_line(value: object) -> str:
    if isinstance(value, Absent) and value.may_be_absent:
        return f"(no {value.field_name.replace('_', ' ')})"
    return clean(printable(value))


MARKED = SafeEnvironment(FILTERS, _as_mark, undefined=Absent, autoescape=True)
"""For bodies: every value leaves a mark."""
HEADER = SafeEnvironment(FILTERS, _as_header, undefined=Absent)
"""For subjects, titles and sender names: every value is one line of words."""
REP = SafeEnvironment(FILTERS, _for_rep, undefined=Absent)
"""For scripts and notes that reps read: every value is escaped for Markdown, a missing one is named."""
LENIENT_LINE = SafeEnvironment(FILTERS, _rep_line, undefined=Absent)
"""For titles that reps read: plain words on one line, a missing value is named."""
