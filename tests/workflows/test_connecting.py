"""Reaching Temporal: at once or not at all for a command, at last for a process that is started together with it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from nurture.connecting import connect, connect_at_last
from nurture.settings import Settings


@asynccontextmanager
async def gate(target: str, refusals: int):
    """A door to `target` that hangs up on the first so many callers; yields its address and who was refused."""
    refused: list[int] = []

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(refused) < refusals:
            refused.append(1)
            writer.close()
            return
        host, _, port = target.rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(passes(reader, back), passes(there, writer))

    async with await asyncio.start_server(carry, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", refused


async def passes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def test_a_command_is_told_at_once_that_nobody_answers(server):
    async with gate(server.client.service_client.config.target_host, 1_000) as (address, _):
        with pytest.raises(RuntimeError, match="Failed client connect"):
            await connect(Settings(temporal_address=address))


async def test_a_worker_waits_for_a_temporal_that_hangs_up_on_it_and_says_so(server, caplog):
    async with gate(server.client.service_client.config.target_host, 2) as (address, refused):
        client = await connect_at_last(Settings(temporal_address=address))
        assert await client.count_workflows() is not None
    assert refused
    assert f"Temporal does not answer at {address} yet" in caplog.text
