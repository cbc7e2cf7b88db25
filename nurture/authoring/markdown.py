"""Markdown to HTML for messages, and the escape that keeps a value a value inside Markdown."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from mdit_py_plugins.attrs import attrs_plugin

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&~|])")
_LINE_START = re.compile(r"^([#+\-=]|\d{1,9}(?=[.)]))")
_BLANKS = re.compile(r"[^\S\n]+")


def _as_written(url: str) -> str:
    return url


def _any_scheme(_url: str) -> bool:
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.use(attrs_plugin, allowed={"link", "class"})
    # Our markers must come through unquoted, and links of every scheme must reach our own check, which says why not.
    object.__setattr__(parser, "normalizeLink", _as_written)
    object.__setattr__(parser, "validateLink", _any_scheme)
    return parser


_PARSER = _parser()


def to_html(source: str) -> str:
    """Return the HTML of `source`. Raw HTML is shown as text; `[text](url){link=name}` becomes an attribute."""
    return str(_PARSER.render(source))


def escape(value: str) -> str:
    """Return `value` so that Markdown shows it as it is: no link, no emphasis, no heading, no HTML.

    Line breaks stay line breaks; blanks at the start of a line go, since four of them would make a code block.
    """
    lines = (_BLANKS.sub(" ", line).strip() for line in value.splitlines())
    return "  \n".join(_escaped(line) for line in lines if line)


def _escaped(line: str) -> str:
    plain = _SPECIAL.sub(r"\\\1", line)
    start = _LINE_START.match(plain)
    if start is None:
        return plain
    mark = start[0]
    return f"\\{plain}" if not mark.isdigit() else f"{mark}\\{plain[len(mark) :]}"
