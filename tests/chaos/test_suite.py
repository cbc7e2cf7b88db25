"""A ground that breaks down takes nothing with it: neither what was found on it, nor the other grounds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nurture.chaos import suite
from nurture.chaos.cell import Cell, Finding
from nurture.chaos.runner import Run
from nurture.domain.errors import Misconfigured


@asynccontextmanager
async def stands(nest: object, root: Path, folder: Path, *rest: Any, **more: Any) -> AsyncIterator[SimpleNamespace]:
    """Stand in for a ground, but not for one with TLS."""
    if more["secure"]:
        raise Misconfigured("The relay did not come up")
    yield SimpleNamespace()


async def until_c1(ground: SimpleNamespace, cells: Sequence[Cell], how: Run) -> None:
    """Judge cells, and fall over at C1."""
    for cell in cells:
        if cell.name == "C1":
            raise FileExistsError("mail.jsonl")
        how.found(Finding(cell.id, cell.variant, cell.criterion, 12, passed=True))


async def run_of(folder: Path, monkeypatch: pytest.MonkeyPatch, *ids: str) -> tuple[dict[str, Finding], list[Finding]]:
    monkeypatch.setattr(suite, "Nest", lambda log: nullcontext())
    monkeypatch.setattr(suite, "ground", stands)
    monkeypatch.setattr(suite, "run", until_c1)
    told: list[Finding] = []
    report = await suite.run_suite(suite.Wish(folder, ids=ids), lambda words: None, told.append)
    assert not report.passed
    return {f"{each.id}/{each.variant}".strip("/"): each for each in report.findings}, told


async def test_a_ground_that_breaks_down_ends_its_own_cells_only(tmp_path, monkeypatch):
    found, told = await run_of(tmp_path, monkeypatch, "A3", "C1", "C6/stripped", "J2")
    assert found["A3"].passed
    assert found["J2"].passed
    assert found["C1"].why == ("never judged, its ground broke down: FileExistsError mail.jsonl",)
    assert found["C6/stripped"].why == (
        "never judged, its ground broke down: Misconfigured The relay did not come up.",
    )
    assert {each.id for each in told} == {"A3", "C1", "C6", "J2"}
    assert not found["C1"].passed
    assert not found["C6/stripped"].passed
