"""Jinja under control: which templates may run at all, and an environment in which they can do no harm (S5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_SOURCE = 64_000
"""Characters a template may have."""
MAX_OUTPUT = 200_000
"""Characters a rendered message may have (S5)."""
MAX_RANGE = 1_000
_MAX_NUMBER = 10_000
_MAX_RESULT = 10**12
_MAX_DEPTH = 40
_MAX_FILTERS = 6

_FILTER_WORDS = """
    or_else money date upper lower title capitalize trim replace truncate urlencode default d join length count
    first last round int float abs sort
"""
FILTERS = frozenset(_FILTER_WORDS.split())
"""The filters a template may use; everything that can blow up a text (center, format, safe, …) is missing."""
_TEST_WORDS = """
    defined undefined none number string even odd divisibleby in eq ne lt le gt ge equalto sameas true false
"""
TESTS = frozenset(_TEST_WORDS.split())
_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const,
    nodes.If, nodes.For, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.CondExpr, nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg,
    nodes.Pos, nodes.List, nodes.Tuple, nodes.Assign, nodes.Call, nodes.Keyword,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a template: `line` is 1-based, `word` is the text to point at, "" for the whole line."""

    line: int
    message: str
    rule: str
    hint: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A name a template asks for: `lead.first_name` is ("lead", "first_name"), a bare name has no field."""

    line: int
    name: str
    field: str = ""


def did_you_mean(word: str, allowed: Iterator[str] | frozenset[str] | list[str]) -> str:
    """Return `Did you mean "…"` with the closest allowed word, or "" when nothing is close."""
    close = get_close_matches(word, sorted(allowed), n=1, cutoff=0.6)
    return f'Did you mean "{close[0]}"' if close else ""


class SafeEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox with operators under control: no text is multiplied, formatted or grown without bound."""

    intercepted_binops = frozenset({"+", "*", "/", "//", "%", "**"})

    def __init__(
        self,
        filters: Mapping[str, Callable[..., Any]],
        finalize: Callable[..., Any],
        *,
        undefined: type[Undefined] = StrictUndefined,
        autoescape: bool = False,
    ) -> None:
        super().__init__(undefined=undefined, autoescape=autoescape, finalize=finalize, keep_trailing_newline=True)
        self.filters = {name: filters.get(name, self.filters.get(name)) for name in FILTERS}
        self.globals = {"range": small_range}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Run an operator on small numbers, or join two short texts. Raises SecurityError for anything else."""
        texts = operator == "+" and isinstance(left, str) and isinstance(right, str)
        if texts and len(left) + len(right) <= _MAX_NUMBER:
            return left + right
        if not all(isinstance(side, int | float) and abs(side) < _MAX_RESULT for side in (left, right)):
            raise SecurityError(f'"{operator}" only works with numbers, and not with huge ones')
        return super().call_binop(context, operator, left, right)


def small_range(*bounds: int) -> range:
    """Return `range(*bounds)`. Raises SecurityError when it is longer than 1,000."""
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise SecurityError(f"range() may count to {MAX_RANGE:,} at most")
    return numbers


def parse(environment: SafeEnvironment, source: str) -> tuple[nodes.Template | None, list[Fault]]:
    """Return the tree of a template and everything that forbids running it; without a tree it could not be read.

    Parsing never executes anything; compiling may, because constants are folded. So only a tree without faults
    may be compiled.
    """
    if len(source) > MAX_SOURCE:
        size = f"the template has {len(source):,} characters, allowed are {MAX_SOURCE:,}"
        return None, [Fault(1, size, "template-size")]
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        return None, [Fault(error.lineno, _sentence(error.message or "cannot be read"), "template-syntax")]
    except RecursionError:
        return None, [Fault(1, "the template nests its expressions too deeply", "template-forbidden")]
    return tree, list(_faults(tree))


def asked(tree: nodes.Template) -> list[Asked]:
    """Return every name a template asks for that it did not set itself, with the fields of `lead` and `sender`."""
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"} | {"loop", "range"}
    reads: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    fields = [
        Asked(node.lineno, node.node.name, field)
        for node in reads
        if isinstance(node.node, nodes.Name) and (field := _field(node))
    ]
    names = [Asked(n.lineno, n.name) for n in tree.find_all(nodes.Name) if n.ctx == "load" and n.name not in own]
    return [ask for ask in fields if ask.name not in own] + names


def _field(node: nodes.Getattr | nodes.Getitem) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return str(node.arg.value) if isinstance(node.arg, nodes.Const) else ""


def _faults(tree: nodes.Template) -> Iterator[Fault]:
    yield from _walk(tree, 0, 0)
    stored = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    for taken in sorted(stored & {"lead", "sender", "brand", "variant"}):
        yield Fault(1, f'"{taken}" cannot be set in a template', "template-forbidden", word=taken)
    assigned = {name for assign in tree.find_all(nodes.Assign) for name in _names(assign.target)}
    for assign in tree.find_all(nodes.Assign):
        for built_on in sorted(_names(assign.node) & assigned):
            yield _forbidden(assign, f'"set" cannot build on "{built_on}", which is set as well', built_on)


def _names(node: nodes.Node) -> set[str]:
    inner = {name.name for name in node.find_all(nodes.Name)}
    return inner | ({node.name} if isinstance(node, nodes.Name) else set())


def _walk(node: nodes.Node, depth: int, loops: int) -> Iterator[Fault]:
    if depth > _MAX_DEPTH:
        yield _forbidden(node, "the template nests its expressions too deeply")
        return
    if not isinstance(node, _NODES):
        yield _forbidden(node, f'"{type(node).__name__.lower()}" is not allowed in a template')
    elif (why := _why_not(node, loops)) is not None:
        yield _forbidden(node, *why)
    loops += isinstance(node, nodes.For)
    for child in node.iter_child_nodes():
        yield from _walk(child, depth + 1, loops)


def _why_not(node: nodes.Node, loops: int) -> tuple[str, str, str] | tuple[str, str] | None:
    match node:
        case nodes.For():
            return _loop(node, loops)
        case nodes.Filter():
            return _filter(node)
        case nodes.Test() if node.name not in TESTS:
            return f'no test "{node.name}"', node.name, did_you_mean(node.name, TESTS)
        case nodes.Call() if not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
            return "nothing can be called in a template but range()", "(", "Use a filter: {{ lead.first_name | title }}"
        case nodes.Getattr() | nodes.Getitem() if _field(node).startswith("_"):
            return f'"{_field(node)}" is private', _field(node)
        case nodes.Name() if node.name.startswith("_"):
            return f'"{node.name}" is private', node.name
        case nodes.Mul() | nodes.Mod():
            return _arithmetic(node)
    return None


def _loop(node: nodes.For, loops: int) -> tuple[str, str] | None:
    if node.recursive or loops >= 2:
        return "loops may nest once", "for"
    inner = [loop for part in node.body for loop in _loops(part)]
    if inner and any(isinstance(loop.iter, nodes.Call | nodes.List | nodes.Tuple) for loop in (node, *inner)):
        return "a loop over range() or a list cannot be part of nested loops", "for"
    return None


def _loops(node: nodes.Node) -> list[nodes.For]:
    return [*([node] if isinstance(node, nodes.For) else []), *node.find_all(nodes.For)]


def _filter(node: nodes.Filter) -> tuple[str, str, str] | None:
    if node.name not in FILTERS:
        return f'no filter "{node.name}"', node.name, did_you_mean(node.name, FILTERS)
    chain, inner = 1, node.node
    while isinstance(inner, nodes.Filter):
        chain, inner = chain + 1, inner.node
    return (f"more than {_MAX_FILTERS} filters in a row", node.name, "") if chain > _MAX_FILTERS else None


def _arithmetic(node: nodes.BinExpr) -> tuple[str, str] | None:
    for side in (node.left, node.right):
        value = side.value if isinstance(side, nodes.Const) else 0
        if not isinstance(value, int | float) or abs(value) > _MAX_NUMBER or isinstance(side, nodes.List | nodes.Tuple):
            return f'"{node.operator}" only works with numbers up to {_MAX_NUMBER:,}', node.operator
    return None


def _forbidden(node: nodes.Node, message: str, word: str = "", hint: str = "") -> Fault:
    return Fault(node.lineno, message, "template-forbidden", hint, word)


def _sentence(words: str) -> str:
    plain = words.strip().rstrip(".").replace("Jinja was looking for", "expected")
    return plain[:1].lower() + plain[1:]
