"""Failures of what surrounds a command (settings, Temporal, the database, files), told as a fact and a way out."""

from __future__ import annotations

from typing import Any

from nurture.domain.errors import Conflict, Invalid, Misconfigured, NurtureError, Unavailable

_NOT_CONNECTED = "Failed client connect"
"""How the SDK's RuntimeError begins when nobody answers at the address."""
_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "yes or no",
    "datetime": "a moment like 2026-03-02T09:00:00Z",
    "path": "a path",
    "string": "a text",
}
"""First word of pydantic's error type -> what the setting must be."""


def explained(error: BaseException) -> NurtureError | None:
    """Return a failure as one of ours, with what to do about it; None for what can only be a bug."""
    if isinstance(error, NurtureError):
        return error
    for look in (_of_settings, _of_temporal, _of_database, _of_files):
        found = look(error)
        if found is not None:
            return found
    return None


def temporal_away() -> Unavailable:
    """Return what to say when nobody answers at the address of Temporal."""
    from nurture.settings import Settings

    return Unavailable(
        f"Temporal does not answer at {Settings().temporal_address}",
        remedy="Start it with nurture up, or set NURTURE_TEMPORAL_ADDRESS",
    )


def _of_settings(error: BaseException) -> NurtureError | None:
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    if isinstance(error, SettingsError):
        return Misconfigured(str(error))
    if not isinstance(error, ValidationError) or error.title != "Settings":
        return None
    problems = [_setting(dict(each)) for each in error.errors(include_url=False)]
    return Invalid("These settings cannot be used", problems=problems, remedy="Correct the variables and start again")


def _setting(each: dict[str, Any]) -> str:
    name = "NURTURE_" + "_".join(map(str, each["loc"])).upper()
    expected = _EXPECTED.get(str(each["type"]).partition("_")[0])
    return f'{name} is "{each["input"]}", expected {expected}' if expected else f"{name}: {each['msg']}"


def _of_temporal(error: BaseException) -> NurtureError | None:
    if isinstance(error, RuntimeError) and str(error).startswith(_NOT_CONNECTED):
        return temporal_away()
    from temporalio.client import RPCTimeoutOrCancelledError, WorkflowUpdateFailedError
    from temporalio.exceptions import TemporalError
    from temporalio.service import RPCError, RPCStatusCode

    if isinstance(error, RPCError) and error.status is RPCStatusCode.UNAVAILABLE:
        return temporal_away()
    if isinstance(error, WorkflowUpdateFailedError):
        return Conflict(str(error.cause).rstrip("."))
    if isinstance(error, RPCTimeoutOrCancelledError):
        return Unavailable("Temporal took too long to answer", remedy="Start a worker with nurture worker")
    if isinstance(error, TemporalError):
        return Unavailable(f"Temporal refused: {str(error).rstrip('.')}")
    return None


def _of_database(error: BaseException) -> NurtureError | None:
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

    if isinstance(error, ArgumentError | NoSuchModuleError):
        remedy = "Use sqlite+aiosqlite:///var/nurture.db or postgresql+asyncpg://user:password@host/name"
        return Misconfigured("NURTURE_DATABASE_URL is no address of a database we know", remedy=remedy)
    if isinstance(error, OperationalError):
        return Unavailable(f"The database refuses: {error.orig}", remedy="Check NURTURE_DATABASE_URL and its server")
    return None


def _of_files(error: BaseException) -> NurtureError | None:
    if not isinstance(error, OSError):
        return None
    what = error.strerror or str(error)
    return NurtureError(f"{error.filename}: {what}" if error.filename else what)
