"""Our account at Twilio: the official client over one HTTP session, at Twilio itself or at a stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from nurture.channels.twilio_answers import TOO_MANY, answer_error, too_many
from nurture.domain.errors import Misconfigured, Unavailable, Uncertain
from nurture.domain.messages import Receipt

_TO_CONNECT = 10.0
"""Seconds for a connection: shorter than the whole request, so that a time-out here is known to be definite."""


_MOST_FETCHED = 1_000


class TwilioAccount:
    """Creates messages. Opens its session at the first call, in the running loop; close it when done.

    `base_url` is "" for Twilio itself; a stand-in's may have a path. `timeout` is in seconds for one whole request.
    """

    def __init__(self, sid: str, token: str, *, base_url: str = "", timeout: float = 30.0) -> None:
        if not sid or not token:
            raise Misconfigured("Twilio needs an account SID and an auth token", remedy="Set NURTURE_TWILIO_*")
        self._sid, self._token, self._base, self._timeout = sid, token, base_url, timeout
        self._http: _Http | None = None

    def __repr__(self) -> str:
        return f"TwilioAccount({self._sid[:6]}…)"

    async def create(self, fields: Mapping[str, Any]) -> Receipt:
        """POST one message and return its SID and first status.

        Raises Unavailable when nothing was written (no connection, 429), Refused on a definite no, and Uncertain when
        the request was written and no clear answer came: a time-out, a reset, a 5xx, an unreadable body.
        """
        client = self._client()
        try:
            made = await client.messages.create_async(**fields)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(f"Twilio cannot be reached: {type(error).__name__}", code="no connection") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Uncertain(f"No answer from Twilio after the request: {type(error).__name__}") from error
        except (ValueError, KeyError) as error:
            raise Uncertain("Twilio's answer cannot be read") from error
        except TwilioException as error:
            raise answer_error(error) from None  # the client's exception carries the request, and with it the number
        if not made.sid:
            raise Uncertain("Twilio answered without a message SID")
        return Receipt(made.sid, str(made.status or ""))

    async def find(self, *, to: str, sender: str, body: str, since: datetime) -> Receipt | None:
        """Return the message Twilio took from us with just these words since `since` (wall clock, UTC), or None.

        Settles an Uncertain one (rule T7). `body` "" matches any words, as a template's words are Twilio's.
        """
        try:
            found = await self._client().messages.list_async(to=to, from_=sender, limit=50)
        except (TwilioException, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"Twilio cannot be asked now: {type(error).__name__}", code="no answer") from None
        for message in found:
            if message.date_created and message.date_created >= since and body in ("", message.body):
                return Receipt(message.sid, str(message.status))
        return None

    async def received(self, since: datetime) -> list[dict[str, str]]:
        """Return what people sent to our numbers since `since` (wall clock, UTC), oldest first, as webhook forms.

        `DateSent` is added to what a webhook would hold (ISO, UTC). Raises Unavailable.
        """
        try:
            found = await self._client().messages.list_async(date_sent_after=since, limit=_MOST_FETCHED)
        except (TwilioException, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"Twilio cannot be asked now: {type(error).__name__}", code="no answer") from None
        ours = [m for m in found if m.direction == "inbound" and (m.date_sent or m.date_created or since) >= since]
        return [_form(message) for message in reversed(ours)]

    async def close(self) -> None:
        """Close the session."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _client(self) -> Client:
        if self._http is None:
            self._http = _Http(self._base, self._timeout)
        return Client(self._sid, self._token, http_client=self._http)


def _form(message: Any) -> dict[str, str]:
    """Return a fetched message the way a webhook would have brought it."""
    at = message.date_sent or message.date_created
    form = {"MessageSid": message.sid, "From": message.from_ or "", "To": message.to or "", "Body": message.body or ""}
    return {**form, "DateSent": at.isoformat()} if at else form


class _Http(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The client's own HTTP layer with a base URL and, unlike upstream (issue 925), a time-out that works."""

    def __init__(self, base: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base)

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - upstream's signature
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request, with the login in a header (aiohttp 3.14 warns about `auth`). Raises Unavailable on 429."""
        login = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        whole = timeout or self.timeout
        async with self.session.request(
            method,
            self._there(url),
            params=params,
            data=data,
            headers={**(headers or {}), **login},
            timeout=aiohttp.ClientTimeout(total=whole, connect=min(whole, _TO_CONNECT)),
            allow_redirects=allow_redirects,
        ) as answer:
            if answer.status == TOO_MANY:
                raise too_many(answer.headers)
            return Response(answer.status, await answer.text(), answer.headers)

    def _there(self, url: str) -> str:
        if not self._base.netloc:
            return url
        parts = urlsplit(url)
        path = self._base.path.rstrip("/") + parts.path
        return urlunsplit(parts._replace(scheme=self._base.scheme, netloc=self._base.netloc, path=path))
