"""What must hold among the steps of one sequence: ids, threads, shares, arms, caps and hand-off plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nurture.authoring.crosschecks import Scene, there_is
from nurture.authoring.nodes import Fields, Mistake, Word
from nurture.authoring.problem import Place, Severity
from nurture.authoring.steps import Spot, items_of, node_of, text_of

_NAMED_VERBS = ("email", "sms", "whatsapp", "first_possible", "confirm", "call", "task")
HOLDOUT = "holdout"


def step_mistakes(scene: Scene) -> Iterator[Mistake]:
    """Yield what does not fit together within a sequence."""
    yield from _ids(scene.spots)
    yield from _threads(scene.spots)
    for spot in scene.spots:
        yield from _arms(spot)
        yield from _experiment(scene, spot)
        yield from _retry(spot)
        yield from _confirm(scene, spot)
    yield from _rules(scene)
    yield from _goal(scene)
    yield from _handoffs(scene)


def _ids(spots: list[Spot]) -> Iterator[Mistake]:
    first: dict[str, Spot] = {}
    for spot in spots:
        earlier = first.setdefault(spot.id, spot)
        if earlier is not spot:
            fact = f'two steps are called "{spot.id}"; the first one is in line {earlier.place.line}'
            yield Mistake(spot.place, "duplicate-step", fact, "Give one of them another id", (earlier.place,))
        if not spot.has_id and spot.verb in _NAMED_VERBS:
            fact = f'this {spot.verb} step has no "id"'
            hint = "People in flight, reports and tests find a step by its id"
            yield Mistake(spot.node.keys[spot.verb].place, "missing-id", fact, hint)


def _threads(spots: list[Spot]) -> Iterator[Mistake]:
    by_id = {spot.id: spot for spot in reversed(spots)}
    for spot in spots:
        thread = spot.node.values.get("thread")
        if not isinstance(thread, Word) or thread.text not in by_id:
            continue
        root = by_id[thread.text]
        if root.verb != "email":
            fact = f'step "{root.id}" sends no e-mail, so there is no conversation to continue'
            yield Mistake(thread.place, "thread", fact, "Name an e-mail step")
        elif root.number >= spot.number:
            fact = f'step "{root.id}" comes later, so there is nothing to answer yet'
            yield Mistake(thread.place, "thread", fact, "Name an earlier e-mail step")


def _arms(spot: Spot) -> Iterator[Mistake]:
    arms = [arm for arm in items_of(spot.node.values.get("branch")) if isinstance(arm, Fields)]
    for arm in arms[:-1]:
        if "otherwise" in arm.keys:
            fact = '"otherwise" is always taken, so the arms behind it never are'
            yield Mistake(arm.keys["otherwise"].place, "otherwise-last", fact, "Put it last")


def _experiment(scene: Scene, spot: Spot) -> Iterator[Mistake]:
    variants = node_of(spot.node, "ab_test", "variants")
    if not isinstance(variants, Fields):
        return
    shares = {name: share for name in variants.keys if (share := text_of(variants, name).rstrip("%")).isdigit()}
    total = sum(map(int, shares.values()))
    if len(shares) == len(variants.keys) and total != 100:
        place = next(iter(variants.keys.values())).place
        yield Mistake(place, "shares", f"the shares make {total} %, not 100 %", "Let them add up to 100 %")
    spoken = [name for name in variants.keys if name != HOLDOUT]
    if scene.shelf is None or spot.verb != "email" or len(spoken) < 2:
        return
    template = text_of(spot.node, "email")
    written = scene.shelf.variants("email", template)
    if template not in scene.shelf.names("email"):
        return
    for name in spoken:
        if name not in written:
            fact = f'the template "email/{template}" has no subject for the variant "{name}"'
            hint = there_is(name, written) or f"Write subject: {{ {': …, '.join(spoken)}: … }} in its head"
            yield Mistake(variants.keys[name].place, "unknown-variant", fact, hint)


def _retry(spot: Spot) -> Iterator[Mistake]:
    outcomes = node_of(spot.node, "outcomes")
    for outcome in outcomes.values.values() if isinstance(outcomes, Fields) else ():
        if isinstance(outcome, Fields) and "retry" in outcome.keys and "every" not in outcome.keys:
            hint = 'Add "every: 1 business day"'
            yield Mistake(outcome.keys["retry"].place, "retry", "nothing says how long between two tries", hint)


def _confirm(scene: Scene, spot: Spot) -> Iterator[Mistake]:
    """A double opt-in shows the words that are agreed to, and nothing that could be taken for advertising."""
    if spot.verb != "confirm":
        return
    asked = spot.node.keys["confirm"]
    if "wording" not in spot.node.keys:
        hint = 'Add "wording: Yes, …": it is shown, and kept in the receipt'
        yield Mistake(asked.place, "confirm", f'step "{spot.id}" does not say what is agreed to', hint)
    template = text_of(spot.node, "confirm")
    links = list(scene.shelf.links("email", template)) if scene.shelf and template in scene.shelf.names("email") else []
    if links:
        fact = f'the template "email/{template}" has the link "{links[0]}", and a confirmation may only ask'
        value = spot.node.values["confirm"]
        yield Mistake(value.place, "confirm", fact, "Take its links out: the button is added by itself")


def _rules(scene: Scene) -> Iterator[Mistake]:
    """A bare rule in front of a narrower one takes everything: `replied` before `replied(interested)`."""
    seen: dict[str, Place] = {}
    for rule in items_of(node_of(scene.root, "stop")):
        when = node_of(rule, "when")
        if not isinstance(when, Word):
            continue
        covered = when.text.split("(")[0]
        if "(" in when.text and covered in seen and " and " not in when.text and " or " not in when.text:
            fact = f'"{covered}" in line {seen[covered].line} already catches this'
            hint = "The first match wins: put the narrower rule above"
            yield Mistake(when.place, "never-first", fact, hint, (seen[covered],))
        seen.setdefault(when.text, when.place)


def _goal(scene: Scene) -> Iterator[Mistake]:
    if node_of(scene.root, "goal") is not None:
        return
    for spot in scene.spots:
        waited = spot.node.values.get("wait_for")
        if isinstance(waited, Word) and waited.text == "goal":
            yield Mistake(waited.place, "no-goal", "this sequence has no goal to wait for", "Write it under goal:")


def _handoffs(scene: Scene) -> Iterator[Mistake]:
    plans = node_of(scene.root, "handoffs")
    if not isinstance(plans, Fields):
        return
    told: set[str] = set()
    for name, plan in plans.values.items():
        like = node_of(plan, "like")
        chain = _likes(plans, name)
        if isinstance(like, Word) and chain[-1] in chain[:-1]:
            if told & set(chain):
                continue
            told |= set(chain)
            fact = f"these hand-offs are like each other: {' -> '.join(chain)}"
            yield Mistake(like.place, "like-circle", fact, "One of them must say it all")
        elif not any("route" in _keys(plans, each) for each in chain):
            yield Mistake(plans.keys[name].place, "no-route", f'hand-off "{name}" has no route', "Add route:, or like:")
    used = {use.text for use in scene.uses if use.kind == "handoff"}
    for name, key in plans.keys.items():
        if name not in used:
            fact = f'nothing hands over by "{name}"'
            yield Mistake(key.place, "unused-handoff", fact, "Delete it, or use it", severity=Severity.WARNING)


def _likes(plans: Fields, name: str) -> list[str]:
    """Return the hand-off and those it is like, in order; a circle ends with a name that is there already."""
    chain = [name]
    while (base := text_of(plans.values.get(chain[-1]), "like")) and base in plans.values:
        chain.append(base)
        if base in chain[:-1]:
            break
    return chain


def _keys(plans: Fields, name: str) -> Mapping[str, Word]:
    plan = plans.values.get(name)
    return plan.keys if isinstance(plan, Fields) else {}
