"""A process that we started: found ready, watched, and stopped by its own handle. It dies when we die."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from nurture.domain.errors import Misconfigured

_SET_PARENT_DEATH_SIGNAL = 1
_LOG_TAIL = 2_000


class Process(Protocol):
    """A process as asyncio knows them. `returncode` is None while it runs, negative for a signal."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int:
        """Wait for its end and return the exit code."""
        ...

    def send_signal(self, sign: int, /) -> None:
        """Send it a signal."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class Child:
    """One child process. Its output goes to `log`; `name` is how we speak of it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name, self.log = name, log
        self._command, self._env, self._cwd = command, env, cwd
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """The process id; 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process; after it ended, start it anew. Its log is continued."""
        self._process = await self._begin()

    async def _begin(self) -> Process:
        with ExitStack() as open_:
            out = open_.enter_context(self.log.open("ab"))
            return await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,  # Ctrl-C at the terminal is ours to handle, and in order
                preexec_fn=die_with_parent,
            )

    async def ended(self) -> int:
        """Wait for its end and return its exit code, negative for a signal."""
        return await self._process.wait() if self._process else 0

    async def kill(self) -> None:
        """End it at once by SIGKILL, as a crash does."""
        self.send(signal.SIGKILL)
        await self.ended()

    def send(self, sign: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None and self.is_running:
            self._process.send_signal(sign)

    async def stop(self, patience: float = 30.0) -> None:
        """Ask it to end; kill it after `patience` seconds."""
        if self._process is None or not self.is_running:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), patience)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def aside(self, *command: str) -> tuple[int, str]:
        """Run another command to its end where this process runs, with what it sees; return exit code and output."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._env,
            cwd=self._cwd,
            preexec_fn=die_with_parent,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode("utf-8", "replace")

    def demand_running(self) -> None:
        """Raise Misconfigured with the last lines of its log when it has ended."""
        if not self.is_running:
            code = self._process.returncode if self._process else None
            raise Misconfigured(f"{self.name} ended with {code}: {self.last_words()}", remedy=f"Look into {self.log}")

    def last_words(self) -> str:
        """Return the end of its log."""
        said = self.log.read_bytes()[-_LOG_TAIL:] if self.log.exists() else b""
        return said.decode("utf-8", "replace").strip() or "it said nothing"


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> None:
    """Have the kernel end this process when its parent dies in whatever way. Linux only; elsewhere the parent must."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
