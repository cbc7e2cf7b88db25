"""The head of a message file: a few YAML keys between two lines of dashes, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from nurture.authoring.sandbox import Fault, did_you_mean

FUNNEL = ("top", "middle", "bottom")
KEYS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"subject", "preheader", "funnel", "from_name"}),
    "sms": frozenset({"funnel"}),
    "whatsapp": frozenset({"content_sid", "variables", "text", "language", "funnel"}),
    "call": frozenset({"title", "funnel"}),
    "handoff": frozenset({"title", "funnel"}),
}
"""What the head of each kind of message may say."""
_MAPS = frozenset({"subject", "variables"})
_MAX_HEAD = 16_000


@dataclass(frozen=True, slots=True)
class Page:
    """A message file, taken apart. `body_line` is the 1-based line the body begins at; `places` are key -> line."""

    head: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    places: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def read_page(kind: str, source: str) -> Page:
    """Take a message of `kind` (email, sms, whatsapp, call, handoff) apart; what is wrong comes back as faults."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n")
    if kind == "whatsapp":
        return _with_head(kind, source, 1, "", 1)
    lines = source.split("\n")
    if lines[0].rstrip() != "---":
        return Page(body=source)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        return Page(faults=(Fault(1, 'the head begins with "---" but never ends', "front-matter", word="---"),))
    return _with_head(kind, "\n".join(lines[1:end]), 2, "\n".join(lines[end + 1 :]), end + 2)


def _with_head(kind: str, text: str, first_line: int, body: str, body_line: int) -> Page:
    head, fault = _load(text, first_line)
    if fault is not None:
        return Page(body=body, body_line=body_line, faults=(fault,))
    places = {str(key): first_line + head.lc.key(key)[0] for key in head}
    values = {str(key): _plain(value) for key, value in head.items()}
    faults = [fault for key, value in values.items() if (fault := _fault(kind, key, value, places[key]))]
    return Page(values, body, body_line, places, tuple(faults))


def _load(text: str, first_line: int) -> tuple[CommentedMap, Fault | None]:
    if len(text) > _MAX_HEAD:
        return CommentedMap(), Fault(first_line, f"the head is longer than {_MAX_HEAD:,} characters", "front-matter")
    try:
        head = YAML(typ="rt", pure=True).load(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = str(error.problem or error.context or "cannot be read").split("\n")[0]
        return CommentedMap(), Fault(first_line + (mark.line if mark else 0), words, "front-matter")
    except (YAMLError, ValueError, RecursionError) as error:
        return CommentedMap(), Fault(first_line, str(error).split("\n")[0] or "cannot be read", "front-matter")
    if not isinstance(head, CommentedMap):
        words = "the head must be lines like `subject: Welcome`"
        return CommentedMap(), None if head is None else Fault(first_line, words, "front-matter")
    return head, None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): item if isinstance(item, str) else _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def _fault(kind: str, key: str, value: Any, line: int) -> Fault | None:
    if key not in KEYS[kind]:
        return Fault(line, f'unknown key "{key}"', "unknown-key", did_you_mean(key, KEYS[kind]), key)
    if isinstance(value, dict) and key in _MAPS and value and all(isinstance(text, str) for text in value.values()):
        return None
    if not isinstance(value, str) or not value.strip():
        return Fault(
            line, f'"{key}" must be a text{" or texts by name" if key in _MAPS else ""}', "front-matter", "", key
        )
    if key == "funnel" and value not in FUNNEL:
        return Fault(line, f'no funnel stage "{value}"', "front-matter", f"Use one of {', '.join(FUNNEL)}", value)
    return None
