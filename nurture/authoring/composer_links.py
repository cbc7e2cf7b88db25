"""Tracked links: finds every link of a message, refuses foreign ones, and trades each for a mark."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from nurture.authoring.composer_marks import VALUE_MARKS, Values, link_mark
from nurture.domain.errors import Invalid

_ATTRIBUTE = re.compile(r'\s+([^\s=>"/]+)(?:="([^"]*)")?')
_ANCHOR = re.compile(r'<a((?:\s+[^\s=>"/]+(?:="[^"]*")?)*)\s*>', re.IGNORECASE)
_LINKED = re.compile(r'<a\b[^>]*\bhref="([\ue000-\uf8ff\U00100000-\U0010ffff])"[^>]*>(.*?)</a>', re.DOTALL)
_WEB = re.compile(r"(?i)https?://\w[\w.-]*(?::\d{1,5})?(?:[/?#]|$)")
_OTHER = re.compile(rf"(?i)(?:mailto:|tel:)[^\s{VALUE_MARKS}]+|#[\w-]*")
_OURS = re.compile("[\ue000-\uf8ff\U00100000-\U0010ffff]")
_TAG = re.compile(r'<[a-zA-Z][^\s>/]*((?:\s+[^\s=>"/]+(?:="[^"]*")?)+)\s*/?>')
_HOLDS_VALUE = re.compile(f"[{VALUE_MARKS}]")
_IN_TEXT = re.compile(r"(?i)\bhttps?://[^\s<>\"{}]+(?:\{link=([a-z0-9_-]+)\})?")


@dataclass(frozen=True, slots=True)
class Link:
    """One tracked link; its URL may hold marks of values after the host."""

    name: str
    url: str


@dataclass(slots=True)
class LinkList:
    """The links of one message in order of appearance; `path` is the file they are written in."""

    path: str
    found: list[Link] = field(default_factory=list)

    def mark(self, url: str, name: str = "") -> str:
        """Return the mark of a link to `url`, or `url` itself when it is not for tracking. Raises Invalid: foreign."""
        if _OURS.fullmatch(url) or _OTHER.fullmatch(url):
            return url
        if not _WEB.match(url):
            shown = re.sub(f"[{VALUE_MARKS}]", "{{…}}", url)
            raise Invalid(
                f'{self.path}: "{shown}" cannot be a link',
                remedy="Begin it with https:// and a host; values may only follow after the host",
            )
        return link_mark(self._place(url, name))

    def urls(self, values: Values) -> dict[str, str]:
        """Return link name -> URL for one lead."""
        return {link.name: values.in_url(link.url) for link in self.found}

    def _place(self, url: str, name: str) -> int:
        wanted, number = name or _name_of(url), 1
        for place, link in enumerate(self.found):
            if link.url == url and (link.name == name or not name):
                return place
        taken = {link.name for link in self.found}
        if name in taken:
            raise Invalid(f'{self.path}: two links are called "{name}"', remedy="Give each URL a name of its own")
        unique = wanted
        while unique in taken:
            number += 1
            unique = f"{wanted}-{number}"
        self.found.append(Link(unique, url))
        return len(self.found) - 1


def mark_html(html: str, links: LinkList) -> str:
    """Return `html` (attributes in double quotes, as our renderers write it) with every link traded for its mark.

    Raises Invalid for a foreign link and for a lead's value in an attribute that could fetch or run something.
    """
    marked = _ANCHOR.sub(lambda tag: _anchor(tag, links), html)
    for tag in _TAG.finditer(marked):
        for name, value in _ATTRIBUTE.findall(tag[1]):
            if name.lower() not in ("alt", "title") and _HOLDS_VALUE.search(value):
                raise Invalid(f'{links.path}: a lead\'s value cannot stand in the attribute "{name}"')
    return marked


def mark_text(text: str, links: LinkList) -> str:
    """Return a text message with every URL of its author traded for a mark; `https://…{link=name}` names it."""

    def tracked(found: re.Match[str]) -> str:
        url = re.sub(r"\{link=[^}]*\}$", "", found[0])
        tail = re.search(r"[.,;:!?)\]']*$", url) if not found[1] else None
        cut = len(url) - len(tail[0]) if tail else len(url)
        return links.mark(url[:cut], found[1] or "") + url[cut:]

    return _IN_TEXT.sub(tracked, text)


def spelled_out(html: str) -> str:
    """Return `html` with each link as its words followed by its target, for the plain text."""
    return _LINKED.sub(lambda link: f"{link[2]} &lt;{link[1]}&gt;", html)


def _anchor(tag: re.Match[str], links: LinkList) -> str:
    attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(tag[1])}
    if "href" not in attributes:
        return tag[0]
    name = attributes.pop("link", "") or attributes.pop("data-link", "")
    attributes["href"] = links.mark(unescape(attributes["href"]).strip(), name)
    return "<a" + "".join(f' {name}="{value}"' for name, value in attributes.items()) + ">"


def _name_of(url: str) -> str:
    parts = urlsplit(re.sub(f"[{VALUE_MARKS}]", "", url))
    last = parts.path.strip("/").rsplit("/", 1)[-1] or (parts.hostname or "link").split(".")[0]
    return re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")[:40] or "link"
