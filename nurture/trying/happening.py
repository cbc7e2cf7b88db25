"""What happens to the lead of a test, in the facts the planner would hear: the same that the real doors would tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from nurture.authoring.problem import did_you_mean
from nurture.domain.errors import Invalid
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import IDENTITY_FIELDS, Scalar
from nurture.domain.replies import Intent, intent_of
from nurture.domain.touch import Touch
from nurture.trying.record import Offer

ALL_LINKS = "all links"
BY_HAND = timedelta(days=365)
"""How long a pause by hand lasts when nobody resumes it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a happening is about: when (UTC), the touch it answers, the links of its message, the open hand-off."""

    key: str
    lead: str
    at: datetime
    touch: Touch | None = None
    links: Sequence[str] = ()
    offer: Offer | None = None

    def event(self, kind: EventKind, name: str = "", details: Mapping[str, Scalar] | None = None) -> Event:
        """Return a fact about this moment's touch."""
        touch = self.touch
        about = (touch.id, touch.sequence, touch.step) if touch else ("", "", "")
        return Event(f"{self.key}:{kind}", kind, self.lead, self.at, name, *about, details or {})


def facts_of(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    """Return the facts that one entry of `happens:` stands for. Raises Invalid when it cannot happen then."""
    verb = next(name for name in spec if name in _VERBS)
    return _VERBS[verb](spec, moment)


def _reply(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    _needs_touch(moment, "answered")
    intent, channel = intent_of(str(spec["reply"])), str(moment.touch.channel) if moment.touch else ""
    said = moment.event(EventKind.REPLIED, details={"intent": str(intent), "channel": channel})
    if intent is not Intent.OPT_OUT:
        return [said]
    # As the real doors do (47 CFR 64.1200(a)(10)): a no in any words ends marketing on all channels.
    return [moment.event(EventKind.OPTED_OUT, details={"channel": "", "scope": "marketing", "how": "reply"}), said]


def _click(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    _needs_touch(moment, "clicked")
    asked = str(spec["click"])
    if asked != ALL_LINKS and asked not in moment.links:
        step = moment.touch.step if moment.touch else ""
        raise Invalid(f'the message of "{step}" has no link "{asked}"', remedy=did_you_mean(asked, moment.links))
    links = moment.links if asked == ALL_LINKS else [asked]
    clicks = [moment.event(EventKind.CLICKED, details={"link": link, "human": True}) for link in links]
    return [replace(click, id=f"{click.id}:{number}") for number, click in enumerate(clicks)]


def _open(_spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    _needs_touch(moment, "opened")
    return [moment.event(EventKind.OPENED)]


def _happened(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    return [replace(moment, touch=None).event(EventKind.HAPPENED, str(spec["happened"]), spec.get("with"))]


def _out_of_office(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    _needs_touch(moment, "answered")
    return [moment.event(EventKind.AUTO_REPLIED, details={"returns_on": str(spec["out_of_office"])[:10]})]


def _bounce(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    _needs_touch(moment, "returned")
    channel = str(moment.touch.channel) if moment.touch else ""
    return [moment.event(EventKind.BOUNCED, details={"hard": spec["bounce"] == "hard", "channel": channel})]


def _complain(_spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    _needs_touch(moment, "complained of")
    return [moment.event(EventKind.COMPLAINED, details={"channel": str(moment.touch.channel) if moment.touch else ""})]


def _opt_out(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    channel = "" if spec["opt_out"] == "all" else str(spec["opt_out"])
    return [moment.event(EventKind.OPTED_OUT, details={"channel": channel, "scope": "marketing", "how": "test"})]


def _confirm(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    step = str(spec["confirm"])
    if moment.touch is None or moment.touch.step != step or not moment.touch.wording:
        raise Invalid(f'"{step}" asked for no confirmation before', remedy=f"Write at: 1 hour after {step}")
    return [moment.event(EventKind.OPTED_IN, details={"channel": str(moment.touch.channel), "how": "link"})]


def _outcome(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    if moment.touch is None or moment.touch.channel.is_message:
        raise Invalid("no call or task is open whose outcome a rep could log", remedy="Name the step of one")
    return [moment.event(EventKind.TASK_DONE, details={"outcome": str(spec["outcome"])})]


def _accept(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    return [_closed(moment, "accepted", str(spec["accept"]))]


def _reject(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    return [_closed(moment, "rejected", "", str(spec["reject"]))]


def _closed(moment: Moment, outcome: str, rep: str, reason: str = "") -> Event:
    if moment.offer is None:
        raise Invalid("no rep has the lead then, so nobody can answer the hand-off", remedy="Check when it is made")
    details = {"outcome": outcome, "rep": rep or moment.offer.rep, "reason": reason, "handoff": moment.offer.name}
    return replace(moment, touch=None).event(EventKind.HANDOFF_CLOSED, moment.offer.id, details)


def _change(spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    names = sorted(IDENTITY_FIELDS & spec["change"].keys())
    if names:
        # The planner hears no names and addresses, so in earnest such a change tells it nothing either.
        raise Invalid(f'the planner never sees "{names[0]}"', remedy="Change facts that conditions may ask")
    return [replace(moment, touch=None).event(EventKind.LEAD_CHANGED, details=spec["change"])]


def _pause(_spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    until = (moment.at + BY_HAND).isoformat()
    details = {"until": until, "why": "paused by hand", "by": "operator"}
    return [replace(moment, touch=None).event(EventKind.PAUSED, details=details)]


def _resume(_spec: Mapping[str, Any], moment: Moment) -> list[Event]:
    return [replace(moment, touch=None).event(EventKind.RESUMED, details={"by": "operator"})]


def _needs_touch(moment: Moment, deed: str) -> None:
    if moment.touch is None or not moment.touch.channel.is_message:
        raise Invalid(f"no message was sent before that could be {deed}", remedy="Check the step it comes after")


_VERBS: Mapping[str, Callable[[Mapping[str, Any], Moment], list[Event]]] = {
    "reply": _reply,
    "click": _click,
    "open": _open,
    "happened": _happened,
    "out_of_office": _out_of_office,
    "bounce": _bounce,
    "complain": _complain,
    "opt_out": _opt_out,
    "confirm": _confirm,
    "outcome": _outcome,
    "accept": _accept,
    "reject": _reject,
    "change": _change,
    "pause": _pause,
    "resume": _resume,
}


def in_words(spec: Mapping[str, Any]) -> str:
    """Return a happening as it is written: `reply: Can we talk on Thursday?`."""
    verb = next(name for name in spec if name in _VERBS)
    with_ = f" with {spec['with']}" if spec.get("with") else ""
    return f"{verb}: {spec[verb]}{with_}"
