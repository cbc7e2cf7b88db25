"""What a person means by an answer: rules first, then a trained ear, and a person for whatever stays unclear."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from nurture.domain import reply_patterns
from nurture.domain.reply_ear import heard_as
from nurture.domain.reply_words import HELP_WORDS, OPT_IN_WORDS, OPT_OUT_PAIRS, OPT_OUT_WORDS, POLITE
from nurture.domain.return_date import return_date

__all__ = [
    "Intent",
    "intent_of",
    "is_help_word",
    "is_opt_in",
    "is_opt_in_word",
    "is_opt_out",
    "is_opt_out_word",
    "return_date",
]

_MOST_TEXT = 4_000
_LONGEST_WORD_MESSAGE = 60
_QUOTED = re.compile(
    r"^[ \t]*>.*$|^-{2,}\s*(?:original message|ursprungliche nachricht|message d'origine|mensaje original)[\s\S]*"
    r"|^on [^\n]{5,120}(?:\n[^\n]{0,80})?\bwrote:[\s\S]*|^am [^\n]{5,120}(?:\n[^\n]{0,80})?\bschrieb\b[^\n]*:[\s\S]*"
    r"|^le [^\n]{5,120}(?:\n[^\n]{0,80})?\ba ecrit ?:[\s\S]*|^el [^\n]{5,120}(?:\n[^\n]{0,80})?\bescribio:[\s\S]*"
    r"|^-- ?\n[\s\S]*",
    re.MULTILINE,
)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|dear|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|morgen)|moin|bonjour"
    r"|hola|buenos dias|buenas|ciao|good (?:morning|afternoon|evening))(?: [a-z.]+){0,3}\s*(?:[,!:]|\.(?=\s)|\n)\s*"
)


class Intent(StrEnum):
    """What a reply asks of us. `unclear` is no failure: it goes to a person."""

    INTERESTED = "interested"
    NOT_NOW = "not_now"
    NOT_INTERESTED = "not_interested"
    WRONG_PERSON = "wrong_person"
    OPT_OUT = "opt_out"
    QUESTION = "question"
    UNCLEAR = "unclear"


def _any_of(lines: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in lines.strip().splitlines()))


_RULES = (
    (Intent.OPT_OUT, _any_of(reply_patterns.OPT_OUT)),
    (Intent.WRONG_PERSON, _any_of(reply_patterns.WRONG_PERSON)),
    (Intent.NOT_NOW, _any_of(reply_patterns.NOT_NOW)),
    (Intent.NOT_INTERESTED, _any_of(reply_patterns.NOT_INTERESTED)),
    (Intent.INTERESTED, _any_of(reply_patterns.INTERESTED)),
    (Intent.QUESTION, _any_of(reply_patterns.QUESTION)),
)


def intent_of(text: str, *, subject: str = "") -> Intent:
    """Return what the new words of a reply mean; `subject` speaks only when the text says nothing.

    Any reasonable no counts as an opt-out, in several languages and misspelt (47 CFR 64.1200(a)(10); GDPR 21(3)).
    """
    plain = _plain(text)
    if not re.search(r"[a-z?]", plain):
        plain = _plain(re.sub(r"^(?:\s*(?:re|aw|fwd?|wg|tr|rv)\s*:)+", "", subject, flags=re.IGNORECASE))
    if is_opt_out_word(plain):
        return Intent.OPT_OUT
    for intent, pattern in _RULES:
        if pattern.search(plain):
            return intent
    return Intent(heard_as(plain))


def is_opt_out(text: str) -> bool:
    """Return whether a message says stop, as a keyword or in a sentence that leaves no doubt."""
    return is_opt_out_word(text) or _RULES[0][1].search(_plain(text)) is not None


def is_opt_out_word(text: str) -> bool:
    """Return whether the whole message is an opt-out word, whatever its case, spaces, punctuation and politeness.

    Rules T1, T2 and L5: carriers block only on the bare word; "stop please" and "no mas" are for us to honour.
    """
    words, letters = _words(text)
    if letters in OPT_OUT_WORDS or letters in OPT_OUT_PAIRS:
        return True
    firm = [word for word in words if word not in POLITE]
    return bool(firm) and (all(word in OPT_OUT_WORDS for word in firm) or "".join(firm) in OPT_OUT_PAIRS)


def is_opt_in(text: str) -> bool:
    """Return whether the whole message is an opt-in word; only a bare word lifts a no."""
    return is_opt_in_word(text)


def is_opt_in_word(text: str) -> bool:
    """Return whether the whole message is START, YES, UNSTOP or opt in (rule T1), politeness aside.

    YES counts only while the person is opted out or was asked to confirm (rule T5): that is the caller's to know.
    """
    words, letters = _words(text)
    return letters in OPT_IN_WORDS or [word for word in words if word not in POLITE] in [[w] for w in OPT_IN_WORDS]


def is_help_word(text: str) -> bool:
    """Return whether the whole message is HELP or INFO, in a few languages (rule T1)."""
    return _words(text)[1] in HELP_WORDS


def _words(text: str) -> tuple[list[str], str]:
    """Return the words of a short message and its letters run together; a long message is no keyword."""
    if len(text) > _LONGEST_WORD_MESSAGE:
        return [], ""
    words = re.findall(r"[a-z]+", _folded(text))
    return words, "".join(words)


def _plain(text: str) -> str:
    """Return the new words in small letters without accents, older mail and greeting; paragraphs end in a dot."""
    folded = _folded(text[:_MOST_TEXT])
    own = _GREETING.sub("", _QUOTED.sub("", folded), count=1)
    return re.sub(r"\s+", " ", re.sub(r"\n\s*\n", ". ", own.strip())).strip()


def _folded(text: str) -> str:
    straight = text.replace("’", "'").replace("‘", "'").replace("`", "'").replace("\r\n", "\n")
    apart = unicodedata.normalize("NFKD", straight.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
