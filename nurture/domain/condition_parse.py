"""From text to tree: Python's own parser does the reading, and a closed list says what may come out."""

from __future__ import annotations

import ast

from nurture.domain.condition_text import MAX_DEPTH, TOO_DEEP, ConditionProblem, Source, read_source
from nurture.domain.condition_tree import (
    BARE,
    FACTS,
    Call,
    Compare,
    Fact,
    Field,
    ListOf,
    Literal,
    Logic,
    Negation,
    Node,
    Place,
    Span,
    Word,
)

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


def parse(text: str) -> tuple[Node | None, list[ConditionProblem]]:
    """Return the tree of `text`, or None and the mistakes that keep it from being one."""
    source = read_source(text)
    if source.problems:
        return None, source.problems
    shift = len(source.python) - len(source.python.lstrip())
    try:
        body = ast.parse(source.python.strip(), mode="eval").body
        return _Reader(source, shift).read(body), []
    except _Unreadable:
        return None, source.problems
    except (RecursionError, MemoryError):
        message, hint, rule = TOO_DEEP
        source.blame(message, 0, len(text), hint, rule)
    except SyntaxError as error:
        _blame_syntax(source, shift + error.offset - 1 if error.offset else len(text))
    return None, source.problems


def _blame_syntax(source: Source, start: int) -> None:
    rest = source.text[start:].lstrip()
    if not rest:
        source.blame("the condition ends too early", len(source.text.rstrip()) - 1, 1)
        return
    word = rest.split()[0]
    hint = 'Write "=="' if word == "is" else ""
    source.blame(f'"{word}" does not fit here', len(source.text) - len(rest), len(word), hint)


class _Unreadable(Exception):
    """A node that has no meaning in our language; the problem is already written down."""


class _Reader:
    """Turns Python's nodes into ours; whatever is not on the list is a mistake."""

    def __init__(self, source: Source, shift: int) -> None:
        self._source, self._shift = source, shift
        self._depth = 0

    def read(self, node: ast.expr) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refused(node, *TOO_DEEP)
        try:
            return self._compound(node)
        finally:
            self._depth -= 1

    def _compound(self, node: ast.expr) -> Node:
        at = self._place(node)
        match node:
            case ast.BoolOp():
                word = "and" if isinstance(node.op, ast.And) else "or"
                return Logic(word, tuple(self.read(part) for part in node.values), at)
            case ast.UnaryOp(op=ast.Not()):
                return Negation(self.read(node.operand), at)
            case ast.Compare():
                pairs = zip(node.ops, node.comparators, strict=True)
                rest = tuple((_OPERATORS[type(op)], self.read(right)) for op, right in pairs)
                return Compare(self.read(node.left), rest, at)
            case ast.Call(func=ast.Name() as function):
                return self._call(node, self._name(function))
        return self._value(node, at)

    def _value(self, node: ast.expr, at: Place) -> Node:
        match node:
            case ast.Name():
                return self._bare(node, at)
            case ast.Attribute(value=ast.Name(id="lead")):
                name = self._source.names.get(at.start + at.length - len(node.attr), node.attr)
                return Fact("stage", at) if name == "stage" else Field(name, at)
            case ast.Constant(value=str() | int() | float() as value):
                return Literal(self._source.strings.get(at.start, value), at)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return Literal(-number, at)
            case ast.List() | ast.Tuple():
                return ListOf(tuple(self._named(item) for item in node.elts), at)
        said = self._source.text[at.start : at.start + at.length][:40]
        raise self._refused(node, f'"{said}" means nothing here')

    def _call(self, node: ast.Call, name: str) -> Node:
        reads = self.read if name in ("within", "known") else self._named
        args = tuple(reads(arg) for arg in node.args)
        options = tuple((str(option.arg), self._named(option.value)) for option in node.keywords)
        return Call(name, args, options, self._place(node))

    def _named(self, node: ast.expr) -> Node:
        """Read a name as a name, even one that means something elsewhere: a step may be called `score`."""
        at = self._place(node)
        if isinstance(node, ast.Name) and at.start not in self._source.durations:
            return _word(self._name(node), at)
        return self.read(node)

    def _bare(self, node: ast.Name, at: Place) -> Node:
        name = self._name(node)
        if at.start in self._source.durations:
            return Span(self._source.durations[at.start], at)
        if name in FACTS:
            return Fact(name, at)
        return Call(name, (), (), at) if name in BARE else _word(name, at)

    def _name(self, node: ast.Name) -> str:
        return self._source.names.get(self._shift + node.col_offset, node.id)

    def _place(self, node: ast.expr) -> Place:
        end = node.col_offset + 1 if node.end_col_offset is None else node.end_col_offset
        return Place(self._shift + node.col_offset, end - node.col_offset)

    def _refused(self, node: ast.expr, message: str, hint: str = "", rule: str = "condition-syntax") -> _Unreadable:
        at = self._place(node)
        self._source.blame(message, at.start, at.length, hint, rule)
        return _Unreadable()


def _word(name: str, at: Place) -> Node:
    return Literal(name in ("true", "True"), at) if name in ("true", "false", "True", "False") else Word(name, at)
