"""Benchmarks measure the worker that ships: its settings and theirs are the same, read from the source of both."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "max_concurrent_activities",
    "max_concurrent_activity_task_polls",
    "max_concurrent_workflow_tasks",
    "max_concurrent_workflow_task_polls",
    "max_cached_workflows",
}


def settings_of(file: str) -> set[tuple[str, object]]:
    """Every setting of capacity in the calls of Worker in a file."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Worker"
    ]
    return {(word.arg, ast.unparse(word.value)) for call in calls for word in call.keywords if word.arg in SETTINGS}


def test_the_measured_worker_has_the_settings_of_the_shipped_one():
    assert {name for name, _ in settings_of("worker.py")} == SETTINGS
    assert settings_of("benchmarks/hands.py") == settings_of("worker.py")
