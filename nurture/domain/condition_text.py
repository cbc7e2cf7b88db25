"""The text of a condition: its mistakes by place, and a rewrite of the same length that Python's parser can read."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field

from nurture.domain.duration import Duration, parse_duration
from nurture.domain.errors import Invalid

MAX_LENGTH = 2_000
MAX_DEPTH = 20
TOO_DEEP = ("the condition is nested too deep", "Split it into several rules", "condition-too-deep")

_OUR_WORDS = frozenset({"and", "or", "not", "in"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<duration>[0-9]{1,6}\s+(?:business\s+)?(?:second|minute|hour|day|week)s?\b)
    |(?P<glued>[0-9][0-9.]*[A-Za-z_]\w*)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*)
    |(?P<foreign>&&?|\|\|?|===|!==|<>|=>|=<|!(?!=))
    |(?P<mark>==|!=|<=|>=|[<>=()\[\],.-])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_WRITE = {
    "&": "and", "&&": "and", "|": "or", "||": "or", "!": "not",
    "===": "==", "!==": "!=", "<>": "!=", "=>": ">=", "=<": "<=",
}  # fmt: skip
_OPENS = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class ConditionProblem:
    """One mistake: a fact, its place (1-based column and length), a way out, and the rule that found it.

    A `warning` does not keep the condition from being used.
    """

    message: str
    column: int
    length: int
    hint: str = ""
    rule: str = "condition-syntax"
    warning: bool = False


class ConditionError(Invalid):
    """A condition that cannot be used. `column` is 1-based; `hint` is a way out or ""."""

    def __init__(self, message: str, column: int, length: int, hint: str = "") -> None:
        self.message, self.column, self.length, self.hint = message, column, length, hint
        super().__init__(message, remedy=hint)

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}. {self.hint}".rstrip()


@dataclass(slots=True)
class Source:
    """A condition's text, its rewrite `python`, and what stood at each offset (0-based) before the rewrite."""

    text: str
    python: str = ""
    names: dict[int, str] = field(default_factory=dict)
    strings: dict[int, str] = field(default_factory=dict)
    durations: dict[int, Duration] = field(default_factory=dict)
    problems: list[ConditionProblem] = field(default_factory=list)
    _open: list[tuple[str, int, bool]] = field(default_factory=list)
    _before: str = ""

    def blame(self, message: str, start: int, length: int, hint: str = "", rule: str = "condition-syntax") -> None:
        """Write down a mistake at `start` (0-based)."""
        self.problems.append(ConditionProblem(message, start + 1, max(1, length), hint, rule))


def read_source(text: str) -> Source:
    """Return the rewritten text; its `problems` say what no parser needs to look at."""
    source = Source(text)
    if len(text) > MAX_LENGTH:
        hint = "Split it into several rules"
        source.blame(
            f"the condition has {len(text)} characters, more than {MAX_LENGTH:,}", 0, 1, hint, "condition-too-long"
        )
    elif not text.strip():
        source.blame("the condition is empty", 0, 1, "Write one, such as score >= 80")
    else:
        source.python = "".join(_rewrite(source, token) for token in _TOKEN.finditer(text))
        for mark, start, _ in source._open:
            source.blame(f'"{mark}" is never closed', start, 1)
    return source


def _rewrite(source: Source, token: re.Match[str]) -> str:
    """Return a replacement of the same length, so that every column stays true."""
    kind, word, start = token.lastgroup or "", token[0], token.start()
    if kind == "space":
        return " " * len(word)
    if kind == "string" and source._before == "string":
        source.blame("two texts stand side by side", start, len(word), "Put a comma between them")
    replaced = _REWRITES.get(kind, _unchanged)(source, word, start)
    source._before = word if kind in ("name", "mark") else kind
    return replaced


def _unchanged(_source: Source, word: str, _start: int) -> str:
    return word


def _string(source: Source, word: str, start: int) -> str:
    # Python's own unescaping warns about "\d" and reads prefixes: we keep the text and show it a dummy.
    source.strings[start] = re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)
    return f'"{"x" * (len(word) - 2)}"'


def _duration(source: Source, word: str, start: int) -> str:
    source.durations[start] = parse_duration(word)
    return "d" + re.sub(r"\s", "_", re.sub(r"\s", "", word, count=1))


def _name(source: Source, word: str, start: int) -> str:
    if word in _OUR_WORDS:
        return word
    if word.lower() in _OUR_WORDS:
        source.blame(f'"{word}" is not a word of this language', start, len(word), f'Write "{word.lower()}"')
    if "-" not in word and not keyword.iskeyword(word):
        return word
    source.names[start] = word
    return "_" + word[1:].replace("-", "_")


def _foreign(source: Source, word: str, start: int) -> str:
    source.blame(f'"{word}" is not a word of this language', start, len(word), f'Write "{_WRITE[word]}"')
    return word


def _glued(source: Source, word: str, start: int) -> str:
    hint = 'Put a space after a number ("3 days"), and quotes around a name that starts with a digit'
    source.blame(f'"{word}" is neither a number nor a name', start, len(word), hint)
    return word


def _other(source: Source, word: str, start: int) -> str:
    if word in "\"'":
        source.blame("the quote is never closed", start, 1)
    elif word in "“”‘’„«»":
        source.blame("typographic quotes are not read", start, 1, "Use straight quotes")
    elif word in "+*/%":
        source.blame(f'"{word}": there is no arithmetic in conditions', start, 1, "Compare with a number")
    else:
        source.blame(f"{word!r} does not belong into a condition", start, 1, "Put text in quotes")
    return "?"


def _mark(source: Source, word: str, start: int) -> str:
    before = source._before
    if word in "([":
        is_call = word == "(" and before not in _OUR_WORDS and re.fullmatch(r"[A-Za-z_].*", before) is not None
        source._open.append((word, start, is_call))
        if len(source._open) == MAX_DEPTH + 1:
            source.blame(TOO_DEEP[0], start, 1, *TOO_DEEP[1:])
    elif word in _OPENS:
        if source._open and source._open[-1][0] == _OPENS[word]:
            source._open.pop()
        else:
            source.blame(f'"{word}" closes nothing', start, 1)
    elif word == "=" and not (source._open and source._open[-1][2]):
        source.blame('"=" does not compare', start, 1, 'Write "=="')
    return word


_REWRITES = {
    "string": _string, "duration": _duration, "name": _name, "foreign": _foreign,
    "glued": _glued, "other": _other, "mark": _mark,
}  # fmt: skip
