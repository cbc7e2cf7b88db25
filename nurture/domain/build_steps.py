"""Lays the nested steps of a document out as a flat graph: each step knows the id of the one behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nurture.domain.condition import Condition, compile_condition
from nurture.domain.duration import parse_duration
from nurture.domain.errors import Invalid
from nurture.domain.lead import Channel
from nurture.domain.sequence import Act, Ask, At, Confirm, Experiment, Fork, Jump, Reaction, Say, Step, Then, WaitFor

_MESSAGES = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)
_ACTS = ("handoff", "move", "enroll")
_AT = re.compile(r"(?:(?P<offset>.+?) (?P<side>before|after) )?lead\.(?P<field>\w+)")


_Maker = Callable[[str, Mapping[str, Any], dict[str, Any]], Step]


class StepBuilder:
    """Collects `steps` by id while it walks a document from the last step to the first."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}

    def lay(self, specs: Sequence[Mapping[str, Any]], behind: str, prefix: str = "") -> str:
        """Lay a list of steps in front of the step `behind` and return the id of its first."""
        names = [str(spec.get("id") or f"{prefix}{number}") for number, spec in enumerate(specs, 1)]
        if not names:
            return behind
        for name, spec, following in reversed(list(zip(names, specs, [*names[1:], behind], strict=True))):
            self.steps[name] = self._step(name, spec, following)
        return names[0]

    def _step(self, name: str, spec: Mapping[str, Any], behind: str) -> Step:
        common: dict[str, Any] = {
            "id": name,
            "next": behind,
            "after": parse_duration(spec["after"]) if "after" in spec else None,
            "at": _at(spec["at"]) if "at" in spec else None,
            "only_if": compile_condition(str(spec["only_if"])) if "only_if" in spec else None,
        }
        make = next((make for keys, make in self._makers() if any(key in spec for key in keys)), None)
        if make is not None:
            return make(name, spec, common)
        raise Invalid(f'step "{name}" does nothing', remedy="Give it one verb, such as email, wait_for or branch")

    def _say(self, _name: str, spec: Mapping[str, Any], common: dict[str, Any]) -> Step:
        choices = spec.get("first_possible") or [{c: spec[c]} for c in _MESSAGES if c in spec]
        options = tuple((Channel(channel), str(name)) for choice in choices for channel, name in choice.items())
        return Say(
            options=options, experiment=_experiment(spec.get("ab_test")), thread=spec.get("thread", ""), **common
        )

    def _confirm(self, name: str, spec: Mapping[str, Any], common: dict[str, Any]) -> Step:
        return Confirm(
            options=((Channel.EMAIL, str(spec["confirm"])),),
            wording=str(spec["wording"]),
            up_to=parse_duration(spec["up_to"]),
            remind=parse_duration(spec["remind"]) if "remind" in spec else None,
            then=self._way(spec.get("then"), common["next"], f"{name}.then."),
            otherwise=self._way(spec.get("else"), common["next"], f"{name}.else."),
            **common,
        )

    def _ask(self, _name: str, spec: Mapping[str, Any], common: dict[str, Any]) -> Step:
        task = spec.get("task") or {}
        due, wait = task.get("due", spec.get("due")), spec.get("wait")
        outcomes = spec.get("outcomes", {})
        return Ask(
            channel=Channel.CALL if "call" in spec else Channel.TASK,
            kind="call" if "call" in spec else str(task.get("kind", "manual")),
            template=str(spec.get("call") or task.get("template", "")),
            title=str(task.get("title", spec.get("title", ""))),
            due=parse_duration(due) if due else None,
            wait=parse_duration(wait.removeprefix("up to ")) if wait else None,
            outcomes={outcome: _reaction(how) for outcome, how in outcomes.items()},
            **common,
        )

    def _wait_for(self, name: str, spec: Mapping[str, Any], common: dict[str, Any]) -> Step:
        asked = str(spec["wait_for"])
        return WaitFor(
            until=None if asked == "goal" else compile_condition(asked),
            up_to=parse_duration(spec["up_to"]),
            then=self._way(spec.get("then"), common["next"], f"{name}.then."),
            otherwise=self._way(spec.get("else"), common["next"], f"{name}.else."),
            **common,
        )

    def _way(self, spec: Any, behind: str, prefix: str) -> str:
        """Return the id a `then` or `else` leads to: a list of steps, `{go_to: …}`, `continue` or `stop`."""
        if spec is None or spec == "continue":
            return behind
        if spec == "stop":
            return ""
        if isinstance(spec, Mapping) and "go_to" in spec:
            return str(spec["go_to"])
        return self.lay([spec] if isinstance(spec, Mapping) else spec, behind, prefix)

    def _fork(self, name: str, spec: Mapping[str, Any], common: dict[str, Any]) -> Step:
        arms: list[tuple[Condition | None, str]] = []
        for number, arm in enumerate(spec["branch"], 1):
            if "otherwise" in arm:
                arms.append((None, self._way(arm["otherwise"], common["next"], f"{name}.{number}.")))
            else:
                way = self._way(arm.get("steps"), common["next"], f"{name}.{number}.")
                arms.append((compile_condition(str(arm["if"])), way))
        return Fork(arms=tuple(arms), **common)

    def _act(self, _name: str, spec: Mapping[str, Any], common: dict[str, Any]) -> Step:
        return Act(then=then_of({key: spec[key] for key in (*_ACTS, "reason") if key in spec}), **common)

    def _jump(self, _name: str, spec: Mapping[str, Any], common: dict[str, Any]) -> Step:
        return Jump(to=str(spec["go_to"]), **common)

    def _makers(self) -> tuple[tuple[Sequence[str], _Maker], ...]:
        """Return which verbs make which kind of step."""
        return (
            (("confirm",), self._confirm),
            (("first_possible", *_MESSAGES), self._say),
            (("call", "task"), self._ask),
            (("wait_for",), self._wait_for),
            (("branch",), self._fork),
            (_ACTS, self._act),
            (("go_to",), self._jump),
        )


