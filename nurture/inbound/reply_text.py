"""Cuts a reply down to the words that are new: no quoted mail, no signature."""

from __future__ import annotations

import itertools
import re

import quotequail
from mailparser_reply import EmailMessage

from nurture.inbound import phrases
from nurture.inbound.phrases import any_of

MOST_CHARACTERS = 32_000
LONGEST_LINE = 500
_SECOND_OPINION_CHARACTERS = 8_000
"""mail-parser-reply is quadratic on hostile text: the start of a mail is enough for its opinion."""
_INTRO_LINES = 4
"""An "On … wrote:" may be wrapped over this many lines."""

_LANGUAGES = ("en", "de", "cs", "da", "es", "fr", "it", "ja", "ko", "nl", "pl", "sv", "zh")
_INTRO = any_of(phrases.INTRODUCTIONS, before=r"[>\s-]*", after=r"\s*", flags=re.DOTALL)
_INTRO_END = any_of(phrases.INTRODUCTION_ENDS, after=r"\s?[:：]?\s*$")
_WHO_AND_WHEN = re.compile(
    r"(?=.{0,200}\d{1,2}[:.h]\d\d|.{0,200}(?:19|20)\d\d)"
    r"(?:.{0,250}<[^<>\s]{1,100}@[^<>\s]{1,100}>.{0,60}|.{0,200}(?:írta|keltezéssel.{0,80}))[:：]",
    re.IGNORECASE,
)
_REST_IS_QUOTED = any_of(
    (
        rf"-{{2,}}\s?(?:{'|'.join(phrases.ORIGINALS)}).{{0,40}}-*",
        r"begin forwarded message:",
        r"(?:-+ ?)?(?:please )?(?:reply|type your (?:reply|response)) above this line.*",
        r"#+-? ?please type your reply above.*",
    ),
    before=r"^\s*",
    after=r"\s*$",
)
_HEAD_LINE = any_of(phrases.FROM_FIELDS, before=r"^[>\s*|]*", after=r"\s{0,2}\*?[:：]\*?\s?\S")
_HEAD_NEXT = any_of(phrases.OTHER_FIELDS, before=r"^[>\s*|]*", after=r"\s{0,2}\*?[:：]")
_RULE = re.compile(r"^\s*(?:_{20,}|-{20,}|={20,})\s*$")
_SIGNATURE = any_of(phrases.SIGN_OFFS, before=r"^\s*", after=r"\s*$")
_NAME_AFTER_DASH = re.compile(r"^\s*(?:--?|—|–)\s?[^\W\d]")


def new_words(text: str) -> str:
    """Return what the writer added: the text without quotes, quoted heads and signature, stripped.

    Looks at 32,000 characters in lines of 500 at most, so that hostile text cannot take long. Answers between and below
    quoted lines are kept. Where we see nothing to cut, mail-parser-reply and quotequail are asked, and the shortest
    answer that is not empty wins.
    """
    bounded = "\n".join(line[:LONGEST_LINE].rstrip() for line in text[:MOST_CHARACTERS].splitlines())
    ours = _without_signature(_without_quotes(bounded.split("\n"))).strip()
    if ours != bounded.strip():
        return ours
    opinions = [ours, *_second_opinions(ours[:_SECOND_OPINION_CHARACTERS])] if ours else [ours]
    return min((opinion for opinion in opinions if opinion.strip()), key=len, default="").strip()


def _without_quotes(lines: list[str]) -> list[str]:
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _REST_IS_QUOTED.match(lines[at]) or _is_quoted_head(lines, at):
            break
        if (length := _intro_length(lines, at)) > 0:
            at += length
            if not _quote_follows(lines, at):
                break
            continue
        if not lines[at].lstrip().startswith((">", "|>")):
            kept.append(lines[at])
        at += 1
    return kept


def _intro_length(lines: list[str], at: int) -> int:
    """Return how many lines an "On … wrote:" starting here takes, 0 when none does."""
    if not lines[at].strip() or lines[at].lstrip().startswith(">"):
        return 0
    for count in range(1, _INTRO_LINES + 1):
        if at + count > len(lines) or not lines[at + count - 1].strip():
            return 0
        if not _INTRO_END.search(lines[at + count - 1]):
            continue
        whole = " ".join(line.strip() for line in lines[at : at + count])
        if _INTRO.fullmatch(whole) or _WHO_AND_WHEN.fullmatch(whole):
            return count
    return 0


def _quote_follows(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return following.lstrip().startswith(">")


def _is_quoted_head(lines: list[str], at: int) -> bool:
    """Whether the head of a quoted mail starts here: From with two of Sent, To and Subject, perhaps under a rule."""
    if _RULE.match(lines[at]):
        below = next((place for place in range(at + 1, min(at + 4, len(lines))) if lines[place].strip()), at)
        return below > at and not _RULE.match(lines[below]) and _is_quoted_head(lines, below)
    if not (_HEAD_LINE.match(lines[at]) or _HEAD_NEXT.match(lines[at])):
        return False
    block = list(itertools.takewhile(str.strip, lines[at : at + 7]))
    return any(map(_HEAD_LINE.match, block)) and sum(bool(_HEAD_NEXT.match(line)) for line in block) >= 2


def _without_signature(lines: list[str]) -> str:
    """Cut at the last signature, then at the one that was above it: a list footer hides the writer's own."""
    for _ in range(3):
        first = next((at for at, line in enumerate(lines) if line.strip()), 0)
        ends = (at for at in range(first + 1, len(lines)) if _SIGNATURE.match(lines[at]) and _is_sign_off(lines, at))
        end = next(ends, None)
        if end is None:
            break
        lines = lines[:end]
    said = [line for line in lines if line.strip()]
    return "" if len(said) == 1 and _SIGNATURE.match(said[0]) else "\n".join(lines)


def _is_sign_off(lines: list[str], at: int) -> bool:
    """A dash alone or "Sent from" ends the mail only when little follows: people also rule off paragraphs."""
    rest = [line for line in lines[at + 1 :] if line.strip()]
    if lines[at].strip() in ("--", "—", "__"):
        return len(rest) <= 20
    if _NAME_AFTER_DASH.match(lines[at]):
        return not rest and not _NAME_AFTER_DASH.match(lines[at - 1])
    return len(rest) <= 6


def _second_opinions(text: str) -> list[str]:
    parsed = EmailMessage(text=text, languages=list(_LANGUAGES), keep_hyphen_lists=True).read()
    parsed_reply = parsed.replies[0].body if parsed.replies else ""
    unwrapped = quotequail.unwrap(text) or {}
    return [parsed_reply or "", unwrapped.get("text_top", "")]
