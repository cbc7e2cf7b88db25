"""One moment of a lead's story in one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from nurture.domain.events import EventKind
from nurture.domain.lead import Scalar
from nurture.domain.touch import TouchState

if TYPE_CHECKING:
    from nurture.store.timeline import Moment

_ENDINGS: Mapping[str, str] = {
    TouchState.INTENT: "is being prepared",
    TouchState.WIRE: "is going out",
    TouchState.SENT: "was sent",
    TouchState.DELIVERED: "was sent and delivered",
    TouchState.REFUSED: "was refused",
    TouchState.SUPPRESSED: "was not sent",
    TouchState.CANCELLED: "was cancelled",
    TouchState.UNCERTAIN: "may or may not have gone out",
}
_FACTS: Mapping[str, str] = {
    EventKind.OPENED: "the picture in {step} was loaded",
    EventKind.CLICKED: "clicked {link} in {step}",
    EventKind.REPLIED: "replied by {channel}: {intent}",
    EventKind.AUTO_REPLIED: "answered automatically{returns}",
    EventKind.DELIVERED: "{step} arrived",
    EventKind.BOUNCED: "{step} bounced ({code})",
    EventKind.COMPLAINED: "marked {step} as spam",
    EventKind.OPTED_OUT: "opted out of {where} ({how})",
    EventKind.OPTED_IN: "opted in to {where} ({how})",
    EventKind.PREFERRED: "chose what to hear: {chosen}",
    EventKind.HAPPENED: "did: {name}",
    EventKind.LEAD_CHANGED: "facts changed: {changed}",
    EventKind.TASK_DONE: "{rep} logged {outcome} for {step}",
    EventKind.HANDOFF_ACCEPTED: "{rep} accepted the hand-off",
    EventKind.HANDOFF_REJECTED: "{rep} rejected the hand-off: {reason}",
    EventKind.HANDOFF_CLOSED: "the hand-off ended: {outcome}",
    EventKind.ENROLLED: "entered {name}",
    EventKind.MOVED: "moved to {stage}",
    EventKind.PAUSED: "paused until {until} by {by}: {why}",
    EventKind.RESUMED: "resumed by {by}: {why}",
    EventKind.STOPPED: "{what} stopped by {by}: {why}",
    EventKind.SETTLED: "{by} settled {step} as {as}: {why}",
    EventKind.RESEND_ORDERED: "{by} ordered {step} to be sent once more: {why}",
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00")
_UNSAID = {"channel": "a message", "link": "a link", "by": "an operator", "rep": "a rep", "step": "a message"}


def in_words(moment: Moment) -> str:
    """Return what happened, without its time."""
    return {"touch": _touch, "event": _fact, "task": _task, "stage": _stage}[moment.kind](moment)


def _touch(moment: Moment) -> str:
    said = moment.details
    why = said.get("reason") or said.get("code") if moment.what not in _WENT_WELL else ""
    by = f" by {said['sender']}" if said.get("sender") else ""
    ending = _ENDINGS.get(moment.what, moment.what)
    return f"{said.get('channel', 'touch')} {moment.step} of {moment.sequence} {ending}{by}{f': {why}' if why else ''}"


def _fact(moment: Moment) -> str:
    shape = _FACTS.get(moment.what, moment.what.replace("_", " "))
    if moment.what == EventKind.CLICKED and not moment.details.get("human", True):
        shape = "a machine followed {link} in {step}"
    return shape.format_map(_Words(moment))


def _task(moment: Moment) -> str:
    said = moment.details
    who = said.get("rep") or "the pool"
    if moment.what == "opened":
        return f"{said.get('kind', 'task')} for {who}: {said.get('title', moment.id)}"
    answer = f": {said['outcome']}" if said.get("outcome") else ""
    return f"{said.get('kind', 'task')} of {who} is {moment.what}{answer}"


def _stage(moment: Moment) -> str:
    said = moment.details
    why = f": {said['reason']}" if said.get("reason") else ""
    if said.get("was") == moment.what:
        return f"belongs to {said.get('owner') or 'nobody'} now{why}"
    return f"moved from {said.get('was') or 'nowhere'} to {moment.what} with {said.get('score', 0)} points{why}"


_WENT_WELL = (TouchState.SENT, TouchState.DELIVERED)


class _Words(dict[str, str]):
    """The words a sentence may ask for: the moment's own details, and something that still reads as English."""

    def __init__(self, moment: Moment) -> None:
        said = {name: _said(value) for name, value in moment.details.items() if value not in ("", None)}
        back = moment.details.get("returns_on")
        own = {
            "where": said.get("channel", "all messages"),
            "what": said.get("name", "everything"),
            "returns": f", back on {back}" if back else "",
            "changed": ", ".join(sorted(said)),
            "chosen": "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in sorted(said.items())) or "all",
        }
        super().__init__(own | said | ({"step": moment.step} if moment.step else {}))

    def __missing__(self, name: str) -> str:
        return _UNSAID.get(name, "no reason given")


def _said(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}" if _MOMENT.fullmatch(text) else text.replace("_", " ")