def _reaction(spec: Mapping[str, Any] | str) -> Reaction:
    if isinstance(spec, str):
        return Reaction(then=then_of(spec))
    return Reaction(
        then=then_of(spec if {"go_to", *_ACTS} & set(spec) else spec.get("then")),
        retries=int(str(spec.get("retry", "0")).split()[0]),
        every=parse_duration(spec["every"]) if "every" in spec else None,
        otherwise=then_of(spec.get("else")),
        bad_field=str(spec.get("bad", "")).removeprefix("lead."),
    )


def then_of(spec: Mapping[str, Any] | str | None) -> Then:
    """Return the consequences written as a mapping, or as the bare words `continue` and `stop`."""
    if spec is None or isinstance(spec, str):
        return Then(stop=spec == "stop")
    assert isinstance(spec, Mapping)
    return Then(
        move=spec.get("move", ""),
        enroll=spec.get("enroll", ""),
        handoff=spec.get("handoff", ""),
        reason=spec.get("reason", ""),
        after=parse_duration(spec["after"]) if "after" in spec else None,
        go_to=spec.get("go_to"),
        resume=spec.get("resume") == "here",
    )


def _at(text: str) -> At:
    shape = _AT.fullmatch(text.strip())
    if shape is None:
        raise Invalid(f'"{text}" is not a moment', remedy='Write "5 business days before lead.<date field>"')
    offset = parse_duration(shape["offset"]) if shape["offset"] else None
    return At(shape["field"], offset, before=shape["side"] != "after")


def _experiment(spec: Mapping[str, Any] | None) -> Experiment | None:
    if spec is None:
        return None
    shares = {name: int(str(share).rstrip("%")) for name, share in spec["variants"].items()}
    return Experiment(spec["name"], shares)
