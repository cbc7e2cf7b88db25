"""An ear for what no pattern knows: a small naive Bayes over letter groups, trained once on our own sentences."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from nurture.domain.reply_words import TRAINING

_SIZES = (3, 4, 5)
_MOST_TEXT = 400
_MARGIN = 0.12
_KNOWN_SHARE = 0.45
UNSURE = "unclear"


@dataclass(frozen=True, slots=True)
class _Ear:
    weights: Mapping[str, Mapping[str, float]]
    unseen: Mapping[str, float]


def heard_as(text: str) -> str:
    """Return the intent a plain text sounds like, or `unclear` when it is too strange or two intents are too close.

    Multinomial naive Bayes with add-one smoothing (Manning, Raghavan, Schütze, "Introduction to Information Retrieval",
    13.2) over groups of 3 to 5 letters. The margin is taken a group: the plain posterior of a long text is
    always sure of itself. Unsure goes to a person: that costs a minute, a wrong guess costs a lead.
    """
    ear = _trained()
    groups = Counter(_groups(text[:_MOST_TEXT]))
    total = sum(groups.values())
    known = sum(count for group, count in groups.items() if any(group in seen for seen in ear.weights.values()))
    if total < 4 or known / total < _KNOWN_SHARE:
        return UNSURE
    scores = sorted(((_score(ear, intent, groups), intent) for intent in ear.weights), reverse=True)
    (best, intent), (second, _) = scores[0], scores[1]
    return intent if (best - second) / total >= _MARGIN else UNSURE


def _score(ear: _Ear, intent: str, groups: Mapping[str, int]) -> float:
    weights, unseen = ear.weights[intent], ear.unseen[intent]
    return sum(count * weights.get(group, unseen) for group, count in groups.items())


def _groups(text: str) -> Iterator[str]:
    """Yield the letter groups of each word, with its edges, so that the order of words does not matter."""
    for word in re.findall(r"[a-z']+", text):
        edged = f" {word} "
        for size in _SIZES:
            yield from (edged[i : i + size] for i in range(len(edged) - size + 1))


@lru_cache(maxsize=1)
def _trained() -> _Ear:
    counts = {intent: Counter(_groups(sentences.lower())) for intent, sentences in TRAINING.items()}
    groups = len({group for counter in counts.values() for group in counter})
    totals = {intent: math.log(sum(counter.values()) + groups) for intent, counter in counts.items()}
    weights = {
        intent: {group: math.log(count + 1) - totals[intent] for group, count in counter.items()}
        for intent, counter in counts.items()
    }
    return _Ear(weights, {intent: -total for intent, total in totals.items()})
