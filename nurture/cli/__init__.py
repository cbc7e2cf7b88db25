"""`nurture …`: one file a command. A module here with a `command` function is a command by the module's name."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback

import typer
from typer import TyperException

from nurture.domain.errors import Invalid, NurtureError
from nurture.leaving import leave

FINE, PROBLEMS, WRONG_USAGE, A_BUG, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: what a script can rely on."""


def build() -> typer.Typer:
    """Return the whole command line. Command modules import what is heavy inside their function, so help is quick."""
    app = typer.Typer(
        name="nurture",
        help="Durable nurture sequences: write YAML, look at it, test it, run it, see why every lead got what it got.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    for found in pkgutil.iter_modules(__path__):
        if found.name.startswith("_"):
            continue  # what commands share
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "command"):
            app.command(found.name.rstrip("_").removesuffix("_command").replace("_", "-"))(module.command)
        elif hasattr(module, "group"):
            app.add_typer(module.group, name=found.name.rstrip("_").replace("_", "-"))
    return app


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 problems found, 2 wrong usage, 3 a bug, 130 interrupted."""
    try:
        code = build()(args=arguments, prog_name="nurture", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit as left:  # a reader of our output went away, or a library had enough
        code = left.code
    except TyperException as misuse:
        return _show(misuse)
    except Exception as other:  # noqa: BLE001 -- the last line of defence: what nobody can explain is a bug
        return _judge(other)
    if code == INTERRUPTED:
        print("interrupted", file=sys.stderr)
    return code if isinstance(code, int) else FINE


def main() -> None:
    """Run the command line and leave with its code."""
    code = run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # `nurture lead … | head`: nobody reads the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    leave(code)


def _show(misuse: TyperException) -> int:
    """Print how the command is meant to be used and what is wrong; return the exit code."""
    show = getattr(misuse, "show", None)
    if show is not None:
        show()
    else:
        print(f"nurture: {misuse.format_message()}", file=sys.stderr)
    return misuse.exit_code


def _judge(error: Exception) -> int:
    from nurture.cli._failures import explained

    known = explained(error)
    if known is not None:
        _complain(known)
        return PROBLEMS
    traceback.print_exception(error)
    print("nurture: this is a bug in nurture, not in your files. Please report the lines above.", file=sys.stderr)
    return A_BUG


def _complain(error: NurtureError) -> None:
    for problem in error.problems if isinstance(error, Invalid) else ():
        print(problem, file=sys.stderr)
    print(f"nurture: {error}", file=sys.stderr)
