"""The nest forks real processes: each with its own variables, its own log, and an end that is told."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from nurture.chaos.forked import Fledgling, Nest

PROGRAM = """
import os, signal, sys
with open("pipe", "w") as pipe:
    print(os.environ["NAME"], *sorted(os.environ), sys.argv, file=pipe)
if os.environ["NAME"] == "weak":
    raise ValueError("too weak to live")
if os.environ["NAME"] == "polite":
    sys.exit(7)
signal.pause()
"""


@pytest.fixture
async def nest(tmp_path, monkeypatch):
    (tmp_path / "little_program.py").write_text(PROGRAM)
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with Nest(tmp_path / "nest.log", ["json"]) as nest:
        yield nest


def fledgling(nest: Nest, tmp_path, name: str) -> Fledgling:
    return Fledgling(nest, f"The {name}", "little_program", tmp_path / f"{name}.log", {"NAME": name}, tmp_path)


async def first_words(one: Fledgling, tmp_path) -> str:
    await one.start()
    return await asyncio.to_thread((tmp_path / "pipe").read_text)


async def test_a_process_sees_just_its_own_variables_and_dies_of_a_signal(nest, tmp_path):
    one = fledgling(nest, tmp_path, "strong")
    assert await first_words(one, tmp_path) == "strong NAME ['little_program']\n"
    assert one.is_running
    assert one.pid not in (0, os.getpid())
    await one.kill()
    assert not one.is_running
    assert await one.ended() == -signal.SIGKILL


async def test_it_is_started_anew_as_another_process(nest, tmp_path):
    one = fledgling(nest, tmp_path, "strong")
    await first_words(one, tmp_path)
    first = one.pid
    await one.stop()
    assert await first_words(one, tmp_path)
    assert one.pid != first


async def test_its_error_is_in_its_log_and_its_exit_code_is_told(nest, tmp_path):
    weak, polite = (fledgling(nest, tmp_path, name) for name in ("weak", "polite"))
    await first_words(weak, tmp_path)
    assert await weak.ended() == 1
    assert "too weak to live" in weak.last_words()
    await first_words(polite, tmp_path)
    assert await polite.ended() == 7


async def test_whoever_still_lives_ends_with_the_nest(tmp_path, monkeypatch):
    (tmp_path / "little_program.py").write_text(PROGRAM)
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with Nest(tmp_path / "nest.log", ["json"]) as nest:
        one = fledgling(nest, tmp_path, "strong")
        await first_words(one, tmp_path)
    assert not one.is_running
