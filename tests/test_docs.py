"""The documents tell the truth: what they name exists, what they quote is still there, and nothing is left out."""

from __future__ import annotations

import ast
import functools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from nurture.authoring import grammar_sequence as grammar
from nurture.authoring.checking import check_path
from nurture.authoring.grammar import Record
from nurture.authoring.grammar_tests import EXPECT, HAPPENING
from nurture.cli import build
from nurture.domain.condition_vocabulary import FUNCTIONS
from nurture.domain.replies import Intent

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
WRITTEN = [page for page in PAGES if page.name != "checks.md"]  # that page is made of its tests
CODE = ("nurture", "workflows", "activities")
MOST_BYTES = 400_000
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def named(page: Path) -> str:
    """How a page is called in a test's name."""
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def ticked(page: Path) -> list[str]:
    """Everything between single backticks."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def blocks(page: Path, language: str = "") -> list[str]:
    """The fenced blocks of a page in one language, or in none."""
    return [text for name, text in _FENCE.findall(page.read_text()) if name == language]


def anchors(page: Path) -> set[str]:
    """The anchors that a renderer makes of the page's headings."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@functools.cache
def commands() -> dict[str, set[str]]:
    """Every command with its options."""
    group = typer.main.get_command(build())
    found = getattr(group, "commands")  # noqa: B009 -- a group of commands, whatever typer calls its class
    return {name: _options(known) for name, known in found.items()}


def _options(command: typer.core.TyperCommand) -> set[str]:
    """The options of a command and of the commands below it."""
    below = getattr(command, "commands", {}).values()
    return {option for each in command.params for option in each.opts}.union(*map(_options, below))


def spoken(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Every `nurture …` a page names: the command and its options."""
    lines = [line for text in blocks(page) for line in text.splitlines()]
    for text in [*ticked(page), *lines]:
        found = re.match(r"nurture ([a-z]\w*)(.*)", text.strip())
        if found:
            yield found[1], re.findall(r"(?<!\S)(--[a-z-]+)", found[2])


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_path_that_is_named_exists(page):
    tops = {each.name for each in ROOT.iterdir()} - {"var"}
    paths = [text for text in ticked(page) if re.fullmatch(r"[\w.*/<>-]+", text) and text.split("/")[0] in tops]
    missing = [path for path in paths if not list(ROOT.glob(re.sub(r"<\w+>", "*", path).rstrip("/")))]

    assert missing == []


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_command_that_is_named_exists_with_its_options(page):
    wrong = [
        (command, option)
        for command, options in spoken(page)
        for option in [*options, None]
        if command not in commands() or (option and option not in commands()[command])
    ]

    assert wrong == []


def test_every_command_is_documented():
    told = {command for page in WRITTEN for command, _ in spoken(page)}

    assert set(commands()) - told == set()


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *WRITTEN], ids=named)
def test_every_make_target_that_is_named_exists(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    lines = [line for text in blocks(page) for line in text.splitlines()]
    asked = [found[1] for text in [*ticked(page), *lines] if (found := re.match(r"make ([a-z]+)", text.strip()))]

    assert [target for target in asked if target not in targets] == []


@functools.cache
def names() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What each of our modules (by its stem) and classes (by name) has."""
    in_modules: dict[str, set[str]] = {}
    in_classes: dict[str, set[str]] = {}
    for file in (file for top in CODE for file in (ROOT / top).rglob("*.py")):
        tree = ast.parse(file.read_text())
        in_modules.setdefault(file.stem, set()).update(_defined(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                in_classes.setdefault(node.name, set()).update(_defined(node))
    return in_modules, in_classes


def _defined(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield each.name
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("page", [DOCS / "walk.md", *sorted((DOCS / "decisions").glob("*.md"))], ids=named)
def test_every_identifier_that_is_named_exists(page):
    in_modules, in_classes = names()
    files = {file.name for top in CODE for file in (ROOT / top).rglob("*.*")}
    missing = []
    for text in ticked(page):
        parts = text.removesuffix("()").split(".")
        if text in files or not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*){1,2}", text.removesuffix("()")):
            continue
        owner = in_classes if parts[0][0].isupper() else in_modules
        if parts[0] not in owner:
            continue  # a file of another kind, or a library
        known = parts[1] in owner[parts[0]]
        if not known or (len(parts) == 3 and parts[2] not in in_classes.get(parts[1], ())):
            missing.append(text)

    assert missing == []


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_quote_is_still_in_its_file(page):
    """A block whose first line is a comment with a path of ours quotes that file, line by line."""
    changed = []
    for text in (*blocks(page, "python"), *blocks(page, "yaml")):
        head, *lines = text.splitlines()
        file = ROOT / head.removeprefix("# ").strip()
        if not head.startswith("# ") or not file.is_file():
            continue
        known = {line.strip() for line in file.read_text().splitlines()}
        changed += [f"{head} {line}" for line in lines if line.strip() and line.strip() not in known]

    assert changed == []


def test_the_marketers_example_is_a_sequence_without_a_mistake(tmp_path):
    (example,) = [text for text in blocks(DOCS / "marketer.md", "yaml") if text.startswith("# sequences/small-trial")]
    for folder in ("policies", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "sequences").mkdir()
    file = tmp_path / "sequences" / "small-trial.yaml"
    file.write_text(example)

    assert str(check_path([file], tmp_path)) == "no problems in 1 file"


@pytest.mark.parametrize(
    "record",
    [grammar.SEQUENCE_FILE, grammar.ENTER, grammar.TIMING, grammar.STEP, grammar.HANDOFF, HAPPENING, EXPECT],
    ids=lambda record: record.name,
)
def test_the_marketers_page_names_every_key(record: Record):
    page = (DOCS / "marketer.md").read_text()

    assert [key for key in record.keys if not re.search(rf"[`{{ ]{key}[`:]", page)] == []


def test_the_marketers_page_names_every_function_and_intent():
    page = (DOCS / "marketer.md").read_text()

    assert [name for name in (*FUNCTIONS, *map(str, Intent)) if not re.search(rf"`{name}\b", page)] == []


def test_every_picture_is_small_and_shown_somewhere():
    shown = {target for page in WRITTEN for target in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text())}
    pictures = sorted((DOCS / "images").iterdir())

    assert [picture.name for picture in pictures if picture.stat().st_size > MOST_BYTES] == []
    assert {picture.name for picture in pictures} == {Path(target).name for target in shown}


def test_the_changelog_has_a_place_for_what_comes_next():
    assert re.search(r"^## Unreleased$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
