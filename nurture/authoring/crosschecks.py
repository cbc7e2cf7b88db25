"""Do the names in a sequence exist: templates, steps, stages, windows, pools, routes, sequences, fields and events?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from nurture.authoring.checks import Use
from nurture.authoring.known import Known, TemplateShelf
from nurture.authoring.nodes import Fields, Mistake, Node
from nurture.authoring.problem import Severity, nearest
from nurture.authoring.steps import Spot
from nurture.domain.condition import Vocabulary, check
from nurture.domain.duration import parse_duration
from nurture.domain.errors import Invalid

_ZONES = frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the checks of one sequence look at. `shelf` None: templates are not checked."""

    root: Node
    spots: list[Spot]
    uses: list[Use]
    known: Known
    vocabulary: Vocabulary
    shelf: TemplateShelf | None


def name_mistakes(scene: Scene) -> Iterator[Mistake]:
    """Yield every name that nothing answers to, and every condition that cannot be asked."""
    for use in scene.uses:
        finder = _FINDERS.get(use.kind) or (_template if use.kind.startswith("template:") else None)
        if finder is not None:
            yield from finder(scene, use)


def unknown(use: Use, thing: str, known: Collection[str], *, rule: str = "", empty: str = "") -> Mistake:
    """Return the mistake "no <thing> "x". There is "y"."; `empty` is the hint when there is none at all."""
    hint = there_is(use.text, known) or empty
    return Mistake(use.place, rule or f"unknown-{thing.replace(' ', '-')}", f'no {thing} "{use.text}"', hint)


def there_is(word: str, known: Collection[str]) -> str:
    """Return `There is "x"`: the nearest known name, else the first few, else ""."""
    near = nearest(word, known)
    names = [near] if near else sorted(known)[:8]
    more = " and more" if not near and len(known) > 8 else ""
    return f"There is {', '.join(f'{_quote(name)}' for name in names)}{more}" if names else ""


def _quote(name: str) -> str:
    return f'"{name}"'


def _condition(scene: Scene, use: Use) -> Iterator[Mistake]:
    for problem in check(use.text, scene.vocabulary):
        place = use.word.part(use.column + problem.column - 1, problem.length)
        severity = Severity.WARNING if problem.warning else Severity.ERROR
        yield Mistake(place, problem.rule, problem.message, problem.hint, severity=severity)


def _duration(_scene: Scene, use: Use) -> Iterator[Mistake]:
    try:
        length = parse_duration(use.text).plain
    except Invalid as error:
        yield Mistake(use.place, "duration", error.reason, error.remedy)
    else:
        if length.days > 3_660:
            yield Mistake(use.place, "duration", f'"{use.text}" is longer than ten years', "Check the number")


def _template(scene: Scene, use: Use) -> Iterator[Mistake]:
    channel = use.kind.removeprefix("template:")
    if scene.shelf is None or channel == "text":
        return
    names = scene.shelf.names(channel)
    if use.text not in names:
        near = nearest(use.text, names)
        hint = f'There is "{channel}/{near}"' if near else f"Write it in templates/{channel}/"
        yield Mistake(use.place, "unknown-template", f'no template "{channel}/{use.text}"', hint)


def _step(scene: Scene, use: Use) -> Iterator[Mistake]:
    ids = {spot.id for spot in scene.spots}
    if use.text not in ids and not (use.text == "start" and use.path[-1] == "at"):
        yield unknown(use, "step", [spot.id for spot in scene.spots if spot.has_id])


def _handoff(scene: Scene, use: Use) -> Iterator[Mistake]:
    plans = scene.root.values.get("handoffs") if isinstance(scene.root, Fields) else None
    names = list(plans.keys) if isinstance(plans, Fields) else []
    if use.text not in names:
        yield unknown(use, "hand-off", names, rule="unknown-handoff", empty="Write it under handoffs:")


def _route(scene: Scene, use: Use) -> Iterator[Mistake]:
    if not scene.known.routes:
        return
    column = use.column
    for word in use.text.split(" else "):
        if word not in {*scene.known.routes, *scene.known.reps, "owner", "inbox"}:
            part = Use(use.kind, word, use.word.part(column, len(word)), use.path, use.word)
            yield unknown(part, "route", scene.known.routes)
        column += len(f"{word} else ")


def _zone(_scene: Scene, use: Use) -> Iterator[Mistake]:
    if (hint := zone_hint(use.text)) is not None:
        yield Mistake(use.place, "unknown-zone", f'no time zone "{use.text}"', hint)


def zone_hint(zone: str) -> str | None:
    """Return the hint for a time zone that does not exist ("" when none is near), or None for one that does."""
    if zone in _ZONES:
        return None
    near = nearest(zone, {each.lower() for each in _ZONES})
    right = next((each for each in _ZONES if each.lower() == near), "")
    return f'There is "{right}"' if right else ""


def _date(scene: Scene, use: Use) -> Iterator[Mistake]:
    """The moment of a step hangs on a date of the lead."""
    fields = scene.vocabulary.fields
    dates = [name for name, kind in fields.items() if kind in ("date", "")]
    if fields and use.text not in fields:
        yield unknown(use, "field", dates)
    elif fields and use.text not in dates:
        fact = f'"lead.{use.text}" is no date but a {fields[use.text]}'
        yield Mistake(use.place, "not-a-date", fact, there_is(use.text, dates))


def _among(
    thing: str, names: Callable[[Known], Collection[str]], rule: str = ""
) -> Callable[[Scene, Use], Iterator[Mistake]]:
    """Return a check that a name is among those the policies know; nothing is said while they know none."""

    def find(scene: Scene, use: Use) -> Iterator[Mistake]:
        known = names(scene.known)
        if known and use.text not in known:
            yield unknown(use, thing, known, rule=rule)

    return find


_FINDERS: Mapping[str, Callable[[Scene, Use], Iterator[Mistake]]] = {
    "condition": _condition,
    "duration": _duration,
    "step": _step,
    "handoff": _handoff,
    "route": _route,
    "zone": _zone,
    "date": _date,
    "stage": _among("stage", lambda known: known.stages),
    "window": _among("window", lambda known: known.windows),
    "pool": _among("pool of senders", lambda known: known.pools, "unknown-pool"),
    "topic": _among("topic", lambda known: known.topics),
    "event": _among("event", lambda known: known.events),
    "sequence": _among("sequence", lambda known: known.sequences),
    "rep": _among("rep", lambda known: known.reps),
    "persona": _among("persona", lambda known: known.personas),
    "temperature": _among("temperature", lambda known: known.temperatures),
}
