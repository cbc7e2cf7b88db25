"""`nurture …`: one file a command. A module here with a `command` function is a command by the module's name."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback

import typer

from nurture.domain.errors import Invalid, NurtureError
from nurture.leaving import leave

FINE, PROBLEMS, WRONG_USAGE, A_BUG, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: what a script can rely on."""


def build() -> typer.Typer:
    """Return the whole command line. Command modules import what is heavy inside their function, so help is quick."""
    app = typer.Typer(
        name="nurture",
        help="Durable nurture sequences: write YAML, look at it, test it, run it, and see why every lead got what it got.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "command"):
            app.command(found.name.rstrip("_").removesuffix("_command").replace("_", "-"))(module.command)
        elif hasattr(module, "group"):
            app.add_typer(module.group, name=found.name.rstrip("_").replace("_", "-"))
    return app


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 problems found, 2 wrong usage, 3 a bug."""
    try:
        return int(build()(args=arguments, standalone_mode=False) or FINE)
    except typer.Exit as asked:
        return int(asked.exit_code)
    except NurtureError as expected:
        _complain(expected)
        return PROBLEMS
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as other:  # noqa: BLE001 -- the last line of defence: whatever is not ours is a bug or wrong usage
        return _judge(other)


def main() -> None:
    """Run the command line and leave with its code."""
    leave(run())


def _complain(error: NurtureError) -> None:
    for problem in error.problems if isinstance(error, Invalid) else ():
        print(problem, file=sys.stderr)
    print(f"nurture: {error}", file=sys.stderr)


def _judge(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is not None:
        show()
        return WRONG_USAGE
    traceback.print_exception(error)
    print("nurture: this is a bug in nurture, not in your files. Please report it with the lines above.", file=sys.stderr)
    return A_BUG
