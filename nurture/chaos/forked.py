"""Real processes that begin as forks of a warm one: what is killed a dozen times a run must come back soon."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from nurture.domain.errors import Misconfigured
from nurture.local.process import Child, Process, die_with_parent

PROGRAMS = ("worker", "nurture.web.serving", "holidays.countries")
"""What the nest imports before anything is forked."""


class Forked:
    """A process that the nest brought forth; it is told of its end."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    async def wait(self) -> int:
        """Wait for the end and return the exit code, negative for a signal."""
        await self._ended.wait()
        return self.returncode or 0

    def send_signal(self, sign: int) -> None:
        """Send it a signal, if it lives."""
        if self.returncode is None:
            os.kill(self.pid, sign)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def ends(self, code: int) -> None:
        """Take note of its end."""
        self.returncode = code
        self._ended.set()


class Nest:
    """Runs `nurture.chaos.nest` from `async with` to its end; everything forked from it ends with it."""

    def __init__(self, log: Path, programs: Sequence[str] = PROGRAMS) -> None:
        self._log, self._programs = log, programs
        self._births: deque[asyncio.Future[Forked]] = deque()
        self._alive: dict[int, Forked] = {}

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "nurture.chaos.nest", *self._programs),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._ear = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._ear
        await self._process.wait()

    async def fork(self, module: str, env: Mapping[str, str], cwd: Path, log: Path) -> Forked:
        """Begin a process that runs `module` with exactly these variables. Raises Misconfigured without a nest."""
        assert self._process.stdin is not None
        if self._ear.done():
            raise Misconfigured("The nest is gone", remedy=f"Look into {self._log}")
        birth: asyncio.Future[Forked] = asyncio.get_running_loop().create_future()
        self._births.append(birth)
        order = {"module": module, "env": dict(env), "cwd": os.fspath(cwd), "log": os.fspath(log)}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        return await birth

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            news: dict[str, int] = json.loads(line)
            if "born" in news:
                self._alive[news["born"]] = one = Forked(news["born"])
                self._births.popleft().set_result(one)
            else:
                self._alive.pop(news["ended"]).ends(news["code"])
        for birth in self._births:
            birth.set_exception(Misconfigured("The nest is gone", remedy=f"Look into {self._log}"))
        for orphan in self._alive.values():
            orphan.ends(-signal.SIGTERM)


class Fledgling(Child):
    """A child as any other, but for how it begins: as a fork of the nest's process, with everything imported."""

    def __init__(self, nest: Nest, name: str, module: str, log: Path, env: Mapping[str, str], cwd: Path) -> None:
        super().__init__(name, (), log, env=env, cwd=cwd)  # for commands beside it
        self._nest, self._module = nest, module
        self._variables, self._place = env, cwd

    async def _begin(self) -> Process:
        return await self._nest.fork(self._module, self._variables, self._place, self.log)
