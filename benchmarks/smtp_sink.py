"""A mail server that throws everything away: the sink both senders talk to, in a process of its own."""

from __future__ import annotations

import asyncio
import sys

from aiosmtpd.smtp import SMTP


class Drop:
    """Says yes to every mail and keeps none."""

    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:
        """Answer the final dot."""
        return "250 2.0.0 Dropped"


async def main() -> None:
    """Listen on a free loopback port, print it, and serve until standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Drop(), hostname="sink", loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
