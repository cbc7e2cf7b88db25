"""Chance without dice: which variant of an experiment a lead gets is a hash, the same for everyone who asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from nurture.domain.errors import Invalid

HOLDOUT = "holdout"
"""The variant that hears nothing, so that the report can say what speaking was worth."""


def variant_of(lead_id: str, experiment_name: str, shares: Mapping[str, int]) -> str:
    """Return the lead's variant. `shares` are whole percents that add up to 100 (see `check_shares`).

    The hash is SHA-256 over experiment and lead, cut into 10,000 equal parts, so that variants of different experiments
    are independent. Variants are taken in the order of their names: moving lines in a file moves nobody.
    """
    digest = hashlib.sha256(f"{experiment_name}\0{lead_id}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") * 10_000 >> 64
    end = 0
    for name in sorted(shares):
        end += shares[name] * 100
        if place < end:
            return name
    raise Invalid(f'the shares of "{experiment_name}" end at {end // 100} %', remedy="Let them add up to 100 %")


def check_shares(experiment_name: str, shares: Mapping[str, int]) -> None:
    """Raise Invalid unless `shares` are at least two whole percents from 0 to 100 that add up to 100."""
    odd = [name for name, share in shares.items() if isinstance(share, bool) or not isinstance(share, int)]
    if odd or not all(0 <= share <= 100 for share in shares.values()):
        raise Invalid(f'the shares of "{experiment_name}" are not whole percents', remedy="Write such as 45%")
    if len(shares) < 2:
        raise Invalid(f'"{experiment_name}" has nothing to compare', remedy="Give it at least two variants")
    if sum(shares.values()) != 100:
        raise Invalid(
            f'the shares of "{experiment_name}" add up to {sum(shares.values())} %', remedy="Let them add up to 100 %"
        )
