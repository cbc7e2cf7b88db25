"""Where a lead stands between stranger and customer: the legal moves, and who may make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nurture.domain.condition_vocabulary import suggest
from nurture.domain.policy_reading import Reading

UNQUALIFIED = "unqualified"
MOVERS = ("engine", "rep", "operator")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. A `silent` one closes all marketing; a `holding` one waits for better days."""

    name: str
    title: str = ""
    silent: bool = False
    holding: bool = False


@dataclass(frozen=True, slots=True)
class StageRules:
    """`policies/stages.yaml` as data: stages by name, and who may make each move (from, to)."""

    stages: Mapping[str, Stage] = field(default_factory=dict)
    moves: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def from_document(cls, document: Any) -> StageRules:
        """Read the parsed YAML. Raises Invalid with all mistakes, each with its path (`moves[3].to: …`)."""
        reading = Reading(document)
        reading.only("stages", "moves")
        stages = {name: _stage(name, part) for name, part in reading.named("stages")}
        if UNQUALIFIED not in stages:
            reading.blame("stages", f'"{UNQUALIFIED}" is missing: it is where silence is kept')
        moves: dict[tuple[str, str], frozenset[str]] = {}
        for part in reading.parts("moves"):
            for move, movers in _moves(part, stages):
                moves[move] = moves.get(move, frozenset()) | movers
        reading.finish("the stage policy")
        return cls(stages, moves)


def why_not_move(rules: StageRules, stage_from: str, stage_to: str, by: str) -> str | None:
    """Return why `by` (engine, rep or operator) may not move a lead, or None when it may.

    Staying where one is, is always allowed: a move that is told twice does no harm.
    """
    if stage_to not in rules.stages:
        return f'there is no stage "{stage_to}"'
    if stage_from == stage_to:
        return None
    movers = rules.moves.get((stage_from, stage_to), frozenset())
    if not movers:
        return f"no move leads from {stage_from} to {stage_to}"
    if by not in movers:
        return f"only {' or '.join(sorted(movers))} may move a lead from {stage_from} to {stage_to}, not {by}"
    return None


def is_silent(rules: StageRules, stage: str) -> bool:
    """Return whether no marketing may reach a lead here. `unqualified` is always silent, whatever the policy says."""
    return stage == UNQUALIFIED or (stage in rules.stages and rules.stages[stage].silent)


def _stage(name: str, part: Reading) -> Stage:
    part.only("title", "silent", "holding")
    silent = part.flag("silent")
    if name == UNQUALIFIED and part.has("silent") and not silent:
        part.blame("silent", "unqualified leads are never spoken to, and no policy changes that")
    return Stage(name, part.text("title", name), silent or name == UNQUALIFIED, part.flag("holding"))


def _moves(part: Reading, stages: Mapping[str, Stage]) -> list[tuple[tuple[str, str], frozenset[str]]]:
    part.only("from", "to", "by")
    movers = part.words("by") or MOVERS
    for key, names, known in (
        ("from", part.words("from"), stages),
        ("to", part.words("to"), stages),
        ("by", movers, MOVERS),
    ):
        if not names:
            part.blame(key, "at least one name belongs here")
        for name in names:
            if name not in known:
                part.blame(key, f'there is no "{name}". {suggest(name, list(known))}')
    pairs = [(before, after) for before in part.words("from") for after in part.words("to")]
    return [(pair, frozenset(movers)) for pair in pairs if pair[0] != pair[1]]
