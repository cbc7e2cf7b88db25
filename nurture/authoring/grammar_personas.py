"""The made-up people of previews, tests and simulations, as tables: who they are and what they do with what chance."""

from __future__ import annotations

from nurture.authoring import grammar_words as w
from nurture.authoring.grammar import Key, Leaf, Listing, Record, Table
from nurture.domain.replies import Intent

_CHANCE = Leaf("chance", "a chance", "Write 12% or 0.5%", pattern=r"(?:100|\d{1,2})(?:\.\d{1,3})?%")
_CHANNEL = w.word("channel", "a channel", *w.CHANNELS)
HABITS = Record(
    "habits",
    {
        "opens": Key(_CHANCE),
        "confirms": Key(_CHANCE, "A double opt-in; 70% when it is left out"),
        "clicks": Key(_CHANCE),
        "replies": Key(Table(w.word("intent", "an intent", *(str(intent) for intent in Intent)), _CHANCE)),
        "out_of_office": Key(_CHANCE),
        "opts_out": Key(_CHANCE),
        "bounces": Key(_CHANCE),
        "complains": Key(_CHANCE),
    },
)
PERSONA = Record(
    "a persona",
    {
        "about": Key(w.TEXT, "Who this is, in a sentence"),
        "share": Key(w.WHOLE, "The weight in a simulated crowd"),
        "lead": Key(
            Table(w.name("field-of-lead", "a field"), w.SCALAR, least=1), "Facts, addresses included", required=True
        ),
        "consents": Key(Listing(_CHANNEL), "The channels they agreed to"),
        "machine": Key(w.BOOL, "A security gateway that follows every link"),
        "habits": Key(Table(_CHANNEL, HABITS), "What they do with a message, by channel"),
        "phone": Key(Table(w.OUTCOME, _CHANCE), "What a call comes to"),
        "events": Key(Table(w.EVENT, _CHANCE), "Events that follow a message with this chance"),
        "hours": Key(Listing(w.NUMBER, least=2), "The shortest and longest time to an answer, in hours"),
    },
)
PERSONA_FILE = Table(w.name("persona-name", "a name"), PERSONA, least=1)
