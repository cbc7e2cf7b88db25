"""Processes that a benchmark starts: asked by a line on their standard input, gone when that is closed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from benchmarks.rows import ROOT

STARTS_WITHIN = 60.0
"""Seconds of wall-clock time a child may take until its first line."""


class Child:
    """`python -m module …` from `async with` to its end; `first` is the first line it said."""

    def __init__(self, module: str, arguments: Sequence[str] = (), env: Mapping[str, str] | None = None) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._env = {**os.environ, **(env or {})}
        self.first = ""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, env=self._env, cwd=ROOT
        )
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                self.first = await self._line()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def ask(self, question: str) -> str:
        """Send a line and return the line that comes back. Raises RuntimeError when the child is gone."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{question}\n".encode())
        await self._process.stdin.drain()
        return await self._line()

    async def rest(self) -> str:
        """Wait for its end and return all it said after its first line. Raises RuntimeError when it failed."""
        assert self._process.stdout is not None
        said = await self._process.stdout.read()
        if await self._process.wait() != 0:
            raise RuntimeError(f"{' '.join(self._command[1:])} ended with {self._process.returncode}")
        return said.decode()

    async def _line(self) -> str:
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode().strip()
        if not line:
            raise RuntimeError(f"{' '.join(self._command[1:])} ended without a word: see its errors above")
        return line

    async def _end(self) -> None:
        if self._process.returncode is not None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 15)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
