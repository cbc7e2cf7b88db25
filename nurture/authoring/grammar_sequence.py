"""A sequence file, as tables: every key a marketer may write, and what stands behind it."""

from __future__ import annotations

from nurture.authoring import grammar_words as w
from nurture.authoring.grammar import Choice, Key, Leaf, Listing, Named, Record, Table

_ENDS = {
    "move": Key(w.STAGE, "The stage the lead moves to"),
    "handoff": Key(w.HANDOFF, "The hand-off under handoffs: that offers the lead to sales"),
    "enroll": Key(w.SEQUENCE, "The sequence that starts next"),
    "reason": Key(w.TEXT, "Why, for the report"),
}
_AFTER = {"after": Key(w.DURATION, "How long the next sequence waits before it starts")}
GO_TO = Record("a way to go on", {"go_to": Key(w.STEP, "The step to go on at", required=True)})
ENDING = Record("a consequence", _ENDS | _AFTER, any_of=("move", "handoff", "enroll", "reason"))
CONSEQUENCE = Choice((w.GO_ON, ENDING))

STEPS = Named("steps", lambda: _steps())
WAY = Choice((w.GO_ON, STEPS, GO_TO))
BRANCH = Record(
    "an arm of a branch",
    {
        "if": Key(w.CONDITION, "The arm is taken when this holds; the first one wins"),
        "steps": Key(WAY, "What happens then"),
        "otherwise": Key(WAY, "What happens when no other arm was taken; stands last"),
    },
    verbs={"if": ("steps",), "otherwise": ()},
)
REACTION = Record(
    "a reaction",
    _ENDS
    | _AFTER
    | {
        "go_to": Key(w.STEP, "The step to go on at"),
        "retry": Key(w.TIMES, "How often to try again"),
        "every": Key(w.DURATION, "How long between two tries"),
        "else": Key(Choice((w.GO_ON, ENDING, GO_TO)), "What happens when all tries were in vain"),
        "bad": Key(w.LEAD_FIELD, "The address that turned out to be wrong; its channel is closed"),
        "then": Key(w.GO_ON, "How to go on"),
    },
    any_of=("go_to", "retry", "bad", "then", "move", "handoff", "enroll", "reason"),
)
AB_TEST = Record(
    "an A/B test",
    {
        "name": Key(
            w.EXPERIMENT, "The name in the report; the same lead always gets the same variant of it", required=True
        ),
        "variants": Key(
            Table(w.VARIANT, w.SHARE, least=2), "Shares in percent, 100 together; holdout hears nothing", required=True
        ),
    },
)
TASK = Record(
    "a task",
    {
        "kind": Key(
            w.name("kind", "a kind of task"), "What sort of work it is: linkedin, letter, visit", required=True
        ),
        "title": Key(w.TEMPLATE_TEXT, "What the rep reads in the list", required=True),
        "due": Key(w.DURATION, "When it should be done"),
        "template": Key(Leaf("template:call", "a template"), "templates/call/<name>.md: what the rep reads inside"),
    },
)
_OPTIONS = {
    channel: Key(Leaf(f"template:{channel}", "a template"), f"A message in templates/{channel}/")
    for channel in w.MESSAGE_CHANNELS
}
OPTION = Record("a message", _OPTIONS, verbs=dict.fromkeys(w.MESSAGE_CHANNELS, ()))
_ASKED = ("due", "wait", "outcomes")

