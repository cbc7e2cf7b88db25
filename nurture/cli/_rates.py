"""Shares of small numbers, with how sure we may be of them."""

from __future__ import annotations

import math
from collections.abc import Mapping

_Z = 1.959963984540054
"""Normal quantile of 97.5 %: intervals are of 95 %."""


def interval(hits: int, people: int) -> tuple[float, float]:
    """Return the 95 % interval (0 to 1) of the true share when `hits` of `people` did something.

    The score interval of E. B. Wilson (Probable inference, the law of succession, and statistical inference, JASA 22,
    1927): unlike the textbook's mean plus or minus, it is honest for small numbers and never leaves 0 to 1.
    """
    if not people:
        return 0.0, 1.0
    share, z2 = hits / people, _Z * _Z
    middle = (share + z2 / (2 * people)) / (1 + z2 / people)
    half = _Z / (1 + z2 / people) * math.sqrt(share * (1 - share) / people + z2 / (4 * people * people))
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(hits: int, people: int) -> Mapping[str, float | None]:
    """Return the share with its interval, rounded to a tenth of a percent; the share of nobody is None."""
    low, high = interval(hits, people)
    return {"value": round(hits / people, 3) if people else None, "low": round(low, 3), "high": round(high, 3)}


def in_words(found: Mapping[str, float | None]) -> str:
    """Return a rate as a table shows it: `12 % (8 to 17)`."""
    value, low, high = found["value"], found["low"] or 0.0, found["high"] or 0.0
    return "" if value is None else f"{value:.0%} ({100 * low:.0f} to {100 * high:.0f})"
