"""What every command does with mistakes, failures around it, bugs and Ctrl-C."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
import typer
from temporalio.service import RPCError, RPCStatusCode

import nurture.cli
from nurture.cli import A_BUG, FINE, INTERRUPTED, PROBLEMS, WRONG_USAGE
from nurture.domain.errors import Invalid, NotFound
from tests.cli.office import ROOT, Office

MINE = (
    "import",
    "enrol",
    "lead",
    "pause",
    "resume",
    "stop",
    "explain",
    "tasks",
    "report",
    "migrate",
    "uncertain",
    "reconcile",
)


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office.open(tmp_path, monkeypatch, capsys, reachable=False)


@pytest.fixture
def failing(monkeypatch):
    """A command line whose only command does what a test says."""

    def make(work):
        app = typer.Typer()
        app.callback()(lambda: None)
        app.command("go")(work)
        monkeypatch.setattr(nurture.cli, "build", lambda: app)

    return make


def raising(error: BaseException):
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize("name", MINE)
def test_help_teaches_with_an_example(office, name):
    ran = office.run(name, "--help")

    assert ran.code == FINE
    assert f"nurture {name}" in " ".join(ran.out.partition("Example")[2].split())
    assert "--json" in ran.out


@pytest.mark.parametrize("name", MINE)
def test_every_command_speaks_json(name):
    module = importlib.import_module(f"nurture.cli.{'import_command' if name == 'import' else name}")

    asked = getattr(module, "command", None) or module.group.registered_callback.callback
    assert "as_json" in asked.__annotations__


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["enrl"], "No such command 'enrl'"),
        (["lead"], "Missing argument 'LEAD'"),
        (["lead", "--jsn", "x"], "No such option: --jsn"),
        (["tasks", "--limit", "none"], "Invalid value for '--limit'"),
        (["tasks", "--limit", "0"], "Invalid value for '--limit'"),
    ],
    ids=["an unknown command", "a missing argument", "an unknown option", "no number", "too small a number"],
)
def test_wrong_usage_says_what_is_wrong(office, words, says):
    ran = office.run(*words)

    assert ran.code == WRONG_USAGE
    assert says in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        pytest.param(
            NotFound("There is no lead 7", remedy="Import it"),
            PROBLEMS,
            "nurture: There is no lead 7. Import it.\n",
            id="an error of ours",
        ),
        pytest.param(
            Invalid("two mistakes", problems=["a.yaml:1:1: this", "a.yaml:2:1: that"]),
            PROBLEMS,
            "a.yaml:1:1: this\na.yaml:2:1: that\nnurture: two mistakes.\n",
            id="input with mistakes",
        ),
        pytest.param(
            PermissionError(13, "Permission denied", "rejects.csv"),
            PROBLEMS,
            "nurture: rejects.csv: Permission denied.\n",
            id="a file",
        ),
        pytest.param(
            RPCError("namespace gone", RPCStatusCode.NOT_FOUND, b""),
            PROBLEMS,
            "nurture: Temporal refused: namespace gone.\n",
            id="Temporal says no",
        ),
        pytest.param(
            RPCError("transport", RPCStatusCode.UNAVAILABLE, b""),
            PROBLEMS,
            "Start it with nurture up, or set NURTURE_TEMPORAL_ADDRESS.\n",
            id="Temporal went away",
        ),
        pytest.param(typer.BadParameter("not both"), WRONG_USAGE, "not both\n", id="wrong usage found late"),
        pytest.param(typer.Exit(7), 7, "", id="a code of its own"),
        pytest.param(SystemExit(4), 4, "", id="a library that leaves"),
        pytest.param(KeyboardInterrupt(), INTERRUPTED, "interrupted\n", id="Ctrl-C"),
        pytest.param(typer.Abort(), INTERRUPTED, "interrupted\n", id="Ctrl-C at a question"),
    ],
)
def test_an_end_has_its_code_and_its_words(office, failing, error, code, says):
    failing(raising(error))

    ran = office.run("go")

    assert ran.code == code
    assert ran.err.endswith(says)
    assert "Traceback" not in ran.err


def test_a_bug_is_shown_whole_and_called_one(office, failing):
    failing(raising(KeyError("journeys")))

    ran = office.run("go")

    assert ran.code == A_BUG
    assert "KeyError: 'journeys'" in ran.err
    assert ran.err.endswith("this is a bug in nurture, not in your files. Please report the lines above.\n")


def test_a_runtime_error_that_is_not_temporals_is_a_bug(office, failing):
    failing(raising(RuntimeError("the heap is empty")))

    assert office.run("go").code == A_BUG


def test_a_command_that_returns_nothing_is_fine(office, failing):
    failing(lambda: "done")

    assert office.run("go").code == FINE


def test_no_temporal_is_a_problem_with_a_way_out(office):
    from tests.cli.office import MIRA

    office.knows(MIRA)

    ran = office.run("enrol", "trial-nurture", MIRA.email)

    assert ran.code == PROBLEMS
    assert "nurture: Temporal does not answer at 127.0.0.1:" in ran.err
    assert ran.err.endswith("Start it with nurture up, or set NURTURE_TEMPORAL_ADDRESS.\n")


def test_no_temporal_is_explained_to_every_command_that_opens_the_house(office, failing):
    import asyncio

    from nurture.settings import Settings
    from nurture.wiring import open_house

    def work() -> None:
        async def go() -> None:
            async with open_house(Settings()):
                pass

        asyncio.run(go())

    failing(work)

    ran = office.run("go")

    assert ran.code == PROBLEMS
    assert "Start it with nurture up" in ran.err


def test_all_settings_that_cannot_be_used_are_listed_together(office, monkeypatch):
    monkeypatch.setenv("NURTURE_SMTP_PORT", "smtp")
    monkeypatch.setenv("NURTURE_TIME_FACTOR", "fast")
    monkeypatch.setenv("NURTURE_TIME_ORIGIN", "yesterday")

    ran = office.run("report")

    assert ran.code == PROBLEMS
    assert ran.err.splitlines() == [
        'NURTURE_SMTP_PORT is "smtp", expected a whole number',
        'NURTURE_TIME_FACTOR is "fast", expected a number',
        'NURTURE_TIME_ORIGIN is "yesterday", expected a moment like 2026-03-02T09:00:00Z',
        "nurture: These settings cannot be used. Correct the variables and start again.",
    ]


def test_a_missing_secret_says_how_to_make_one(office, monkeypatch):
    monkeypatch.setenv("NURTURE_SECRET", "short")

    ran = office.run("report")

    assert ran.code == PROBLEMS
    assert "NURTURE_SECRET is missing or shorter than 16 characters" in ran.err
    assert "openssl rand -hex 32" in ran.err


def test_what_commands_share_is_no_command():
    names = [command.name for command in nurture.cli.build().registered_commands]

    assert {"import", "enrol", "audit"} <= set(names)
    assert not [name for name in names if name is None or name.startswith(("-", "_"))]


def test_the_output_of_a_real_process_may_be_cut_off(office):
    """`nurture --help | head -1`, with a reader that goes away before the first line."""
    code = "import sys; from nurture.cli import main; sys.argv = ['nurture', '--help']; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        said = process.stderr.read()
    assert process.wait(60) in (FINE, PROBLEMS)
    assert "Traceback" not in said
