"""One dev server for all workflow stories, and one house on it."""

from __future__ import annotations

import pytest_asyncio

from tests.workflows.building import dev_server, open_house


@pytest_asyncio.fixture(scope="session")
async def server():
    """A real Temporal server whose workflows' clocks can be turned one by one."""
    async with dev_server() as env:
        yield env


@pytest_asyncio.fixture(scope="session")
async def house(server, tmp_path_factory):
    """Workers with the real activities on a store of their own; only the wires are outboxes."""
    async with open_house(server.client, tmp_path_factory.mktemp("house")) as house:
        yield house
