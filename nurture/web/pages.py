"""Pages for people: Jinja with everything escaped, Markdown made harmless, and times in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markdown_it import MarkdownIt
from markupsafe import Markup

HTML = Path(__file__).with_name("html")
STATIC = Path(__file__).with_name("static")

_MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False}).disable("image")
_SPANS = (("day", 86_400), ("h", 3_600), ("min", 60))


def markdown(text: str) -> Markup:
    """Return Markdown as HTML that can do no harm: raw HTML is shown as text, images are not loaded (S8)."""
    return Markup(_MARKDOWN.render(text))


def span(length: timedelta) -> str:
    """Return a length of time in its two largest words: `3 days 4 h`, `12 min`, `less than a minute`."""
    left = int(abs(length).total_seconds())
    words: list[str] = []
    for unit, seconds in _SPANS:
        count, left = divmod(left, seconds)
        if count and len(words) < 2:
            words.append(f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}")
        elif words:
            break
    return " ".join(words) or "less than a minute"


def countdown(due: datetime | None, now: datetime) -> str:
    """Return how long is left: `12 min left`, `2 h 5 min late`, or `no deadline`."""
    if due is None:
        return "no deadline"
    return f"{span(due - now)} {'left' if due >= now else 'late'}"


def urgency(due: datetime | None, now: datetime) -> str:
    """Return `late`, `soon` (within the hour), `calm`, or `none` without a deadline: a class for the style sheet."""
    if due is None:
        return "none"
    return "late" if due < now else "soon" if due - now <= timedelta(hours=1) else "calm"


def moment(at: datetime | None, zone: str = "UTC") -> Markup:
    """Return a `time` element in the reader's zone (IANA; UTC when unknown): `Tue 3 Nov 2026, 09:12 CET`."""
    if at is None:
        return Markup("—")
    try:
        there = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        there = at.astimezone(UTC)
    words = f"{there:%a} {there.day} {there:%b %Y, %H:%M %Z}"
    return Markup('<time datetime="{}">{}</time>').format(at.astimezone(UTC).isoformat(timespec="seconds"), words)


@pass_context
def _moment_for_reader(context: Context, at: datetime | None) -> Markup:
    return moment(at, str(context.get("zone", "UTC")))


def words(code: str) -> str:
    """Return a code as words: `not_now` -> `not now`."""
    return code.replace("_", " ").replace("-", " ").replace("handoff", "hand-off")


def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(HTML), autoescape=True, undefined=StrictUndefined)
    environment.filters |= {
        "markdown": markdown,
        "moment": _moment_for_reader,
        "words": words,
        "segment": lambda s: quote(s, safe=""),
    }
    environment.globals |= {"countdown": countdown, "urgency": urgency}
    return environment


_PAGES = _environment()


def page(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Return a page. The layout shows the logged-in rep's name and zone, put on the request by a checked login."""
    known = {"rep": getattr(request.state, "rep", None), "zone": getattr(request.state, "zone", "UTC")}
    html = _PAGES.get_template(template).render(**context, **known, path=request.url.path)
    return HTMLResponse(html, status, headers=dict(headers or {}))
