"""The API's handbook at /docs: drawn from our own OpenAPI document, so that no page loads anything from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nurture.web.pages import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: what to send and what comes back."""

    method: str
    path: str
    summary: str
    description: str
    example: str
    answers: tuple[tuple[str, str], ...]


@router.get("/docs")
async def handbook(request: Request) -> Response:
    """Show every call of the API with an example."""
    return page(request, "docs.html", operations=list(operations(request.app.openapi())))


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield the calls of an OpenAPI document in its order."""
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            answers = tuple((status, answer["description"]) for status, answer in sorted(call["responses"].items()))
            text = call.get("description", "")
            yield Operation(method.upper(), path, call.get("summary", ""), text, _example(document, call), answers)


def _example(document: Mapping[str, Any], call: Mapping[str, Any]) -> str:
    """Return the first example of the body as JSON text, "" when the call has no body."""
    content = call.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return ""
    name = str(content["schema"].get("$ref", "")).rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, content["schema"])
    return json.dumps((schema.get("examples") or [{}])[0], indent=2, ensure_ascii=False)
