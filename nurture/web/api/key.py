"""The API's one key, as a Bearer token."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from nurture.web.facts import AtHome
from nurture.web.problems import Refusal

_BEARER = HTTPBearer(auto_error=False, description="The value of NURTURE_API_KEY.")


async def with_key(home: AtHome, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
    """Let only the key in, compared in constant time. Without a configured key the API refuses everything."""
    key = home.doors.api_key
    if given is None or not key or not hmac.compare_digest(given.credentials.encode(), key.encode()):
        raise Refusal(401, "Send the API key as `Authorization: Bearer …`.", headers={"www-authenticate": "Bearer"})
