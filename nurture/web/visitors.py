"""Who follows a link: a person's browser or a machine. A click of a machine is kept, but it is no sign of interest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_GATEWAYS = re.compile(
    r"mimecast|proofpoint|barracuda|safelinks|microsoft office|ms-office|bingpreview|fireeye|"
    r"trendmicro|symantec|forcepoint|cisco|ironport|sophos|zscaler|urlscan|virustotal|messagelabs|avanan|checkpoint|"
    r"linkcheck",
    re.IGNORECASE,
)
_PREVIEWS = re.compile(
    r"^whatsapp/|slackbot|slack-img|telegrambot|discordbot|facebookexternalhit|facebot|meta-external|twitterbot|"
    r"linkedinbot|skypeuripreview|^viber|imgproxy|imageproxy|yahoomailproxy|applebot|iframely|embedly|pinterestbot|"
    r"snap url preview|redditbot|vkshare",
    re.IGNORECASE,
)
# Cubot is a maker of phones: its owners are people.
_ROBOTS = re.compile(
    r"(?<!cu)bot\b|(?<!cu)bot[/;_\- ]|crawl|spider|slurp|scan|monitor|fetch|preview|checker|validator|archiver|probe|"
    r"uptime|pingdom|headless|phantomjs|selenium|puppeteer|playwright|lighthouse|\bfeed|curl|wget|python|\bjava/|okhttp|"
    r"httpclient|http-client|libwww|axios|node-|nodejs|undici|\bruby|\bperl|\bphp|go-http|scrapy|https?://|www\.|@|"
    r"compatible; (?!msie)",
    re.IGNORECASE,
)
_BROWSER = re.compile(
    r"^(?:Mozilla|Opera)/\d.*\(.+\).*(?:AppleWebKit|Gecko|Trident|Presto|KHTML)", re.IGNORECASE | re.DOTALL
)
_EARLY = ("sec-purpose", "purpose", "x-purpose", "x-moz")


@dataclass(frozen=True, slots=True)
class Visitor:
    """`ua` is the class of the user agent: browser, gateway, preview, robot, prefetch or none."""

    human: bool
    ua: str


def visitor(method: str, headers: Mapping[str, str]) -> Visitor:
    """Say who is asking, by method and headers alone (S4); timing against the delivery is judged in the domain.

    Only what positively looks like a browser counts as a person: an unlisted robot rarely claims a rendering engine
    without also naming itself, its site or its library. HEAD and announced prefetches are never a person.
    """
    if any(
        "prefetch" in headers.get(name, "").lower() or "preview" in headers.get(name, "").lower() for name in _EARLY
    ):
        return Visitor(human=False, ua="prefetch")
    agent = _agent_class(headers.get("user-agent", "")[:1_000])
    return Visitor(human=method == "GET" and agent == "browser", ua=agent)


def _agent_class(agent: str) -> str:
    if not agent.strip():
        return "none"
    for name, shape in (("gateway", _GATEWAYS), ("preview", _PREVIEWS), ("robot", _ROBOTS)):
        if shape.search(agent):
            return name
    return "browser" if _BROWSER.search(agent) else "robot"