STEP = Record(
    "a step",
    {
        "id": Key(w.ID, "The step's name for ever: people in flight are found by it"),
        "after": Key(w.DURATION, "How long after the step before"),
        "at": Key(w.AT, "When, relative to a date of the lead; in the past means now"),
        "only_if": Key(w.CONDITION, "The step is skipped when this does not hold"),
        **_OPTIONS,
        "first_possible": Key(
            Listing(OPTION, least=2), "Messages in order of preference: the first possible one is sent"
        ),
        "confirm": Key(Leaf("template:email", "a template"), "A double opt-in: the message that asks for it"),
        "wording": Key(w.TEXT, "What the person agrees to, word by word: shown and kept in the receipt"),
        "remind": Key(w.DURATION, "When to remind, once, whoever has not confirmed"),
        "thread": Key(w.STEP, "The e-mail step whose conversation this one continues"),
        "ab_test": Key(AB_TEST, "Who gets which variant"),
        "call": Key(Leaf("template:call", "a template"), "templates/call/<name>.md is the rep's script"),
        "task": Key(TASK, "Work for a person that no machine does"),
        "due": Key(w.DURATION, "When the rep should have done it"),
        "wait": Key(w.UP_TO, "How long the sequence waits for the rep's answer"),
        "outcomes": Key(Table(w.OUTCOME, Choice((w.GO_ON, REACTION)), least=1), "What each answer of the rep leads to"),
        "wait_for": Key(w.WAIT_FOR, "A condition, or goal"),
        "up_to": Key(w.DURATION, "How long to wait at most"),
        "then": Key(WAY, "What happens when it came true"),
        "else": Key(WAY, "What happens when it did not come true in time"),
        "branch": Key(Listing(BRANCH, least=1), "The first arm that holds is taken"),
        "go_to": Key(w.STEP, "Go on at another step"),
        **_ENDS,
    },
    verbs={
        "email": ("thread", "ab_test"),
        "sms": ("ab_test",),
        "whatsapp": ("ab_test",),
        "first_possible": ("ab_test",),
        "call": _ASKED,
        "task": ("wait", "outcomes"),
        "confirm": ("wording", "remind", "up_to", "then", "else"),
        "wait_for": ("up_to", "then", "else"),
        "branch": (),
        "go_to": (),
        "handoff": ("move", "enroll", "reason"),
        "move": ("handoff", "enroll", "reason"),
        "enroll": ("handoff", "move", "reason"),
    },
)

