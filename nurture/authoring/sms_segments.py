"""How a carrier bills a text: GSM-7 or UCS-2, and in how many segments (3GPP TS 23.038)."""

from __future__ import annotations

from dataclasses import dataclass

MAX_BODY = 1_600
"""Characters Twilio accepts in one message body (T13)."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Each of these takes two septets: escape and character."""

# A non-breaking space or a curly quote turns the whole text into UCS-2 and doubles its price.
_CHEAPER = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"',
        "–": "-", "—": "-", "‑": "-", "…": "...", "•": "-", "\t": " ",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segments:
    """The bill of one text: `units` are septets (GSM-7) or 16-bit units (UCS-2), `count` the segments they fill."""

    encoding: str
    units: int
    count: int

    def __str__(self) -> str:
        return f"{self.count} segment{'' if self.count == 1 else 's'} ({self.encoding}, {self.units} characters)"


def segments(text: str) -> Segments:
    """Return how `text` is billed: one segment holds 160 septets or 70 units, each of several holds 153 or 67.

    An escaped character or a surrogate pair is never split over two segments, so a full one may stay short.
    """
    if all(char in _BASIC or char in _EXTENSION for char in text):
        return _fill("GSM-7", [2 if char in _EXTENSION else 1 for char in text], alone=160, joined=153)
    return _fill("UCS-2", [2 if ord(char) > 0xFFFF else 1 for char in text], alone=70, joined=67)


def cheaper(text: str) -> str:
    """Replace typographic characters by their GSM-7 twins, so that one curly quote does not double the price."""
    return text.translate(_CHEAPER)


def _fill(encoding: str, sizes: list[int], *, alone: int, joined: int) -> Segments:
    units = sum(sizes)
    if units <= alone:
        return Segments(encoding, units, 1)
    count, used = 1, 0
    for size in sizes:
        if used + size > joined:
            count, used = count + 1, 0
        used += size
    return Segments(encoding, units, count)
