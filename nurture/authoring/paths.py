"""Can everybody who enters a sequence get out again, and does every step happen to somebody?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from nurture.authoring.nodes import Fields, Mistake, Node, Word
from nurture.authoring.steps import END, Spot, Way, items_of, node_of, text_of

Graph = Mapping[str, Spot]


def graph_of(spots: Collection[Spot]) -> dict[str, Spot]:
    """Return the steps by id; of an id that is used twice the first one counts."""
    graph: dict[str, Spot] = {}
    for spot in spots:
        graph.setdefault(spot.id, spot)
    return graph


def path_mistakes(root: Node, spots: list[Spot]) -> Iterator[Mistake]:
    """Yield waits without an end, circles without a wait, steps nobody reaches and paths that never end."""
    graph = graph_of(spots)
    yield from _unbounded(root, spots)
    if not spots or len(graph) < len(spots):
        return  # where two steps share an id, every path is a guess
    circles = list(_circles_without_wait(graph))
    yield from (_circle(graph, ids) for ids in circles)
    reached = _reached(graph, spots[0].id)
    yield from _unreachable(graph, spots, reached)
    if not circles:
        yield from _endless(graph, spots, reached)


def without_wait(graph: Graph, start: str) -> set[str]:
    """Return the ids of the steps that can be reached from `start` in no time."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here in seen or here not in graph or _takes_time(graph[here]):
            continue
        seen.add(here)
        todo += [way.to for way in graph[here].ways if not way.waits]
    return seen


def _takes_time(spot: Spot) -> bool:
    return text_of(spot.node, "after") != "" and not text_of(spot.node, "after").startswith("0 ")


def _unbounded(root: Node, spots: list[Spot]) -> Iterator[Mistake]:
    for spot in spots:
        if spot.verb in ("wait_for", "confirm") and "up_to" not in spot.node.keys:
            fact = f'step "{spot.id}" may wait for ever'
            yield Mistake(spot.node.keys[spot.verb].place, "unbounded-wait", fact, 'Add "up_to: 7 days"')
    for rule in items_of(node_of(root, "pause")):
        until = rule.values.get("until") if isinstance(rule, Fields) else None
        if isinstance(until, Word) and (hint := _open_end(until.text)):
            yield Mistake(until.place, "unbounded-wait", "this pause may last for ever", hint)


def _open_end(until: str) -> str:
    """Return how to bound a pause, or "" when it is bounded."""
    if until == "return date":
        return 'Not every reply names a day: write "return date, else 5 business days"'
    is_bounded = until.startswith("return date") or ", at most " in until or until[:1].isdigit()
    return "" if is_bounded else f'Write "{until}, at most 30 days"'


def _reached(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here not in seen and here in graph:
            seen.add(here)
            todo += [way.to for way in graph[here].ways]
    return seen


def _unreachable(graph: Graph, spots: list[Spot], reached: set[str]) -> Iterator[Mistake]:
    """Yield the first step of each row that nobody gets to; those behind it follow from it."""
    told: set[str] = set()
    for spot in spots:
        if spot.id not in reached and spot.id not in told:
            told |= _reached(graph, spot.id)
            fact = f'nobody ever reaches step "{spot.id}"'
            yield Mistake(spot.place, "unreachable", fact, "Every path before it goes elsewhere: delete it or go_to it")


def _endless(graph: Graph, spots: list[Spot], reached: set[str]) -> Iterator[Mistake]:
    """Yield the first step from which no path leads to the end."""
    leaves = {spot.id for spot in spots if any(way.to == END or way.to not in graph for way in spot.ways)}
    ending = set(leaves)
    while True:
        more = {spot.id for spot in spots if any(way.to in ending for way in spot.ways)} - ending
        if not more:
            break
        ending |= more
    stuck = [spot for spot in spots if spot.id in reached and spot.id not in ending]
    if stuck:
        back = next((way for spot in reversed(stuck) for way in spot.ways if way.place != spot.place), None)
        place = back.place if back else stuck[-1].place
        fact = f'no path leads out of here: from step "{stuck[0].id}" on, the steps go round for ever'
        yield Mistake(place, "no-end", fact, "Add a branch that leaves, or a step behind the circle")


def _circles_without_wait(graph: Graph) -> Iterator[list[str]]:
    """Yield circles of steps in which no time passes, each once, by a depth-first search."""
    done: set[str] = set()
    for start in graph:
        if start in done:
            continue
        trail: list[str] = []
        stack: list[tuple[str, Iterator[Way]]] = [(start, iter(_quick_ways(graph, start)))]
        trail.append(start)
        while stack:
            here, ways = stack[-1]
            way = next(ways, None)
            if way is None:
                done.add(here)
                stack.pop()
                trail.pop()
            elif way.to in trail:
                yield trail[trail.index(way.to) :]
            elif way.to in graph and way.to not in done:
                trail.append(way.to)
                stack.append((way.to, iter(_quick_ways(graph, way.to))))


def _quick_ways(graph: Graph, name: str) -> list[Way]:
    """Return the ways on that cost no time; a step with `after` costs time on every way into it."""
    return [way for way in graph[name].ways if not way.waits and way.to in graph and not _takes_time(graph[way.to])]


def _circle(graph: Graph, ids: list[str]) -> Mistake:
    jumps = [
        way.place
        for name in reversed(ids)
        for way in graph[name].ways
        if way.to in ids and _is_written(graph[name], way)
    ]
    fact = f"these steps go round without any wait: {' -> '.join([*ids, ids[0]])}"
    hint = 'Give one of them an "after", such as "after: 1 day"'
    return Mistake(jumps[0] if jumps else graph[ids[-1]].place, "loop-without-wait", fact, hint)


def _is_written(spot: Spot, way: Way) -> bool:
    """Whether a way is spelt out (a go_to, a then) and not just the next step."""
    return way.place != spot.place
