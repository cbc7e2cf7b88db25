"""What may enter a history: a provider's words without the addresses it likes to quote."""

from __future__ import annotations

import re

_MAIL = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_HIDDEN = "(address)"


def discreet(words: str, to: str = "") -> str:
    """Return `words` without mail addresses and without `to`: histories are read by operators and kept for long."""
    number = to.removeprefix("whatsapp:").removeprefix("+")
    return _MAIL.sub(_HIDDEN, words.replace(number, _HIDDEN) if number else words)
