"""The steps of a marked sequence as a flat list, with ids and ways on: what the checks of paths and names look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nurture.authoring.nodes import Fields, Items, Node, Word
from nurture.authoring.problem import Place

END = ""
"""Where a path goes that is over: the end of the sequence."""
MESSAGES = ("email", "sms", "whatsapp", "first_possible")
VERBS = (*MESSAGES, "confirm", "call", "task", "wait_for", "branch", "go_to", "handoff", "move", "enroll")


@dataclass(frozen=True, slots=True)
class Way:
    """One way on from a step: to which id, whether time passes on it for certain, and where it is written."""

    to: str
    waits: bool
    place: Place


@dataclass(slots=True)
class Spot:
    """One step. `number` counts in the order of the file; `behind` is the id that follows when nothing else is said."""

    id: str
    node: Fields
    place: Place
    number: int
    behind: str
    verb: str
    has_id: bool
    ways: list[Way] = field(default_factory=list)


def text_of(node: Node | None, key: str) -> str:
    """Return the text under `key`, or "" when there is none."""
    value = node.values.get(key) if isinstance(node, Fields) else None
    return value.text if isinstance(value, Word) else ""


def node_of(node: Node | None, *keys: str) -> Node | None:
    """Return the node under a chain of keys, or None."""
    for key in keys:
        node = node.values.get(key) if isinstance(node, Fields) else None
    return node


def items_of(node: Node | None) -> list[Node]:
    """Return the items of a list, [] for anything else."""
    return node.items if isinstance(node, Items) else []


def spots_of(root: Node | None) -> list[Spot]:
    """Return all steps of a sequence in the order of the file, nested ones behind the one that holds them.

    A step without an id is named after its place, as the planner does it: `verdict.else.1`.
    """
    layout = _Layout()
    layout.lay(items_of(node_of(root, "steps")), END, "")
    return sorted(layout.spots, key=lambda spot: spot.number)


class _Layout:
    def __init__(self) -> None:
        self.spots: list[Spot] = []
        self._count = 0

    def lay(self, nodes: list[Node], behind: str, prefix: str) -> str:
        """Lay a list of steps in front of `behind`; return the id of the first."""
        steps = [node for node in nodes if isinstance(node, Fields)]
        if not steps:
            return behind
        names = [text_of(node, "id") or f"{prefix}{number}" for number, node in enumerate(steps, 1)]
        for name, node, following in zip(names, steps, [*names[1:], behind], strict=True):
            self._step(name, node, following)
        return names[0]

    def _step(self, name: str, node: Fields, behind: str) -> None:
        verb = next((key for key in VERBS if key in node.keys), "")
        own = node.values.get("id")
        place = own.place if isinstance(own, Word) else next((key.place for key in node.keys.values()), node.place)
        self._count += 1
        spot = Spot(name, node, place, self._count, behind, verb, isinstance(own, Word))
        self.spots.append(spot)
        spot.ways = list(self._ways(spot))
        if "only_if" in node.keys and verb in ("go_to", "branch"):
            spot.ways.append(Way(behind, False, place))

    def _ways(self, spot: Spot) -> Iterator[Way]:
        node, behind = spot.node, spot.behind
        if spot.verb == "go_to":
            yield Way(text_of(node, "go_to"), False, _value_place(node, "go_to", spot.place))
        elif spot.verb in ("wait_for", "confirm"):
            yield self._way(node, "then", behind, f"{spot.id}.then.", waits=False)
            yield self._way(node, "else", behind, f"{spot.id}.else.", waits=True)
        elif spot.verb == "branch":
            yield from self._arms(spot)
        else:
            yield Way(behind, text_of(node, "wait") != "", spot.place)
            for outcome in getattr(node_of(node, "outcomes"), "values", {}).values():
                yield from _outcome(outcome)

    def _way(self, node: Fields, key: str, behind: str, prefix: str, *, waits: bool) -> Way:
        value = node.values.get(key)
        place = node.keys[key].place if key in node.keys else node.place
        if isinstance(value, Word) and value.text == "stop":
            return Way(END, waits, place)
        if isinstance(value, Fields):
            return Way(text_of(value, "go_to") or behind, waits, _value_place(value, "go_to", place))
        return Way(self.lay(items_of(value), behind, prefix), waits, place)

    def _arms(self, spot: Spot) -> Iterator[Way]:
        arms = [arm for arm in items_of(spot.node.values.get("branch")) if isinstance(arm, Fields)]
        for number, arm in enumerate(arms, 1):
            key = "otherwise" if "otherwise" in arm.keys else "steps"
            yield self._way(arm, key, spot.behind, f"{spot.id}.{number}.", waits=False)
        if not any("otherwise" in arm.keys for arm in arms):
            yield Way(spot.behind, False, spot.place)


def _outcome(node: Node) -> Iterator[Way]:
    """Yield the steps an answer of a rep leads to; a person takes time to answer."""
    for holder in (node, node_of(node, "else")):
        target = text_of(holder, "go_to")
        if target and isinstance(holder, Fields):
            yield Way(target, True, _value_place(holder, "go_to", node.place))


def _value_place(node: Fields, key: str, fallback: Place) -> Place:
    value = node.values.get(key)
    return value.place if value is not None else fallback
