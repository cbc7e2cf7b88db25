"""`nurture test`: sequence tests in the marketer's words, run by the planner on a turned clock, with no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nurture.cli._desk import AsJson, say_json
from nurture.cli._root import Root, root_for

__test__ = False

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Test files, sequences or folders. Default: all below sequences/."),
]
Story = Annotated[bool, typer.Option("--story", help="Show what happened in tests that passed, too.")]


def command(paths: Paths = None, root: Root = None, story: Story = False, as_json: AsJson = False) -> None:
    """Run the tests beside the sequences (`<name>.test.yaml`); exit 1 when one fails.

    A test is over when the sequence is, or when a rep has the lead and the test says nothing more. A lead without
    `like:` ticked the box for e-mail and left its number for calls, not for texts. A test without `start:` begins on
    Monday, 1 June 2026, at 10:00 where the lead is. An experiment that is not named never puts the lead in its holdout.

    Examples: `nurture test` · `nurture test sequences/trial-nurture.test.yaml --story` · `nurture test --json`
    """
    from nurture.cli import PROBLEMS
    from nurture.trying.rehearsal import rehearse, test_files
    from nurture.trying.verdicts import summary, verdict_text, verdicts_json

    folder = root_for(root, paths or [])
    verdicts = []
    for verdict in rehearse(test_files(paths or [], folder), folder):
        verdicts.append(verdict)
        if not as_json:
            print(verdict_text(verdict, story=story))
    if as_json:
        say_json(verdicts_json(verdicts))
    else:
        print(summary(verdicts))
    if not all(verdict.passed for verdict in verdicts):
        raise typer.Exit(PROBLEMS)
