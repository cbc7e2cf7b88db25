"""A hand-off with every rung there is, and the two mails around it: for stories and for recorded histories."""

from __future__ import annotations

WELCOME = {"id": "welcome", "email": "welcome"}
SECOND = {"id": "second", "after": "3 days", "email": "case-study"}
LADDER = {
    "route": "sdr",
    "accept_within": "2 hours",
    "if_late": [
        {"after": "1 hours", "remind": "owner"},
        {"after": "3 hours", "reassign": "next"},
        {"after": "6 hours", "tell": "manager"},
        {"after": "8 hours", "to": "pool"},
    ],
    "accepted": {"move": "sal"},
    "rejected": {"bad_fit": {"move": "unqualified"}, "bad_data": {"resume": "here"}},
    "expires_after": "10 hours",
}
