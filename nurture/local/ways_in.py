"""The real doors of the web app as the world uses them: browsers, mail servers, and other programs."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import aiosmtplib

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GATEWAY = "Mozilla/5.0 (compatible; Mimecast URL Protect)"
_PATIENCE = aiohttp.ClientTimeout(total=20)
_TRIES = 3
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the doors are: the web app's base URL, the port of its mail listener, and the key of its API."""

    web: str
    mail_port: int
    api_key: str


class WaysIn:
    """Knocks at the doors from `async with` to its end. What is refused or not answered is counted in `failed`."""

    def __init__(self, where: Addresses) -> None:
        self._where = where
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=_PATIENCE, connector=aiohttp.TCPConnector(limit=20))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def look_at(self, url: str, *, agent: str = BROWSER) -> None:
        """Open a link or load a pixel; the target of a redirect is not visited."""
        await self._knock("look", "GET", url, headers={"User-Agent": agent})

    async def one_click(self, url: str) -> None:
        """Unsubscribe as a mail program does (RFC 8058)."""
        await self._knock("unsubscribe", "POST", url, data={"List-Unsubscribe": "One-Click"})

    async def tell(self, id_: str, lead: str, name: str, details: Mapping[str, Any]) -> None:
        """Report that a lead did something, as a product or a CRM does."""
        body = {"id": id_, "lead": lead, "name": name, "details": dict(details)}
        await self._knock("event", "POST", f"{self._where.web}/api/v1/events", json=body, headers=self._login)

    async def tasks(self) -> list[dict[str, Any]]:
        """Return all open tasks; [] when the door does not answer."""
        answer = await self._knock("tasks", "GET", f"{self._where.web}/api/v1/tasks?limit=1000", headers=self._login)
        return list(answer["tasks"]) if answer else []

    async def log_in(self, key: str) -> aiohttp.ClientSession:
        """Return a session in which the rep with this key is logged in. Raises RuntimeError when the key is refused."""
        session = aiohttp.ClientSession(timeout=_PATIENCE, cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with session.post(f"{self._where.web}/login", data={"key": key}, allow_redirects=False) as answer:
            if answer.status != 303:
                await session.close()
                raise RuntimeError(f"a rep's key was refused with {answer.status}")
        return session

    async def send(self, envelope_from: str, to: str, raw: bytes) -> None:
        """Hand a mail to the listener, as a mail server does: a 4xx or no answer is tried again."""
        for left in reversed(range(_TRIES)):
            try:
                await self._deliver(envelope_from, to, raw)
            except (aiosmtplib.SMTPException, OSError) as trouble:
                logger.warning("a mail was not taken: %s", trouble)
                self.failed["mail"] += not left
            else:
                self.done["mail"] += 1
                return

    async def _deliver(self, envelope_from: str, to: str, raw: bytes) -> None:
        """Step by step, because the library's short way cannot send from nobody (`MAIL FROM:<>`)."""
        relay = aiosmtplib.SMTP(hostname="127.0.0.1", port=self._where.mail_port, use_tls=False, start_tls=False)
        async with relay as smtp:
            await smtp.ehlo()
            await smtp.mail(envelope_from, encoding="utf-8")
            await smtp.rcpt(to, encoding="utf-8")
            await smtp.data(raw)

    @property
    def _login(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._where.api_key}"}

    async def _knock(self, what: str, method: str, url: str, **more: Any) -> Any:
        """Make one request; a program or mail server tries again on a 5xx or silence, within reason."""
        for left in reversed(range(_TRIES)):
            try:
                async with self._http.request(method, url, allow_redirects=False, **more) as answer:
                    if answer.status < 400:
                        self.done[what] += 1
                        return await answer.json() if answer.content_type == "application/json" else None
                    said = f"{answer.status} {(await answer.text())[:200]}"
                    if answer.status < 500:
                        left = 0  # a definite no is not asked again
            except (aiohttp.ClientError, TimeoutError) as trouble:
                said = f"{type(trouble).__name__} {trouble}"
            logger.warning("%s %s: %s", method, what, said)
            if not left:
                break
        self.failed[what] += 1
        return None
