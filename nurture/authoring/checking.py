"""Checks a library of sequences, tests, personas, policies and templates: every mistake at once, on all cores."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from nurture.authoring.desk import Desk
from nurture.authoring.known import TemplateShelf
from nurture.authoring.library import POLICY_FILES
from nurture.authoring.problem import Problem, Report, in_order
from nurture.authoring.shelf import Shelf
from nurture.authoring.source import show

_WORTH_IT = 200
"""From how many files on it pays to check on all cores."""


def check_path(paths: Sequence[Path], root: Path, shelf: TemplateShelf | None = None) -> Report:
    """Check sequences, tests, policies and templates: files, or all below folders. No path means all below `root`.

    `root` holds sequences/, policies/ and templates/. `shelf` stands in for the templates below `root`; where there are
    neither, the names of templates are not checked.
    """
    folder = root / "templates"
    own = Shelf(folder) if folder.is_dir() else None
    desk = Desk(root, shelf or own)
    files = list(dict.fromkeys(file for path in paths or [root] for file in _files(path, root)))
    problems = _checked(desk, [file for file in files if not _is_template(file, folder)])
    written = {show(file, root) for file in files if _is_template(file, folder)}
    if own is not None and written:
        fields = frozenset(desk.known.fields) or None
        problems += [problem for problem in own.problems(fields) if problem.path in written]
    return Report(tuple(show(file, root) for file in files), in_order(problems))


def _checked(desk: Desk, files: list[Path]) -> list[Problem]:
    """Check files one by one, or many files on all cores."""
    cores = os.cpu_count() or 1
    if len(files) < _WORTH_IT or cores == 1 or not _can_fork():
        return [problem for file in files for problem in desk.check(file)]
    desk.prepare()
    size = -(-len(files) // (4 * cores))
    batches = [files[start : start + size] for start in range(0, len(files), size)]
    # Forked children share what the desk has read; the sandboxes of other platforms would read it all again.
    with ProcessPoolExecutor(cores, multiprocessing.get_context("fork"), _sit_down, (desk,)) as pool:
        return [problem for found in pool.map(_check_batch, batches) for problem in found]


def _can_fork() -> bool:
    """Whether a child can be made of this process: not on Windows, and not while other threads may hold locks."""
    return "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1


_seat: list[Desk] = []


def _sit_down(desk: Desk) -> None:
    _seat[:] = [desk]


def _check_batch(files: list[Path]) -> list[Problem]:
    return [problem for file in files for problem in _seat[0].check(file)]


def _everything(root: Path) -> list[Path]:
    return [path for name in ("sequences", "policies", "templates") if (path := root / name).exists()]


def _files(path: Path, root: Path) -> list[Path]:
    """Return a file as it is, of a folder the files that are ours, and of the root the three folders we know."""
    if path.resolve() == root.resolve():
        return [file for folder in _everything(root) for file in _files(folder, root)]
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and _is_ours(file, root / "templates"))


def _is_ours(file: Path, templates: Path) -> bool:
    """Whether a file found in a folder is one of ours."""
    if _is_template(file, templates):
        return file.suffix in (".md", ".txt", ".yaml", ".html")
    if file.parent.name == "policies":
        return file.suffix == ".yaml" and file.stem in POLICY_FILES
    return file.suffix in (".yaml", ".yml")


def _is_template(file: Path, folder: Path) -> bool:
    return file.resolve().is_relative_to(folder.resolve())
