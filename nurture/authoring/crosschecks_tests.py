"""Do the names in a sequence test exist: its sequence's steps, hand-offs, variants and reasons, reps and stages?"""

from __future__ import annotations

from collections.abc import Iterator

from nurture.authoring.checks import Use
from nurture.authoring.crosschecks import Scene, name_mistakes, unknown
from nurture.authoring.known import Known
from nurture.authoring.nodes import Fields, Mistake, Node
from nurture.authoring.steps import Spot, node_of, text_of
from nurture.domain.condition import Vocabulary


def test_mistakes(uses: list[Use], root: Node | None, spots: list[Spot], known: Known) -> Iterator[Mistake]:
    """Yield every name in a test that its sequence, the policies or the team do not have."""
    if root is None:
        return
    scene = Scene(root, spots, uses, known, Vocabulary(), None)
    yield from name_mistakes(scene)
    shares = _experiments(spots)
    for use in uses:
        if use.kind == "experiment" and use.text not in shares:
            yield unknown(use, "experiment", shares, empty="The sequence has no ab_test")
        elif use.kind == "variant" and use.text not in shares.get(str(use.path[-1]), [use.text]):
            yield unknown(use, "variant", shares[str(use.path[-1])])
        elif use.kind == "outcome" and (names := _outcomes(spots)) and use.text not in names:
            yield unknown(use, "outcome", names)
        elif use.kind == "reason" and (names := _reasons(root)) and use.text not in names:
            yield unknown(use, "reason", names)


test_mistakes.__test__ = False  # type: ignore[attr-defined]  # its name is what it does, not what pytest looks for


def _experiments(spots: list[Spot]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for spot in spots:
        variants = node_of(spot.node, "ab_test", "variants")
        if isinstance(variants, Fields):
            found[text_of(node_of(spot.node, "ab_test"), "name")] = list(variants.keys)
    return found


def _outcomes(spots: list[Spot]) -> list[str]:
    tables = [node_of(spot.node, "outcomes") for spot in spots]
    return [name for table in tables if isinstance(table, Fields) for name in table.keys]


def _reasons(root: Node) -> list[str]:
    plans = node_of(root, "handoffs")
    tables = [node_of(plan, "rejected") for plan in plans.values.values()] if isinstance(plans, Fields) else []
    return [name for table in tables if isinstance(table, Fields) for name in table.keys]
