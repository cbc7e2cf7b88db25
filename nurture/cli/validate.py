"""`nurture validate`: every mistake in what marketers and operators wrote, each with its place and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nurture.cli._desk import AsJson, say_json
from nurture.cli._root import Root, root_for

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Files or folders. Default: sequences/, policies/ and templates/."),
]


def command(paths: Paths = None, root: Root = None, as_json: AsJson = False) -> None:
    """Check sequences, tests, personas, policies and templates; exit 1 when something must be mended.

    All mistakes of all files come at once, each as `file:line:column: what is wrong. What to do. [rule]` with the line
    itself. Warnings do not fail the check.

    Examples: `nurture validate` · `nurture validate sequences/trial-nurture.yaml` · `nurture validate --json`
    """
    from nurture.authoring.checking import check_path
    from nurture.cli import PROBLEMS

    report = check_path(paths or [], root_for(root, paths or []))
    if as_json:
        errors = len(report.errors)
        counts = {"clean": report.is_clean, "errors": errors, "warnings": len(report.problems) - errors}
        say_json({**counts, **report.as_json()})
    else:
        print(report)
    if not report.is_clean:
        raise typer.Exit(PROBLEMS)