ENTER = Record(
    "an entry",
    {
        "on": Key(w.EVENT, "The event that brings somebody in"),
        "segment": Key(w.CONDITION, "Everybody for whom this holds comes in"),
        "by_hand": Key(w.BOOL, "People are put in by hand, by import or by another sequence"),
        "if": Key(w.CONDITION, "Only then"),
        "unless": Key(w.CONDITION, "Never then"),
        "again": Key(w.AGAIN, "Whether somebody may come in once more: never, always, after <time>"),
        "priority": Key(w.PRIORITY, "Several sequences, one person: the higher one goes first"),
        "alone": Key(w.BOOL, "Not together with another sequence that is alone"),
    },
    any_of=("on", "segment", "by_hand"),
)
TIMING = Record(
    "a timing",
    {
        "timezone": Key(w.LEAD_OR_ZONE, "lead: the lead's, else the company's, else the fallback"),
        "fallback_timezone": Key(w.ZONE, "For people whose time zone nobody knows"),
        "window": Key(w.WINDOW, "A window of policies/calendars.yaml"),
        "spread": Key(w.DURATION, "A stable offset for each lead, so that not all are written to at once"),
        "when_late": Key(w.WHEN_LATE, "After a pause or an outage: skip after <time>, next window, send"),
    },
)
_RULE = {"when": Key(w.CONDITION, "When this holds", required=True), "then": Key(CONSEQUENCE, "this happens")}
PAUSE = Record(
    "a pause",
    {
        "when": Key(w.CONDITION, "When this holds, nothing is sent", required=True),
        "until": Key(w.UNTIL, "return date, else <time>; <condition>, at most <time>; or <time>", required=True),
        "at_most": Key(w.TIMES, "How often this may pause one lead"),
    },
)
GOAL = Record(
    "a goal",
    {
        "name": Key(w.name("goal", "a name"), "The name in the report", required=True),
        "when": Key(w.CONDITION, "Reached when this holds", required=True),
        "within": Key(w.DURATION, "The journey ends after this time"),
    },
)
LATE = Record(
    "a measure",
    {
        "after": Key(w.DURATION, "How long after the deadline", required=True),
        "remind": Key(w.word("remind", "somebody to remind", "owner")),
        "reassign": Key(w.word("reassign", "somebody to give it to", "next")),
        "tell": Key(w.word("tell", "somebody to tell", "manager")),
        "to": Key(w.word("to", "a place to put it", "pool")),
    },
    verbs={"remind": (), "reassign": (), "tell": (), "to": ()},
)
REJECTED = Record(
    "a consequence",
    _ENDS
    | _AFTER
    | {"resume": Key(w.word("resume", "a place to resume at", "here"), "Go on where it was interrupted")},
    any_of=("move", "enroll", "resume", "reason"),
)
INCLUDE = w.word("include", "something to include", "timeline", "score_reasons", "last_messages", "opening")
HANDOFF = Record(
    "a hand-off",
    {
        "like": Key(w.HANDOFF, "Everything that is not written here is as in that hand-off"),
        "route": Key(w.ROUTE, "A rule of policies/routing.yaml, or owner else <rule>"),
        "title": Key(w.TEMPLATE_TEXT, "What the rep reads in the list"),
        "include": Key(Listing(INCLUDE), "What the rep gets to see"),
        "accept_within": Key(w.DURATION, "How long the rep has to accept"),
        "first_touch_within": Key(w.DURATION, "How long the rep has to speak to the lead"),
        "if_late": Key(Listing(LATE), "What happens when nobody accepts, in order"),
        "accepted": Key(ENDING, "What follows when a rep accepts"),
        "rejected": Key(Table(w.REASON_NAME, REJECTED, least=1), "What follows from each reason to reject"),
        "when_full": Key(
            Record(
                "what happens when sales is full",
                {"keep_nurturing": Key(w.BOOL), "retry": Key(w.DURATION, "When to ask again")},
            ),
            "What happens when nobody has room",
        ),
        "expires_after": Key(w.DURATION, "How long it lies in the pool before it is given up"),
        "expired": Key(REJECTED, "What follows when nobody ever accepts"),
    },
)
SEQUENCE_FILE = Record(
    "a sequence",
    {
        "sequence": Key(w.ID, "The stable id; the title may change, this may not", required=True),
        "title": Key(w.TEXT, "What people call it"),
        "owner": Key(w.TEXT, "The team that answers for it"),
        "purpose": Key(
            w.word("purpose", "a purpose", "marketing", "sales", "service"), "Picks the consent rules", required=True
        ),
        "topic": Key(w.TOPIC, "What it is about, under topics: of policies/consent.yaml; people can switch it off"),
        "enter": Key(ENTER, "Who comes in", required=True),
        "timing": Key(TIMING, "When things may be sent"),
        "limits": Key(
            Table(w.word("channel", "a channel", *w.CHANNELS, "any"), w.LIMIT), "May only be stricter than the policies"
        ),
        "sender": Key(
            Record("a sender", {"pool": Key(w.POOL, "policies/senders.yaml", required=True), "sticky": Key(w.BOOL)}),
            "Who writes",
        ),
        "stop": Key(Listing(Record("a rule", _RULE)), "Ends the journey; looked at in every wait and before each send"),
        "pause": Key(Listing(PAUSE), "Holds the journey still"),
        "watch": Key(Listing(Record("a rule", _RULE)), "Interrupts any wait"),
        "goal": Key(GOAL, "What the sequence is for"),
        "steps": Key(STEPS, "What happens, from top to bottom", required=True),
        "handoffs": Key(Table(w.name("handoff-name", "a name"), HANDOFF), "How leads are offered to sales"),
        "changes": Key(
            Record(
                "what becomes of people inside after an edit",
                {
                    "people_inside": Key(w.word("inside", "an answer", "finish_on_old", "move", "plan")),
                    "removed_step": Key(w.word("removed", "an answer", "skip_forward")),
                },
            ),
            "What becomes of people who are inside when this file changes",
        ),
        "uncertain": Key(
            w.word("uncertain", "an answer", "hold", "resend"), "A touch nobody knows the fate of: hold or resend"
        ),
    },
)


def _steps() -> Listing:
    return Listing(STEP, least=1)
