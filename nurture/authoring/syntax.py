"""Broken YAML in our words: the parser's complaint becomes a place, a fact and a way out."""

from __future__ import annotations

import re
from typing import Any

from nurture.authoring.problem import Place

_EXPLAINED: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed here",
        "a colon followed by a space stands inside a text",
        "Put the whole text in quotes, or check the indentation of this line",
    ),
    ("could not find expected ':'", "this line has no colon", 'Write it as "key: value"'),
    ("found unexpected end of stream", "a quote is opened here and never closed", "Add the missing quote"),
    ("cannot start any token", "this character cannot stand here unquoted", "Put the text in quotes"),
    ("found a tab character", "a tab stands here", "Indent with spaces"),
    ("expected ',' or '}'", "a comma or the closing } is missing before this", "Close the bracket or add the comma"),
    ("expected ',' or ']'", "a comma or the closing ] is missing before this", "Close the bracket or add the comma"),
    (
        "expected <block end>",
        "the indentation of this line does not fit the lines above",
        "Line it up with those it belongs to",
    ),
    ("expected the node content", "a value is missing here", "Write the value, or delete the key"),
    ("unknown escape character", "this backslash means nothing", "Write two backslashes, or use single quotes"),
    ("found undefined tag handle", "tags are not read", "Leave the ! word out"),
    ("sequence entries are not allowed here", "a list cannot start here", "Put the dash on a line of its own"),
    ("block sequence entries are not allowed", "a list cannot start here", "Put the dash on a line of its own"),
)
_AT_THE_START = re.compile("unexpected end of stream|could not find expected ':'")


def in_our_words(error: Any) -> tuple[Place, str, str]:
    """Return the place of a syntax error, what is wrong and what to do."""
    complaint = str(error.problem or "")
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and _AT_THE_START.search(complaint):
        mark = error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)
    if "'\\t'" in complaint:
        return place, "a tab stands here", "Indent with spaces"
    for words, fact, hint in _EXPLAINED:
        if words in complaint:
            return place, fact, hint
    return place, "the file cannot be read from here on", "Check quotes, brackets, colons and indentation"
