"""A file of sequence tests, as tables: who, what happens to them, and what must come of it."""

from __future__ import annotations

from nurture.authoring import grammar_words as w
from nurture.authoring.grammar import Choice, Key, Leaf, Listing, Record, Table

_HAPPENINGS = {
    "reply": Key(w.TEXT, "The lead answers with these words"),
    "click": Key(w.TEXT, 'The lead follows this link; "all links" is a scanner'),
    "open": Key(w.BOOL, "The message is opened"),
    "happened": Key(w.EVENT, "An event of the product or the CRM"),
    "out_of_office": Key(w.MOMENT, "An automatic reply that names this day of return"),
    "bounce": Key(w.word("bounce", "a kind of bounce", "hard", "soft")),
    "complain": Key(w.BOOL, "The lead reports the message as spam"),
    "opt_out": Key(w.word("channel", "a channel", *w.MESSAGE_CHANNELS, "all"), "The lead opts out of a channel"),
    "confirm": Key(w.STEP, "The lead presses the button of this confirmation"),
    "outcome": Key(w.OUTCOME, "The rep logs this outcome of the call or task"),
    "accept": Key(w.name("rep", "a rep"), "This rep accepts the hand-off"),
    "reject": Key(w.REASON_NAME, "The rep rejects the hand-off with this reason"),
    "change": Key(Table(w.name("field", "a field"), w.SCALAR, least=1), "Facts about the lead change"),
    "pause": Key(w.BOOL, "Somebody pauses the lead by hand"),
    "resume": Key(w.BOOL, "Somebody resumes the lead by hand"),
}
HAPPENING = Record(
    "something that happens",
    {
        "at": Key(w.HAPPENS_AT, "When: 1 day after <step>, 2 hours after start, or a date", required=True),
        "with": Key(Table(w.name("property", "a property"), w.SCALAR), "The event's properties"),
        **_HAPPENINGS,
    },
    verbs={verb: (("with",) if verb == "happened" else ()) for verb in _HAPPENINGS},
)
_HANDOFF = Leaf("handoff-or-none", "a hand-off", pattern=r"none|(?P<handoff>[A-Za-z][\w-]*)")
_SCORE = Leaf(
    "score",
    "a score",
    'Write 40 or ">= 80"',
    pattern=r"(?:(?:>=|<=|>|<|==) *)?-?\d{1,4}",
    json=("string", "integer"),
)
_NONE = Leaf("none", "none", words=("none",))
EXPECT = Record(
    "what is expected",
    {
        "enrolled": Key(w.BOOL, "Whether the lead enters at all"),
        "because": Key(w.name("code", "a reason code"), "The reason of a refusal"),
        "sent": Key(Listing(w.STEP), "Exactly these steps were sent, in this order"),
        "never": Key(Listing(w.STEP), "None of these steps happens"),
        "handoff": Key(_HANDOFF, "The hand-off made"),
        "task_for": Key(w.name("rep", "a rep"), "The rep who gets the hand-off or task"),
        "tasks": Key(Choice((_NONE, Listing(w.STEP))), "The call and task steps that were opened, or none"),
        "accept_by": Key(w.MOMENT, "The deadline of the hand-off"),
        "stage": Key(w.STAGE, "The stage at the end"),
        "score": Key(
            _SCORE,
            "The score at the end",
        ),
        "temperature": Key(w.name("temperature", "a temperature"), "The temperature at the end"),
        "enrolls": Key(w.SEQUENCE, "The sequence that starts next"),
        "outcome": Key(w.name("outcome-of-journey", "an outcome"), "How the journey ends"),
    },
    any_of=(
        "enrolled", "because", "sent", "never", "handoff", "task_for", "tasks", "accept_by", "stage", "score",
        "temperature", "enrolls", "outcome",
    ),
)  # fmt: skip
LEAD = Record(
    "a lead",
    {"like": Key(w.name("persona", "a persona"), "A persona; what stands beside it overrides it")},
    others=w.SCALAR,
)
TEST = Record(
    "a test",
    {
        "test": Key(w.TEXT, "What must be true, in a sentence", required=True),
        "lead": Key(LEAD, "Who", required=True),
        "variant": Key(Table(w.EXPERIMENT, w.VARIANT), "Which variant of which experiment the lead gets"),
        "start": Key(w.MOMENT, "When it begins: 2026-03-27 10:00 Europe/Berlin"),
        "happens": Key(Listing(HAPPENING), "What happens to the lead, in order"),
        "expect": Key(EXPECT, "What must come of it", required=True),
    },
)
TEST_FILE = Listing(TEST, least=1, about="Tests of a sequence, run by nurture test")
