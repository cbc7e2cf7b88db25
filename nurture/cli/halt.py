"""`nurture halt`: stop a template, a step, a sequence, a sender or a channel at once, and let it go again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from nurture.cli._desk import AsJson, aligned, at_home, clock, say_json
from nurture.cli._switches import keys_of
from nurture.domain.errors import Conflict, NotFound
from nurture.domain.halts import STORE, Halt

group = typer.Typer(
    help="Stop a template, a step, a sequence, a sender or a channel at once, and let it go again.",
    no_args_is_help=True,
)

What = Annotated[
    str,
    typer.Argument(
        metavar="WHAT",
        help="template:welcome, step:trial-nurture/welcome, sequence:trial-nurture, sender:anna, "
        "domain:news.example.com (all its mailboxes), channel:sms, or all.",
    ),
]
By = Annotated[str, typer.Option(help="Who says so, for the log.")]
Reason = Annotated[str, typer.Option(help="Why, for colleagues and for nurture explain.")]
Past = Annotated[bool, typer.Option("--past", help="Who halted and lifted what, the latest first.")]


@group.command()
def add(what: What, by: By = ..., reason: Reason = ..., as_json: AsJson = False) -> None:  # type: ignore[assignment]
    """Halt something. It works from this moment: the last gate of every message asks in the transaction that sends it.

    Nothing is dropped: a touch that is held back asks again, at the latest four hours after the switch is lifted.

    Example: `nurture halt add template:welcome --by olga --reason "the price in it is wrong"`
    """
    asyncio.run(_add(what, _said(by, "--by"), _said(reason, "--reason"), as_json))


@group.command()
def lift(what: What, by: By = ..., reason: Reason = ..., as_json: AsJson = False) -> None:  # type: ignore[assignment]
    """Let go again what was halted by a person or paused by a breaker. Who did it and why is kept.

    Example: `nurture halt lift sender:anna --by olga --reason "DKIM record is back"`
    """
    asyncio.run(_lift(what, _said(by, "--by"), _said(reason, "--reason"), as_json))


@group.command("list")
def list_(past: Past = False, as_json: AsJson = False) -> None:
    """List what is halted or paused, since when, until when, by whom and why (times are UTC).

    Example: `nurture halt list --json`
    """
    asyncio.run(_past(as_json) if past else _list(as_json))


async def _add(what: str, by: str, reason: str, as_json: bool) -> None:
    async with at_home() as house:
        now = house.clock.now()
        news = {
            key: await house.store.halts.halt(key, why=reason, by=by, now=now) for key in await keys_of(house, what)
        }
        held = {halt.key: halt for halt in await house.store.halts.current(now)}
    if as_json:
        say_json({"at": now, "halted": [key for key in news if news[key]], "halts": _documents(list(held.values()))})
        return
    for key, is_new in news.items():
        print(f"{key} is halted." if is_new else f"It was halted before: {held[key]}.")


async def _lift(what: str, by: str, reason: str, as_json: bool) -> None:
    async with at_home() as house:
        now = house.clock.now()
        off = await house.store.halts.current(now)
        if what == STORE:
            raise Conflict("The store is older than what was sent", remedy="Only nurture reconcile lets go of that")
        wanted = [what] if any(halt.key == what for halt in off) else await keys_of(house, what)
        lifted = [halt for key in wanted if (halt := await house.store.halts.lift(key, why=reason, by=by, now=now))]
    if not lifted:
        known = ", ".join(halt.key for halt in off)
        raise NotFound(f"{what} is not halted", remedy=f"Halted are: {known}" if known else "Nothing is halted")
    if as_json:
        say_json({"at": now, "lifted": _documents(lifted)})
        return
    for halt in lifted:
        print(f"{halt.key} may be sent again. {halt}.")


async def _list(as_json: bool) -> None:
    async with at_home() as house:
        now = house.clock.now()
        off = await house.store.halts.current(now)
    if as_json:
        say_json({"at": now, "halts": _documents(off)})
        return
    if not off:
        print("Nothing is halted.")
        return
    rows = [(halt.key, clock(halt.since), clock(halt.until) or "lifted", halt.by, halt.why) for halt in off]
    print("\n".join(aligned([("what", "since", "until", "by", "why"), *rows], indent="")))


async def _past(as_json: bool) -> None:
    async with at_home() as house:
        now, log = house.clock.now(), await house.store.halts.log()
    if as_json:
        names = ("key", "act", "why", "by", "code", "at")
        say_json({"at": now, "past": [{name: getattr(each, name) for name in names} for each in log]})
        return
    rows = [(clock(each.at), each.act, each.key, each.by, each.why) for each in log]
    print("\n".join(aligned(rows, indent="")) if rows else "Nothing was ever halted.")


def _documents(off: Sequence[Halt]) -> list[dict[str, Any]]:
    names = ("key", "why", "by", "since", "until", "code")
    return [{name: getattr(halt, name) for name in names} for halt in off]


def _said(text: str, option: str) -> str:
    if not text.strip():
        raise typer.BadParameter("say it in words", param_hint=option)
    return text.strip()
