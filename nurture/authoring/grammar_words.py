"""The single values that documents are made of: durations, conditions, names, shares and small phrases."""

from __future__ import annotations

from nurture.authoring.grammar import Leaf

_DURATION = r"\d{1,6} +(?:business +)?(?:second|minute|hour|day|week)s?"
_ID = r"[A-Za-z][A-Za-z0-9_-]*"
_MOMENT = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?(?: [A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)?)?"


def word(kind: str, says: str, *words: str) -> Leaf:
    """Return a value that is one of `words`."""
    return Leaf(kind, says, words=words)


def name(kind: str, says: str = "") -> Leaf:
    """Return a value that names something: letters, digits, dash and underscore."""
    return Leaf(kind, says or f"a name of a {kind}", "Use letters, digits, - and _", pattern=_ID)


TEXT = Leaf("text", "a text", json=("string", "number", "integer", "boolean"))
ID = Leaf(
    "id", "an id", "Start with a small letter; use small letters, digits, - and _", pattern=r"[a-z][a-z0-9_-]{0,62}"
)
TEMPLATE_TEXT = Leaf("template-text", "a text")
BOOL = Leaf("bool", "a yes or no", "Write true or false", json=("boolean",))
WHOLE = Leaf("whole", "a whole number", json=("integer",), least=0)
NUMBER = Leaf("number", "a number", json=("integer", "number"))
SCALAR = Leaf("scalar", "a single value", json=("string", "integer", "number", "boolean", "null"))
PRIORITY = Leaf("priority", "a priority", "Write a number from 0 to 100", json=("integer",), least=0, most=100)
CONDITION = Leaf("condition", "a condition", 'Write one such as "score >= 80"', json=("string", "boolean"))
DURATION = Leaf(
    "duration", "a duration", 'Write a number and a unit, such as "20 minutes" or "3 business days"', pattern=_DURATION
)
MESSAGE_CHANNELS = ("email", "sms", "whatsapp")
CHANNELS = (*MESSAGE_CHANNELS, "call", "task")

EVENT = name("event", "an event")
STEP = Leaf("step", "a step", "Write the id of a step", pattern=r"[A-Za-z][A-Za-z0-9_.-]*")
STAGE = name("stage", "a stage")
SEQUENCE = name("sequence", "a sequence")
HANDOFF = name("handoff", "a hand-off")
WINDOW = name("window", "a window")
TOPIC = name("topic", "a topic")
POOL = name("pool", "a pool of senders")
OUTCOME = name("outcome", "an outcome")
REASON_NAME = name("reason", "a reason")
VARIANT = name("variant", "a variant")
EXPERIMENT = name("experiment", "an experiment")

AGAIN = Leaf(
    "again",
    "an answer to how often somebody may enter",
    "Write never, always or after a time: after 180 days",
    pattern=rf"never|always|after (?P<duration>{_DURATION})",
)
WHEN_LATE = Leaf(
    "when-late",
    "a rule for late touches",
    "Write send, next window or skip after a time: skip after 3 days",
    pattern=rf"send|next window|skip after (?P<duration>{_DURATION})",
)
LIMIT = Leaf(
    "limit", "a limit", 'Write "2 per week", "1 per day" or "5 per month"', pattern=r"\d{1,4} per (?:day|week|month)"
)
SHARE = Leaf("share", "a share in percent", "Write 45%", pattern=r"\d{1,3}%")
TIMES = Leaf("times", "a number of times", 'Write "2 times"', pattern=r"\d{1,3} times?")
UP_TO = Leaf("up-to", "a longest wait", 'Write "up to 2 business days"', pattern=rf"up to (?P<duration>{_DURATION})")
ZONE = Leaf("zone", "a time zone", "Write one such as Europe/Berlin", pattern=r"[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*")
LEAD_OR_ZONE = Leaf(
    "lead-or-zone", "a time zone", "Write lead, or one such as Europe/Berlin", pattern=rf"lead|(?P<zone>{ZONE.pattern})"
)
UNTIL = Leaf(
    "until",
    "an end of a pause",
    'Write "return date, else 5 business days", "happened(ticket_closed), at most 30 days" or just a duration',
    pattern=(
        rf"return date(?:, else (?P<duration1>{_DURATION}))?|(?P<duration2>{_DURATION})"
        rf"|(?P<condition1>.+), at most (?P<duration3>{_DURATION})|(?P<condition2>.+)"
    ),
)
AT = Leaf(
    "at",
    "a moment",
    'Write "5 business days before lead.trial_ends_at"',
    pattern=rf"(?:(?P<duration>{_DURATION}) (?:before|after) )?lead\.(?P<date>\w+)",
)
WAIT_FOR = Leaf("wait-for", "something to wait for", "Write a condition, or goal", pattern=r"goal|(?P<condition>.+)")
ROUTE = Leaf(
    "route",
    "a route",
    "Write a route of policies/routing.yaml, owner, inbox, or a chain such as owner else sdr",
    pattern=rf"{_ID}(?: else {_ID})*",
)
LEAD_FIELD = Leaf("reachable", "an address of the lead", words=("lead.phone", "lead.email"))
GO_ON = word("go-on", "a way to go on", "continue", "stop")
MOMENT = Leaf("moment", "a moment", "Write 2026-03-27 10:00 Europe/Berlin", pattern=_MOMENT)
HAPPENS_AT = Leaf(
    "happens-at",
    "a moment",
    'Write "1 day after welcome", "2 hours after start" or a date and time',
    pattern=rf"(?P<duration>{_DURATION}) after (?P<step>[A-Za-z][A-Za-z0-9_.-]*)|(?P<moment>{_MOMENT})",
)
