"""Processes of ours: started, watched, stopped by their own handle; keys that outlive a restart; one server a file."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys

import pytest

from nurture.domain.errors import Misconfigured
from nurture.local.dev_server import DevServer
from nurture.local.process import Child, free_port
from nurture.local.stack import Keys, Stack

PATIENT = "import signal; signal.pause()"
STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write("up")
while True:
    signal.pause()
"""


class Watched(Child):
    """A child whose every start can be waited for."""

    starts: asyncio.Queue

    async def start(self) -> None:
        await super().start()
        self.starts.put_nowait(self.pid)


def child(tmp_path, code: str, *arguments: str) -> Watched:
    one = Watched("The child", [sys.executable, "-c", code, *arguments], tmp_path / "child.log")
    one.starts = asyncio.Queue()
    return one


async def test_a_child_ends_when_asked(tmp_path):
    one = child(tmp_path, PATIENT)
    await one.start()
    assert one.is_running
    await one.stop()
    assert await one.ended() == -signal.SIGTERM
    await one.stop()  # once more is harmless


async def test_a_child_that_does_not_listen_is_killed(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    one = child(tmp_path, STUBBORN, str(pipe))
    await one.start()
    assert await asyncio.to_thread(pipe.read_text) == "up"
    await one.stop(patience=0.1)
    assert await one.ended() == -signal.SIGKILL


async def test_a_dead_child_is_named_with_its_last_words(tmp_path):
    one = child(tmp_path, "raise SystemExit('the port is taken')")
    await one.start()
    await one.ended()
    with pytest.raises(Misconfigured, match="The child ended with 1: the port is taken"):
        one.demand_running()


async def test_a_killed_worker_is_started_again_and_a_stopped_one_is_not(tmp_path):
    worker = child(tmp_path, PATIENT)
    await worker.start()
    stack = Stack(tmp_path, *[None] * 7, worker)  # type: ignore[arg-type]
    said: asyncio.Queue = asyncio.Queue()
    watch = asyncio.create_task(stack.watch(said.put_nowait))
    first = await worker.starts.get()
    worker._process.kill()  # type: ignore[union-attr]
    assert "signal 9" in await asyncio.wait_for(said.get(), 20)
    assert await asyncio.wait_for(worker.starts.get(), 20) != first
    await stack.rest()
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    assert stack.restarts == 1
    assert not worker.is_running
    assert said.empty()


async def test_a_second_server_on_one_file_is_refused_before_it_starts(tmp_path):
    with (tmp_path / "temporal.db.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = DevServer(tmp_path / "temporal.db", tmp_path / "temporal.log")
        with pytest.raises(Misconfigured, match="Another dev server"):
            await server.__aenter__()
    assert server.pid == 0


def test_keys_are_kept_with_the_folder_and_hidden(tmp_path):
    first = Keys.of(tmp_path, ["anna"])
    again = Keys.of(tmp_path, ["anna", "ben"])
    assert (first.secret, first.api, first.reps["anna"]) == (again.secret, again.api, again.reps["anna"])
    assert set(again.reps) == {"anna", "ben"}
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert again.secret not in repr(again)


def test_a_free_port_is_free():
    assert 1_024 <= free_port() <= 65_535


async def test_a_command_beside_a_child_sees_what_it_sees_and_says_how_it_ended(tmp_path):
    one = Child("The child", ["true"], tmp_path / "log", env={**os.environ, "PLACE": "desk"}, cwd=tmp_path)
    told = "import os, sys; print(os.environ['PLACE'], os.getcwd()); sys.exit(3)"
    assert await one.aside(sys.executable, "-c", told) == (3, f"desk {tmp_path}\n")
