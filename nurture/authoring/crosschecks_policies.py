"""What a sequence asks of the policies: legal moves between stages, and limits that are really stricter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from nurture.authoring.checks import Use
from nurture.authoring.crosschecks import Scene
from nurture.authoring.nodes import Fields, Mistake, Word
from nurture.authoring.steps import node_of
from nurture.domain.build import caps_of
from nurture.domain.errors import Invalid


def policy_mistakes(scene: Scene) -> Iterator[Mistake]:
    """Yield moves that nobody may ever make and limits that never bind."""
    for use in scene.uses:
        if use.kind == "stage" and use.path[-1] == "move":
            yield from _move(scene, use)
    limits = node_of(scene.root, "limits")
    if isinstance(limits, Fields):
        for channel, limit in limits.values.items():
            if isinstance(limit, Word):
                yield from _limit(scene, channel, limit)


def _move(scene: Scene, use: Use) -> Iterator[Mistake]:
    """A rep's answer to a hand-off moves in the rep's name; everything else is the engine's doing."""
    moves = scene.known.moves
    if not moves or use.text not in scene.known.stages:
        return
    movers = {"engine", "rep"} if use.path[0] == "handoffs" else {"engine"}
    if not any(target == use.text and movers & who for (_, target), who in moves.items()):
        able = sorted({mover for (_, target), who in moves.items() if target == use.text for mover in who})
        hint = (
            f"In policies/stages.yaml only {' or '.join(able)} may"
            if able
            else "policies/stages.yaml has no move there"
        )
        yield Mistake(use.place, "illegal-move", f'a sequence may never move a lead to "{use.text}"', hint)


def _limit(scene: Scene, channel: str, limit: Word) -> Iterator[Mistake]:
    try:
        ((_, count, days),) = caps_of({channel: limit.text})
    except Invalid:
        return
    for policy_count, policy_days in scene.known.caps.get(channel, ()):
        most = policy_count * math.ceil(days / policy_days)
        if count > most:
            fact = f'"{limit.text}" is looser than the policies, which allow {most} in {_span(days)}'
            yield Mistake(limit.place, "looser-limit", fact, "A sequence can only be stricter")
            return


def _span(days: int) -> str:
    names: Mapping[int, str] = {1: "a day", 7: "a week", 30: "a month"}
    return names.get(days, f"{days} days")
