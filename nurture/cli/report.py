"""`nurture report`: the funnel in numbers, from the store alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from nurture.cli._counting import counts
from nurture.cli._desk import AsJson, aligned, at_home, clock, progress, say_json
from nurture.cli._rates import in_words

Lines = Iterator[str]


def command(as_json: AsJson = False) -> None:
    """Count everything: stages, touches by channel and step, answers, variants, hand-offs, what is uncertain.

    Everything is read from the store, so the report needs no worker and no Temporal. Rates are of people, each with its
    95 % interval: two variants whose intervals overlap may well be equal.

    Example: `nurture report --json`
    """
    found = asyncio.run(_count())
    if as_json:
        say_json(found)
    else:
        print("\n".join(_lines(found)))


async def _count() -> dict[str, Any]:
    async with at_home() as house:
        with progress("reading answers", None) as show:
            return await counts(house.store, house.clock.now(), show)


def _lines(found: Mapping[str, Any]) -> Lines:
    yield f"{found['people']:,} people at {clock(found['at'])} UTC, {found['reached']:,} of them reached"
    yield from _table("Stages", [(name, f"{count:,}") for name, count in _most_first(found["stages"])])
    yield from _table("Touches by channel", [_channel(name, states) for name, states in found["touches"].items()])
    yield from _table("Steps", [_STEP_HEADER, *map(_step, found["steps"])] if found["steps"] else [])
    yield from _table("Variants", [_VARIANT_HEADER, *map(_variant, found["variants"])] if found["variants"] else [])
    yield from _table("Not made, by reason", [(code, f"{count:,}") for code, count in found["withheld"].items()])
    yield from _table("Hand-offs", [(name, _count_of(value)) for name, value in found["handoffs"].items() if value])
    yield from _table("Opt-outs", [(name.replace("_", " "), f"{count:,}") for name, count in found["opt_outs"].items()])
    uncertain = len(found["uncertain"])
    if uncertain:
        yield from ("", f"{uncertain} touches are uncertain: see nurture uncertain")
    if found["untold"]:
        yield from ("", f"{found['untold']:,} facts wait for their workflow: is a worker running?")


def _table(title: str, rows: list[tuple[str, ...]]) -> Lines:
    yield from ("", title)
    yield from aligned(rows) if rows else ("  none",)


def _most_first(found: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))


def _channel(name: str, states: Mapping[str, int]) -> tuple[str, ...]:
    others = ", ".join(f"{state} {count:,}" for state, count in states.items() if state != "made")
    return name, f"{states['made']:,}", others


_STEP_HEADER = ("sequence", "step", "by", "people", "clicked", "replied")
_VARIANT_HEADER = ("sequence", "step", "variant", "people", "clicked", "replied")


def _step(each: Mapping[str, Any]) -> tuple[str, ...]:
    return each["sequence"], each["step"], ", ".join(each["channels"]), f"{each['people']:,}", *_rates(each)


def _variant(each: Mapping[str, Any]) -> tuple[str, ...]:
    return each["sequence"], each["step"], each["variant"], f"{each['people']:,}", *_rates(each)


def _rates(each: Mapping[str, Any]) -> tuple[str, str]:
    clicked, replied = (f"{each[name]:,} {in_words(each[rated])}".strip() for name, rated in _RATED)
    return clicked, replied


_RATED = (("clicked", "click_rate"), ("replied", "reply_rate"))


def _count_of(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{reason} {count:,}" for reason, count in value.items())
    return f"{value:,}"
