"""How an e-mail is laid out: Markdown in the company's layout, CSS inlined, plain text beside it, marks everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import css_inline
from inscriptis import get_text  # type: ignore[import-untyped]
from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]

from nurture.authoring.composer_links import Link, LinkList, mark_html, spelled_out
from nurture.authoring.composer_marks import (
    BRAND,
    LANGUAGE,
    PIXEL,
    POSTAL,
    PREHEADER,
    SENDER,
    UNSUBSCRIBE,
    Mark,
    Values,
    split,
)  # fmt: skip
from nurture.authoring.composer_text import Text
from nurture.authoring.markdown import to_html
from nurture.domain.errors import Invalid

# Remote style sheets stay unloaded: a template must never make us fetch something.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
_TEXT = ParserConfig(css=CSS_PROFILES["strict"].copy())
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_WHOLE_PAGE = re.compile(r"<html\b", re.IGNORECASE)
_FOOTER = (
    '<p style="margin:24px;font:12px/1.5 sans-serif;color:#6b7280;text-align:center">{postal}<br>'
    '<a href="{unsubscribe}" style="color:#6b7280">Unsubscribe</a></p>'
)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A laid-out e-mail with marks instead of values and links: the same for every lead who gets the same words."""

    html: tuple[str, ...]
    text: tuple[str, ...]
    links: LinkList

    def named(self) -> tuple[Link, ...]:
        """Return the tracked links in order of appearance."""
        return tuple(self.links.found)


@lru_cache(maxsize=2_048)
def laid_out(body: str, page: str, layout: Text, text_layout: Text, path: str) -> Skeleton:
    """Lay out one e-mail: `body` is Markdown, `page` the full HTML body or "", both with marks.

    Cached by the words themselves: leads who differ only in values share one skeleton. Raises Invalid for foreign links
    and for HTML that cannot be read.
    """
    links = LinkList(path)
    content = mark_html(to_html(body), links)
    around = _around(layout, Mark(page or content)) if not _WHOLE_PAGE.search(page) else page
    html = mark_html(_inlined(around, path), links)
    words = get_text(f"<html><body>{spelled_out(content)}</body></html>", _TEXT).strip()
    text = text_layout.render({"body": Mark(words), **_ENGINE, "_values": Values()})
    return Skeleton(split(_with_duties(html)), split(_text_duties(text)), links)


_ENGINE = {
    "preheader": PREHEADER,
    "unsubscribe_url": UNSUBSCRIBE,
    "postal_address": POSTAL,
    "brand": BRAND,
    "sender_name": SENDER,
    "language": LANGUAGE,
}
"""What a layout may print."""
LAYOUT_NAMES = frozenset({*_ENGINE, "body"})


def _around(layout: Text, body: Mark) -> str:
    return layout.render({"body": body, **_ENGINE, "_values": Values()})


def _inlined(html: str, path: str) -> str:
    try:
        return _INLINER.inline(html)
    except css_inline.InlineError as error:
        raise Invalid(f"{path}: the HTML cannot be laid out: {error}") from error


def _with_duties(html: str) -> str:
    """Put in what law and mailbox providers demand (E5, L9) where the layout forgot it, and the open pixel."""
    missing = UNSUBSCRIBE not in html or POSTAL not in html
    tail = (_FOOTER.format(postal=POSTAL, unsubscribe=UNSUBSCRIBE) if missing else "") + PIXEL
    ends = [end.start() for end in _BODY_END.finditer(html)]
    return html[: ends[-1]] + tail + html[ends[-1] :] if ends else html + tail


def _text_duties(text: str) -> str:
    missing = UNSUBSCRIBE not in text or POSTAL not in text
    return f"{text}\n\n-- \n{POSTAL}\nUnsubscribe: {UNSUBSCRIBE}\n" if missing else f"{text}\n"
