"""A TCP proxy between two of our parts that lets through, delays, swallows or cuts what passes."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

_CHUNK = 65_536


class Proxy:
    """Listens on a loopback port and carries bytes to `target` (host:port) from `async with` to its end.

    While `stalled`, connections are taken and bytes kept back; `delay` (seconds) holds up every chunk.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._host, self._port = host, int(port)
        self.delay = 0.0
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Host and port to use in the target's place."""
        port = self._server.sockets[0].getsockname()[1] if self._server else 0
        return f"127.0.0.1:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        await self.cut()

    def stall(self) -> None:
        """Take connections and bytes, and pass nothing on, until `flow`."""
        self._open.clear()

    def flow(self) -> None:
        """Let everything through again, what was kept back first."""
        self._open.set()

    async def cut(self) -> None:
        """Close every connection that passes now."""
        for task in self._lines:
            task.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._lines.add(task)
            task.add_done_callback(self._lines.discard)
        there_writer: asyncio.StreamWriter | None = None
        try:
            there, there_writer = await asyncio.open_connection(self._host, self._port)
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there, writer))
        except (OSError, asyncio.CancelledError):
            return
        finally:
            for end in (writer, there_writer):
                if end is not None:
                    end.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            await self._open.wait()
            if self.delay:
                await asyncio.sleep(self.delay)
            writer.write(data)
            await writer.drain()
        writer.close()
