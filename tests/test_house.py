"""The house rules that no linter knows: sizes, names, what lies where, and that every setting is explained."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.settings import Settings

ROOT = Path(__file__).parents[1]
CODE = ("nurture", "workflows", "activities", "benchmarks", "worker.py")
LONGEST_MODULE, LONGEST_FUNCTION = 250, 25
# What design.md names for the root, and what its tools need there.
IN_THE_ROOT = {
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "pyproject.toml", "constraints.txt",
    "docker-compose.yml", "Dockerfile", ".dockerignore", ".env.example", ".gitignore", ".ci", ".pre-commit-hooks.yaml",
    "sequences", "templates", "policies", "worker.py", "workflows", "activities", "nurture", "tests", "benchmarks",
    "docs",
}  # fmt: skip
ROOMS = {
    "authoring", "channels", "chaos", "cli", "doctor", "domain", "inbound", "intake", "local", "store", "trying", "web",
    "settings.py", "wiring.py", "connecting.py", "carriers.py", "leaving.py", "logs.py", "reconciling.py",
    "__init__.py", "__main__.py", "py.typed",
}  # fmt: skip
# Written in two parts, so that this file passes its own test.
REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "crates" + ".io",
    "yarnpkg" + ".com",
]
# Only these read the environment: settings for everybody, the embedded stack to hand it on to the processes it starts,
# the fault suite to find the orders of a process.
READ_THE_ENVIRONMENT = ("nurture/settings.py", "nurture/local/", "nurture/chaos/nest.py")


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be under version control."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(ROOT / name for name in sorted(set(listed.stdout.split("\0"))) if name and (ROOT / name).is_file())


def modules(*places: str) -> list[Path]:
    """Every Python file of ours in these places."""
    inside = [ROOT / place for place in places]
    return [f for f in files() if f.suffix == ".py" and any(f == place or place in f.parents for place in inside)]


@functools.cache
def tree(file: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def place(file: Path, node: ast.AST) -> str:
    """Where a node is, as an editor wants it."""
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def walk(*places: str) -> Iterator[tuple[Path, ast.AST]]:
    """Every syntax node of our code in these places."""
    for file in modules(*places):
        for node in ast.walk(tree(file)):
            yield file, node


def dotted(node: ast.AST) -> str:
    """The name a node spells, such as `os.environ`; "" when it spells none."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def statements(function: ast.AST) -> int:
    """How many statements a function holds, its docstring and nested ones included as ruff counts them."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1


def test_modules_stay_short():
    long = {
        str(f.relative_to(ROOT)): n for f in modules(*CODE) if (n := len(f.read_text().splitlines())) > LONGEST_MODULE
    }

    assert long == {}


def test_functions_stay_short():
    long = [
        f"{place(file, node)} {node.name}: {statements(node)} statements"
        for file, node in walk(*CODE)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and statements(node) > LONGEST_FUNCTION
    ]

    assert long == []


def test_every_module_opens_with_a_sentence():
    silent = [
        str(f.relative_to(ROOT)) for f in modules(*CODE, "tests") if f.stat().st_size and not ast.get_docstring(tree(f))
    ]

    assert silent == []


@pytest.mark.parametrize("name", ["nurture", "workflows", "activities", "worker", "benchmarks"])
def test_our_names_are_not_shadowed_by_a_dependency(name):
    spec = importlib.util.find_spec(name)

    assert spec is not None, f"{name} is not importable: run make"
    found = Path(spec.origin or next(iter(spec.submodule_search_locations or ["nowhere"])))
    assert ROOT in found.parents, f"{name} resolves to {found}"


def test_nothing_lies_in_the_root_that_the_design_does_not_name():
    assert {f.relative_to(ROOT).parts[0] for f in files()} - IN_THE_ROOT == set()


def test_nothing_lies_in_the_package_that_the_design_does_not_name():
    assert {f.relative_to(ROOT).parts[1] for f in files() if f.relative_to(ROOT).parts[0] == "nurture"} - ROOMS == set()


def test_no_file_names_a_package_registry():
    names = re.compile("|".join(map(re.escape, REGISTRIES)))
    named = [str(f.relative_to(ROOT)) for f in files() if names.search(f.read_text(encoding="utf-8", errors="ignore"))]

    assert named == []


def test_pins_carry_hashes_and_no_index():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if "==" in line]

    assert pins
    assert all(line.endswith("\\") for line in pins), "a pin without a hash"
    assert not [line for line in lines if line.startswith("-") or "://" in line]


def test_no_error_is_swallowed():
    swallowed = [
        place(file, node)
        for file, node in walk(*CODE, "tests")
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(each, ast.Pass) or dotted(each) == "..." or _is_ellipsis(each) for each in node.body)
    ]
    suppressed = [
        place(file, node)
        for file, node in walk(*CODE)
        if isinstance(node, ast.Call)
        and dotted(node.func).endswith("suppress")
        and {dotted(each) for each in node.args} & {"Exception", "BaseException"}
    ]

    assert swallowed + suppressed == []


def _is_ellipsis(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def test_no_test_waits_on_the_wall_clock():
    waiting = [
        place(file, node)
        for file, node in walk("tests")
        if isinstance(node, ast.Call)
        and dotted(node.func) in ("time.sleep", "asyncio.sleep", "sleep")
        # Sleeping for 0 only lets others run; pytest_unconfigure lets temporalio's threads end before the interpreter.
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
        and file.name != "conftest.py"
    ]

    assert waiting == []


def test_the_domain_imports_only_the_standard_library_and_itself():
    foreign = [
        f"{place(file, node)} {name}"
        for file, node in walk("nurture/domain")
        for name in _imported(node)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("nurture.domain")
    ]

    assert foreign == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [("." * node.level) + (node.module or "")]
    return []


def test_the_domain_asks_no_clock_no_chance_and_no_disk():
    banned = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic", "open", "print", "input"}
    modules_of_chance = {"random", "secrets", "uuid", "socket", "subprocess", "os", "pathlib", "asyncio", "threading"}
    asked = [
        f"{place(file, node)} {dotted(node.func)}"
        for file, node in walk("nurture/domain")
        if isinstance(node, ast.Call) and dotted(node.func) in banned
    ]
    imported = [
        f"{place(file, node)} {name}"
        for file, node in walk("nurture/domain")
        for name in _imported(node)
        if name.split(".")[0] in modules_of_chance
    ]

    assert asked + imported == []


def test_only_settings_read_the_environment():
    readers = [
        place(file, node)
        for file, node in walk("nurture", "workflows", "activities", "worker.py")
        if dotted(node) in ("os.environ", "os.getenv")
        and not str(file.relative_to(ROOT)).startswith(READ_THE_ENVIRONMENT)
    ]

    assert readers == []


def settings_with_sentences() -> dict[str, str]:
    """Each field of Settings with the sentence below it, "" when there is none."""
    (owner,) = (
        n for n in tree(ROOT / "nurture" / "settings.py").body if isinstance(n, ast.ClassDef) and n.name == "Settings"
    )
    found = {}
    for field, below in zip(owner.body, [*owner.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            found[field.target.id] = " ".join(str(said).split())
    return found


def test_every_setting_has_a_sentence():
    sentences = settings_with_sentences()

    assert set(sentences) == set(Settings.model_fields)
    assert [name for name, sentence in sentences.items() if not sentence.endswith(".")] == []


def table_row(name: str, sentence: str) -> str:
    """The line docs/operations.md must have for a setting."""
    default = Settings.model_fields[name].default
    shown = getattr(default, "get_secret_value", lambda: default)()
    return f"| `NURTURE_{name.upper()}` | {f'`{shown}`' if shown not in (None, '') else 'unset'} | {sentence} |"


def test_operators_find_every_setting_in_the_docs():
    written = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
    wanted = [table_row(name, sentence) for name, sentence in settings_with_sentences().items()]

    assert [row for row in wanted if row not in written] == [], "copy these rows into docs/operations.md"
    known = {row.split("`")[1] for row in wanted}
    assert [row for row in written if row.startswith("| `NURTURE_") and row.split("`")[1] not in known] == []


def test_make_help_names_every_target():
    helped = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory", "help"], check=True, capture_output=True, text=True
    )

    for target in ("demo", "up", "test", "check", "bench", "chaos", "format", "histories", "constraints", "help"):
        assert f"make {target} " in helped.stdout
