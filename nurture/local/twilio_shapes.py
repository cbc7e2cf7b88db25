"""What Twilio's message API takes and gives: the resource, its mistakes and its errors."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web


def message_of(account: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the message resource that Twilio makes of a form: each property of its description, and no other."""
    sid, now = f"SM{secrets.token_hex(16)}", format_datetime(datetime.now(UTC))
    uri = f"/2010-04-01/Accounts/{account}/Messages/{sid}"
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": form.get("Body", "") or _content(form),
        "date_created": now,
        "date_updated": now,
        "date_sent": None,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": form.get("From"),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": form["To"],
        "uri": f"{uri}.json",
    }


def mistake_in(form: Mapping[str, str]) -> tuple[int, str] | None:
    """Return Twilio's code and words for what is wrong with a form, or None."""
    if not form.get("To"):
        return 21604, "A 'To' phone number is required."
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return 21603, "A 'From' phone number is required."
    if not form.get("Body") and not form.get("ContentSid"):
        return 21602, "Message body is required."
    if not form["To"].removeprefix("whatsapp:").removeprefix("+").isdigit():
        return 21211, f"Invalid 'To' Phone Number: {form['To']}"
    return None


def problem(status: int, code: int, message: str) -> web.Response:
    """Return an error as Twilio writes it."""
    said = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(said, status=status)


def is_login(header: str, sid: str, token: str) -> bool:
    """Whether an Authorization header holds this account's SID and token."""
    scheme, _, coded = header.partition(" ")
    try:
        given = base64.b64decode(coded, validate=True)
    except binascii.Error:
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(given, f"{sid}:{token}".encode())


def _content(form: Mapping[str, str]) -> str:
    """Return the words of a template message: its variables, for we do not keep Twilio's approved texts."""
    variables = json.loads(form.get("ContentVariables") or "{}")
    return " · ".join(str(value) for value in variables.values())
