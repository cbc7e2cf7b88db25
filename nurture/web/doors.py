"""All that the web app needs from the outside: ports, callables and plain values, filled in by the wiring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nurture.domain.events import Event
from nurture.domain.policies import Policies
from nurture.domain.ports import Clock, Inbox, Leads, Library, Links, Tasks
from nurture.domain.ports_reconciling import Doubts
from nurture.intake import Accepted

Tell = Callable[[Event, str], Awaitable[bool]]
"""Tells a stored fact to a workflow: (fact, target workflow id, "" for the lead's own). Returns whether it was heard at
once; what was not is told on, and repeated by a relay."""
Enrol = Callable[[str, str, str], Awaitable[str]]
"""Enrols (lead id, sequence id, reason) and returns "" or the code of a refusal."""
Ask = Callable[[str], Awaitable[Mapping[str, Any] | None]]
"""Returns the live plan of a lead's workflow, or None when it has none. The keys are read in `nurture.web.live`."""
ImportContact = Callable[[Mapping[str, Any]], Accepted]
"""Normalises one lead of the API: the person, what they agreed to and what they refused. Raises Invalid."""
ReceiveMail = Callable[[str, Sequence[str], bytes], Awaitable[None]]
"""Takes (envelope sender, envelope recipients, raw MIME), stores what the mail says and tells it: `nurture.inbound`'s
listener has the same shape. Both parts of the envelope may be empty when the relay does not know them. Raises when the
store could not take it."""
ReachTemporal = Callable[[], Awaitable[bool]]
"""Whether the Temporal frontend answers. May raise, which also means no."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The outside as the web app sees it.

    `secret` signs links and sessions. `public_url` is where the world reaches us, without a slash at the end; Twilio's
    signatures are checked against it. `api_key` "" closes the API, `twilio_token` "" the Twilio webhooks, and reps
    who are not in `rep_keys` (rep id -> key) cannot log in. No secret shows in `repr`.
    """

    clock: Clock
    ledger: Doubts
    inbox: Inbox
    leads: Leads
    library: Library
    tasks: Tasks
    links: Links
    tell: Tell
    enrol: Enrol
    ask: Ask
    import_contact: ImportContact
    receive_mail: ReceiveMail
    reach_temporal: ReachTemporal
    policies: Policies
    public_url: str
    secret: bytes = field(repr=False)
    api_key: str = field(default="", repr=False)
    rep_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    twilio_token: str = field(default="", repr=False)
