"""Every mistake as an answer: RFC 9457 problem details for machines, a page for people. The input is not echoed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from nurture.domain.errors import Conflict, Invalid, NotFound, NurtureError, Refused, Unavailable
from nurture.web.pages import page

logger = logging.getLogger(__name__)

STATUS_OF: Mapping[type[NurtureError], int] = {
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    Refused: 422,
    Unavailable: 503,
}
"""How our errors read over HTTP; any other NurtureError is ours to repair: 500."""


class Mistake(BaseModel):
    """One mistake in the input: its place as a path, and what is wrong there."""

    where: str = Field(examples=["body.lead"])
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=['There is no lead "8c5c…".'])
    errors: list[Mistake] = Field(default_factory=list)


class Refusal(HTTPException):
    """A door's own no, with its words; `mistakes` are (place, message)."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        mistakes: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.mistakes = mistakes


def answer(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the problem as a page when a person's browser asked for one, else as application/problem+json."""
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
        return page(request, "problem.html", status=problem.status, headers=headers, problem=problem)
    body = problem.model_dump()
    return JSONResponse(body, problem.status, headers=headers, media_type="application/problem+json")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries for errors a route may answer; 401 and 422 are always among them."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schema = {**schema, "properties": {**schema["properties"], "errors": {"type": "array", "items": _MISTAKE}}}
    schema.pop("$defs", None)
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": {"schema": schema}}}
        for status in sorted({401, 422, *statuses})
    }


_MISTAKE = Mistake.model_json_schema()


def install(app: FastAPI) -> None:
    """Teach the app to answer every error in our words."""
    app.add_exception_handler(NurtureError, _ours)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _store_away)


def bug(request: Request) -> Response:
    """Return the answer to something unforeseen, which the caller has logged."""
    return answer(request, _problem(500, "A mistake of ours. It has been logged; please try again in a moment."))


def _problem(status: int, detail: str, mistakes: Sequence[tuple[str, str]] = ()) -> Problem:
    errors = [Mistake(where=where, message=message) for where, message in mistakes]
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)


async def _ours(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 500)
    if status == 500:
        logger.error("request failed: %s", type(error).__name__, exc_info=error)
        return bug(request)
    mistakes = [("", line) for line in getattr(error, "problems", ())]
    return answer(request, _problem(status, str(error), mistakes))


async def _store_away(request: Request, error: Exception) -> Response:
    """The database is locked, full or gone: nothing was stored, and a provider that hears 503 calls again."""
    logger.error("the store did not answer: %s", type(error).__name__, exc_info=error)
    return answer(request, _problem(503, "The store cannot be reached now; nothing was changed. Please try again."))


async def _validation(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    mistakes = [(".".join(str(part) for part in one["loc"]), str(one["msg"])) for one in found]
    count = f"{len(mistakes)} mistake{'' if len(mistakes) == 1 else 's'}"
    return answer(request, _problem(422, f"The request has {count}; nothing was changed.", mistakes))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    mistakes = error.mistakes if isinstance(error, Refusal) else ()
    headers = error.headers if isinstance(error, HTTPException) else None
    return answer(request, _problem(status, str(getattr(error, "detail", "")), mistakes), headers)
