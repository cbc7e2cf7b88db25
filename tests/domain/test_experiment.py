"""Chance without dice: stable, fair and independent."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.domain.errors import Invalid
from nurture.domain.experiment import HOLDOUT, check_shares, variant_of

SHARES = {"control": 45, "question": 45, HOLDOUT: 10}
LEADS = [f"lead-{number}" for number in range(20_000)]


@st.composite
def shares(draw: st.DrawFn) -> dict[str, int]:
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=1, max_size=4)))
    parts = [end - start for start, end in zip([0, *cuts], [*cuts, 100], strict=True)]
    return {f"variant-{index}": part for index, part in enumerate(parts)}


def test_the_same_lead_always_gets_the_same_variant():
    known = {"ada": "holdout", "ken": "question", "grace": "question", "linus": "question", "maria": "control"}

    assert {lead: variant_of(lead, "welcome-subject", SHARES) for lead in known} == known


def test_shares_are_kept_within_one_percent():
    seen = Counter(variant_of(lead, "welcome-subject", SHARES) for lead in LEADS)

    assert {name: pytest.approx(share, abs=1) for name, share in SHARES.items()} == {
        name: 100 * seen[name] / len(LEADS) for name in SHARES
    }


def test_two_experiments_are_independent():
    both = Counter((variant_of(lead, "one", SHARES), variant_of(lead, "two", SHARES)) for lead in LEADS)

    for first, share in SHARES.items():
        of_first = sum(count for pair, count in both.items() if pair[0] == first)
        for second, other in SHARES.items():
            assert 100 * both[first, second] / of_first == pytest.approx(other, abs=3), (first, second, share)


@given(st.text(max_size=40), st.text(max_size=20), shares())
def test_every_lead_gets_a_variant_whatever_the_order_of_lines(lead, name, parts):
    backwards = dict(reversed(parts.items()))

    variant = variant_of(lead, name, parts)

    assert parts[variant] > 0
    assert variant_of(lead, name, backwards) == variant
    check_shares(name, parts)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        pytest.param({"a": 50, "b": 49}, "add up to 99 %", id="too little"),
        pytest.param({"a": 60, "b": 50}, "add up to 110 %", id="too much"),
        pytest.param({"a": 100}, "nothing to compare", id="one variant"),
        pytest.param({}, "nothing to compare", id="none"),
        pytest.param({"a": -10, "b": 110}, "not whole percents", id="below zero"),
        pytest.param({"a": 0.5, "b": 99.5}, "not whole percents", id="fractions"),
    ],
)
def test_shares_that_do_not_add_up_are_refused(parts, reason):
    with pytest.raises(Invalid, match=reason):
        check_shares("welcome-subject", parts)


def test_a_gap_is_an_error_and_never_a_silent_variant():
    with pytest.raises(Invalid, match="end at 0 %"):
        variant_of("ada", "x", {"a": 0})
