"""The policy files, as tables: what the company may write about hours, consent, senders, routes, people and facts."""

from __future__ import annotations

from collections.abc import Mapping

from nurture.authoring import grammar_words as w
from nurture.authoring.grammar import Anything, Choice, Key, Kind, Leaf, Listing, Record, Table
from nurture.domain.replies import Intent

_COUNTRY = Leaf("country", "a country", "Write a code such as DE or US-CA", pattern=r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_HOURS = Choice((w.TEXT, Table(w.TEXT, w.TEXT, least=1)))
_BASIS = w.word("basis", "a ground", "express_written", "express", "soft_opt_in", "inquiry", "legitimate_interest")
_CAP = Leaf(
    "cap", "a limit", 'Write "3 per week" or "3 per 10 days"', pattern=r"\d{1,4} per (?:\d{1,3} )?(?:day|week|month)s?"
)
_DATE = Leaf("day", "a date", "Write 2026-03-27", pattern=r"\d{4}-\d{2}-\d{2}")
_SPAN = Leaf("span", "a time off", "Write 2026-03-27 to 2026-04-02", pattern=r"\d{4}-\d{2}-\d{2} to \d{4}-\d{2}-\d{2}")
_SOURCED = {"source": Key(w.TEXT), "reviewed": Key(_DATE)}
_QUIET = {
    "hours": Key(_HOURS, "When texts and calls are lawful", required=True),
    "holidays": Key(w.word("holidays", "an answer", "open", "closed")),
    **_SOURCED,
}
_CHANNEL = w.word("channel", "a channel", *w.CHANNELS)
QUIET_RULE = Record("a rule", _QUIET)

CALENDARS = Record(
    "the calendars",
    {
        "timezone": Key(w.ZONE, "The company's own time zone"),
        "default_window": Key(w.WINDOW, "The window where none is named", required=True),
        "windows": Key(Table(w.name("window-name", "a name"), _HOURS, least=1), "Hours by name", required=True),
        "holidays": Key(Choice((Table(_COUNTRY, Listing(w.TEXT)), Listing(_COUNTRY)))),
        "quiet_hours": Key(
            Record(
                "quiet hours",
                {
                    "channels": Key(Listing(_CHANNEL)),
                    "unknown": Key(QUIET_RULE, "The hours for people whose place nobody knows", required=True),
                    "countries": Key(
                        Table(
                            _COUNTRY,
                            Record(
                                "a country",
                                _QUIET
                                | {
                                    "zones": Key(Listing(w.ZONE, least=1)),
                                    "regions": Key(Table(w.TEXT, QUIET_RULE)),
                                    "regions_like_country": Key(Listing(w.TEXT)),
                                    "unknown_region": Key(QUIET_RULE),
                                },
                            ),
                        )
                    ),
                },
            ),
            required=True,
        ),
    },
)
_GROUNDS = Record("a rule", {"bases": Key(Listing(_BASIS), required=True), **_SOURCED})
CONSENT = Record(
    "the consent policy",
    {
        "limits": Key(Table(w.word("channel", "a channel", *w.CHANNELS, "any"), Choice((Listing(_CAP), _CAP)))),
        "needs": Key(
            Table(w.word("purpose", "a purpose", "marketing", "sales"), Table(w.TEXT, Table(w.TEXT, _GROUNDS))),
            "Which grounds suffice for which purpose, channel and country",
            required=True,
        ),
        "lifetimes": Key(
            Table(w.TEXT, Table(_BASIS, Record("a life", {"lasts": Key(w.DURATION, required=True), **_SOURCED})))
        ),
        "topics": Key(
            Table(w.name("topic-name", "a name"), Record("a topic", {"title": Key(w.TEXT, required=True)})),
            "What people can switch on and off on the preference page",
        ),
        "not_mailable": Key(Choice((Table(w.TEXT, Anything()), Listing(w.TEXT)))),
    },
)
SENDER = Record(
    "a sender",
    {
        "id": Key(w.name("sender", "an id"), required=True),
        "channel": Key(w.word("channel", "a channel", *w.MESSAGE_CHANNELS), required=True),
        "address": Key(Leaf("address", "an e-mail address", "Write name@example.com", pattern=r"[^@\s]+@[^@\s]+")),
        "number": Key(Leaf("number", "a phone number", 'Write it in quotes: "+12015550190"', pattern=r"\+\d{6,15}")),
        "name": Key(w.TEXT),
        "daily_cap": Key(w.WHOLE),
        "spacing_seconds": Key(w.WHOLE),
        "jitter_seconds": Key(w.WHOLE),
        "timezone": Key(w.ZONE),
        "hours": Key(w.WINDOW),
        "campaign": Key(w.TEXT, "The A2P campaign of a US number"),
        "toll_free_verification": Key(w.TEXT, "The verification of a toll-free number"),
        "warm_up": Key(
            Record("a warm-up", {"since": Key(_DATE, required=True), "start": Key(w.WHOLE), "growth": Key(w.SHARE)})
        ),
    },
    any_of=("address", "number"),
)
_RATE = Leaf("rate", "a share in percent", "Write 0.30%", pattern=r"\d{1,2}(?:\.\d{1,3})?%")
_LIMIT = Record(
    "a limit", {"warn": Key(_RATE), "stop": Key(_RATE), "enough": Key(w.WHOLE), "few": Key(w.WHOLE), **_SOURCED}
)
_BREAKERS = Record(
    "the breakers",
    {
        "days": Key(w.WHOLE),
        "complaints": Key(_LIMIT),
        "bounces": Key(_LIMIT),
        "refusals": Key(Record("a limit", {"stop": Key(w.WHOLE), **_SOURCED})),
    },
)
SENDERS = Record(
    "the senders",
    {
        "brand": Key(w.TEXT, "What the company calls itself", required=True),
        "postal_address": Key(w.TEXT, "Stands in every commercial e-mail (CAN-SPAM, CASL)", required=True),
        "soft_bounce_days": Key(w.WHOLE, "Different days with a soft bounce after which e-mail is held"),
        "default_pools": Key(Table(w.word("channel", "a channel", *w.MESSAGE_CHANNELS), w.POOL)),
        "breakers": Key(_BREAKERS, "What stops a sender by itself"),
        "recipient_domains": Key(Table(w.TEXT, w.WHOLE), "Messages of one sender to one domain a day"),
        "pools": Key(
            Table(
                w.name("pool-name", "a name"),
                Record(
                    "a pool",
                    {
                        "senders": Key(Listing(SENDER, least=1), required=True),
                        "about": Key(w.TEXT),
                        "when_paused": Key(w.word("answer", "an answer", "wait", "move")),
                    },
                ),
                least=1,
            ),
            required=True,
        ),
    },
)
_TESTS = Listing(w.word("rep-test", "a test of a rep", "owner", "language", "territory", "skill", "working"))
ROUTING = Record(
    "the routing",
    {
        "territories": Key(Table(w.TEXT, Listing(w.TEXT))),
        "routes": Key(
            Table(
                w.name("route-name", "a name"),
                Record(
                    "a route",
                    {
                        "pool": Key(w.TEXT),
                        "prefer": Key(_TESTS),
                        "require": Key(_TESTS),
                        "skills": Key(Listing(w.TEXT)),
                        "skill_from": Key(w.TEXT),
                        "pick": Key(w.word("pick", "a way to pick", "round_robin", "least_busy", "random")),
                        "else": Key(w.ROUTE),
                    },
                ),
                least=1,
            ),
            required=True,
        ),
    },
)
REP = Record(
    "a rep",
    {
        "id": Key(w.name("rep-id", "an id"), required=True),
        "name": Key(w.TEXT, required=True),
        "email": Key(w.TEXT),
        "pools": Key(Listing(w.TEXT)),
        "timezone": Key(w.ZONE),
        "country": Key(_COUNTRY),
        "hours": Key(w.WINDOW),
        "capacity": Key(w.WHOLE),
        "languages": Key(Listing(w.TEXT)),
        "territories": Key(Listing(w.TEXT)),
        "skills": Key(Listing(w.TEXT)),
        "manager": Key(w.name("rep", "a rep")),
        "cover": Key(w.name("rep", "a rep")),
        "away": Key(Listing(_SPAN)),
    },
)
_KIND = w.word("kind", "a kind", "text", "number", "bool", "date", "any")
_NAME = Leaf("field-name", "a name", "Use small letters, digits and _", pattern=r"[a-z][a-z0-9_]*")
FIELDS = Record(
    "the fields",
    {
        "fields": Key(Table(_NAME, _KIND, least=1), "What is known about a lead", required=True),
        "events": Key(Table(_NAME, Table(_NAME, _KIND)), "What can happen, with its properties", required=True),
    },
)
_POINTS = Leaf("points", "a number of points", json=("integer",))
_REASONED = {
    "rule": Key(w.TEXT, required=True),
    "points": Key(_POINTS, required=True),
    "why": Key(w.TEXT, "What the rep reads", required=True),
}
_FACT = w.word(
    "fact",
    "something that happens",
    *("opened", "clicked", "replied", "auto_replied", "delivered", "bounced", "complained"),
    *("opted_out", "opted_in", "happened", "lead_changed", "task_done", "handoff_accepted", "handoff_rejected"),
)
ENGAGEMENT = Record(
    "a rule",
    _REASONED
    | {
        "on": Key(_FACT, required=True),
        "name": Key(w.EVENT, "Which event, after on: happened"),
        "link": Key(w.TEXT, "Which link, after on: clicked"),
        "intent": Key(w.word("intent", "an intent", *(str(intent) for intent in Intent))),
        "where": Key(Table(w.TEXT, w.SCALAR)),
        "half_life": Key(w.DURATION, "After this time half of the points are left", required=True),
        "cap": Key(_POINTS, "More than this is never earned"),
    },
)
SCORE = Record(
    "the score",
    {
        "fit_cap": Key(w.WHOLE),
        "engagement_cap": Key(w.WHOLE),
        "bands": Key(Table(w.name("band", "a name"), w.WHOLE, least=1)),
        "thresholds": Key(Table(w.STAGE, w.WHOLE)),
        "fit": Key(Listing(Record("a rule", _REASONED | {"if": Key(w.CONDITION, required=True)}))),
        "engagement": Key(Listing(ENGAGEMENT)),
    },
)

POLICY_GRAMMARS: Mapping[str, Kind] = {
    "calendars": CALENDARS,
    "consent": CONSENT,
    "senders": SENDERS,
    "routing": ROUTING,
    "team": Record("the team", {"reps": Key(Listing(REP, least=1), required=True)}),
    "fields": FIELDS,
    "score": SCORE,
}
"""Grammar by file stem. stages.yaml is read by its domain, which names every place itself."""
