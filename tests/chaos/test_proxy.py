"""The proxy lets through, keeps back, and cuts."""

from __future__ import annotations

import asyncio

import pytest

from nurture.chaos.proxy import Proxy


@pytest.fixture
async def echo():
    """A server that says everything back."""

    async def serve(reader, writer):
        while data := await reader.read(1_000):
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def line_to(proxy: Proxy):
    host, _, port = proxy.address.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def test_what_is_kept_back_comes_when_it_flows_again(echo):
    async with Proxy(echo) as proxy:
        reader, writer = await line_to(proxy)
        writer.write(b"one")
        assert await reader.read(3) == b"one"
        proxy.stall()
        writer.write(b"two")
        waiting = asyncio.create_task(reader.read(3))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        proxy.flow()
        assert await waiting == b"two"
        writer.close()


async def test_a_cut_ends_the_connection_and_not_the_proxy(echo):
    async with Proxy(echo) as proxy:
        reader, writer = await line_to(proxy)
        writer.write(b"one")
        assert await reader.read(3) == b"one"
        await proxy.cut()
        assert await reader.read() == b""
        writer.close()
        reader, writer = await line_to(proxy)
        writer.write(b"two")
        assert await reader.read(3) == b"two"
        writer.close()
