"""YAML text in, YAML events out: ruamel's parser, with the slowest loops of its scanner as regular expressions.

The events are the same as without the replacement (a test compares them); a thousand files take half the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import ScalarEvent
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import ScalarToken

_END = "\\0 \\t\\r\\n\\x85\\u2028\\u2029"
_IN_BLOCK = f"(?:[^{_END}:]|:(?![{_END}]))"
_IN_FLOW = rf"(?:[^{_END}:,\[\]{{}}]|:(?![{_END}]))"
_WORDS_IN_BLOCK = re.compile(f"(?:{_IN_BLOCK}+(?: +(?=[^#]){_IN_BLOCK}+)*)?")
_WORDS_IN_FLOW = re.compile(f"(?:{_IN_FLOW}+(?: +(?=[^#]){_IN_FLOW}+)*)?")
_BLANK = re.compile(r" *(?:#[^\0\n]*)?")
_BLANK_IN_FLOW = re.compile(r"[ \t]*(?:#[^\0\n]*)?")


def events(text: str) -> Iterator[Any]:
    """Yield the YAML 1.2 events of `text`, with `\\n` line ends. Raises ruamel's YAMLError for broken syntax."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Reader, yaml.Scanner, yaml.Parser = _QuickReader, _QuickScanner, _QuickParser
    return iter(yaml.parse(text))


class _QuickReader(Reader):
    """Moves forward by one slice where the original walks character by character, and marks each place once."""

    _mark: Any = None

    def get_mark(self) -> Any:
        if self._mark is None or self._mark.index != self.index:
            self._mark = super().get_mark()
        return self._mark

    def forward(self, length: int = 1) -> None:
        passed = self.buffer[self.pointer : self.pointer + length]
        self.pointer += length
        self.index += length
        breaks = passed.count("\n")
        if breaks:
            self.line += breaks
            self.column = length - passed.rindex("\n") - 1
        else:
            self.column += length


class _QuickScanner(Scanner):
    """Reads blanks, comments and plain words by one match each."""

    reader: Any = None
    scanner_processing_version: Any = (1, 2)

    def __init__(self, loader: Any = None) -> None:
        self.reader = loader.reader
        super().__init__(loader)

    def check_token(self, *choices: Any) -> bool:
        while not self.done and (not self.tokens or (self.possible_simple_keys and self.need_more_tokens())):
            self.fetch_more_tokens()
        return bool(self.tokens) and (not choices or isinstance(self.tokens[0], choices))

    def need_more_tokens(self) -> bool:
        if self.done:
            return False
        if not self.tokens:
            return True
        if not self.possible_simple_keys:
            return False
        self.stale_possible_simple_keys()
        return bool(self.next_possible_simple_key() == self.tokens_taken)

    def fetch_more_tokens(self) -> Any:
        self.scan_to_next_token()
        if not self.reader.buffer[self.reader.pointer].isalnum():
            return super().fetch_more_tokens()
        self.stale_possible_simple_keys()
        self.unwind_indent(self.reader.column)
        return self.fetch_plain()

    def scan_to_next_token(self) -> None:
        reader = self.reader
        blank = _BLANK_IN_FLOW if self.flow_context else _BLANK
        while True:
            length = _length(blank, reader)
            if length:
                reader.forward(length)
            if not self.scan_line_break():
                return
            if not self.flow_context:
                self.allow_simple_key = True

    def scan_plain(self) -> Any:
        reader = self.reader
        chunks: list[str] = []
        spaces: list[str] = []
        start = end = reader.get_mark()
        indent = self.indent + 1
        words = _WORDS_IN_FLOW if self.flow_context else _WORDS_IN_BLOCK
        while reader.peek() != "#":
            length = _length(words, reader)
            if not length:
                break
            self.allow_simple_key = False
            chunks += [*spaces, reader.prefix(length)]
            reader.forward(length)
            end = reader.get_mark()
            spaces = self.scan_plain_spaces(indent, start) or []
            if not spaces or (not self.flow_context and reader.column < indent):
                break
        return ScalarToken("".join(chunks), True, start, end)


class _QuickParser(Parser):
    """Takes single values, which most nodes are, without asking first what else they might be."""

    scanner: Any = None

    def __init__(self, loader: Any = None) -> None:
        self.scanner = loader.scanner
        super().__init__(loader)

    def parse_node(self, block: bool = False, indentless_sequence: bool = False) -> Any:
        if type(self.scanner.peek_token()) is not ScalarToken:
            return super().parse_node(block, indentless_sequence)
        token = self.scanner.get_token()
        self.state = self.states.pop()
        plain = (True, False) if token.plain else (False, True)
        return ScalarEvent(None, None, plain, token.value, token.start_mark, token.end_mark, style=token.style)


def _length(pattern: re.Pattern[str], reader: Any) -> int:
    """Return how many characters from here on match; every pattern of ours matches nothing at all, too."""
    match = pattern.match(reader.buffer, reader.pointer)
    return len(match[0]) if match else 0
