"""Are made-up people possible: fields that exist with values of their kind, zones, stages and chances that add up?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from nurture.authoring.crosschecks import there_is, zone_hint
from nurture.authoring.known import Known
from nurture.authoring.nodes import Fields, Items, Mistake, Node, Word
from nurture.authoring.steps import node_of
from nurture.domain.lead import IDENTITY_FIELDS

_OWN = IDENTITY_FIELDS | {"stage", "timezone", "country", "region", "language", "source", "owner"}
_EXCLUSIVE = ("out_of_office", "opts_out", "complains", "bounces")


def persona_mistakes(root: Node, known: Known) -> Iterator[Mistake]:
    """Yield what cannot be true of the people in personas.yaml."""
    for persona in root.values.values() if isinstance(root, Fields) else ():
        yield from lead_mistakes(node_of(persona, "lead"), known)
        yield from _hours(node_of(persona, "hours"))
        yield from _sums(node_of(persona, "phone"), "the outcomes of a call")
        habits = node_of(persona, "habits")
        for channel, habit in habits.values.items() if isinstance(habits, Fields) else ():
            yield from _answers(channel, habit)


def test_lead_mistakes(root: Node, known: Known) -> Iterator[Mistake]:
    """Yield what cannot be true of the leads in a file of tests."""
    for test in root.items if isinstance(root, Items) else ():
        yield from lead_mistakes(node_of(test, "lead"), known)


test_lead_mistakes.__test__ = False  # type: ignore[attr-defined]  # its name is what it does, not what pytest looks for


def lead_mistakes(lead: Node | None, known: Known) -> Iterator[Mistake]:
    """Yield every field of a made-up lead that leads cannot have, and every value that its field cannot hold."""
    for name, key in lead.keys.items() if isinstance(lead, Fields) else ():
        assert isinstance(lead, Fields)
        value = lead.values[name]
        if name == "like":
            continue
        if known.fields and name not in {*known.fields, *_OWN}:
            yield Mistake(key.place, "unknown-field", f'no field "{name}"', there_is(name, {*known.fields, *_OWN}))
        elif isinstance(value, Word):
            yield from _value(name, value, known)


def _value(name: str, value: Word, known: Known) -> Iterator[Mistake]:
    kind = known.fields.get(name, "")
    if not _FITS.get(kind, _anything)(value):
        fact = f'"lead.{name}" is a {kind}, and "{value.text}" is none'
        yield Mistake(value.place, "wrong-kind", fact, "Write 2026-03-27" if kind == "date" else "")
    names = {"stage": known.stages, "owner": known.reps}.get(name, ())
    if names and value.text not in names:
        thing = "rep" if name == "owner" else "stage"
        yield Mistake(value.place, f"unknown-{thing}", f'no {thing} "{value.text}"', there_is(value.text, names))
    if name == "timezone" and (hint := zone_hint(value.text)) is not None:
        yield Mistake(value.place, "unknown-zone", f'no time zone "{value.text}"', hint)


def _is_number(value: Word) -> bool:
    return not isinstance(value.value, bool) and value.text.lstrip("-").replace(".", "", 1).isdigit()


def _is_date(value: Word) -> bool:
    try:
        return bool(datetime.fromisoformat(value.text))
    except ValueError:
        return False


def _anything(_value: Word) -> bool:
    return True


_FITS: Mapping[str, Callable[[Word], bool]] = {
    "number": _is_number,
    "boolean": lambda value: isinstance(value.value, bool),
    "date": _is_date,
}


def _hours(hours: Node | None) -> Iterator[Mistake]:
    values = [item.value for item in hours.items if isinstance(item, Word)] if isinstance(hours, Items) else []
    numbers = [value for value in values if isinstance(value, int | float)]
    if hours is not None and len(numbers) >= 2 and (len(numbers) > 2 or not 0 <= numbers[0] <= numbers[1]):
        fact = "the hours to an answer are a shortest and a longest"
        yield Mistake(hours.place, "hours", fact, "Write such as [0.5, 40]")


def _answers(channel: str, habit: Node) -> Iterator[Mistake]:
    """A reply, an absence note, an opt-out, a complaint and a bounce exclude each other, so they share 100 %."""
    if not isinstance(habit, Fields):
        return
    replies = node_of(habit, "replies")
    chances = [node for name, node in habit.values.items() if name in _EXCLUSIVE]
    chances += list(replies.values.values()) if isinstance(replies, Fields) else []
    total = sum(map(_percent, chances))
    if total > 100:
        fact = f"the answers to a message by {channel} add up to {total:g} %"
        yield Mistake(habit.place, "chances", fact, "Replies, absences, opt-outs, complaints and bounces share 100 %")


def _sums(table: Node | None, what: str) -> Iterator[Mistake]:
    total = sum(map(_percent, table.values.values())) if isinstance(table, Fields) else 0.0
    if table is not None and total > 100:
        yield Mistake(table.place, "chances", f"{what} add up to {total:g} %", "They share 100 %")


def _percent(node: Node) -> float:
    try:
        return float(node.text.rstrip("% ")) if isinstance(node, Word) else 0.0
    except ValueError:
        return 0.0  # the grammar says so already
