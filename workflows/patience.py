"""Every timeout and retry policy, named for what we are waiting for (wall-clock times)."""

from __future__ import annotations

from datetime import timedelta

from temporalio.common import Priority, RetryPolicy
from temporalio.workflow import ActivityConfig

BACK_OFFICE = "back-office"
"""The task queue of everything that is not a message."""
AT_HAND = "nurture"
"""The workflows' own task queue. What reads or writes our store for one lead runs there: the server hands such an
activity to the worker in the answer to the workflow task that asked for it (eagerly), and nothing waits in a queue."""
GENTLY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=5)
)
"""Back off up to five minutes; `schedule_to_close_timeout` says when enough is enough."""

ON_THE_WIRE = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=15),
    heartbeat_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=timedelta(hours=24),
    retry_policy=GENTLY,
    priority=Priority(priority_key=4),
)
"""One touch. The fifteen minutes hold the ten that an SMTP server may take after the final dot (RFC 5321 4.5.3.2)."""

FOR_PEOPLE = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=timedelta(hours=24),
    retry_policy=GENTLY,
    priority=Priority(priority_key=1),
)
"""Tasks and hand-offs: reps come before bulk."""

UNTIL_READ = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=timedelta(days=7),
    retry_policy=GENTLY,
    priority=Priority(priority_key=1),
)
"""A person's words that a person must read: they wait for our own store, before everything else."""

AT_THE_DESK = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=timedelta(days=7),
    retry_policy=GENTLY,
    priority=Priority(priority_key=3),
)
"""Reading and writing our own store: it comes back, so we wait for it."""

BULK = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=timedelta(minutes=1),
    schedule_to_close_timeout=timedelta(days=1),
    retry_policy=GENTLY,
    priority=Priority(priority_key=5),
)
"""Bulk enrolment: last in line, so that it never delays a reply, a hand-off or another sequence."""


SWEEPING = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=timedelta(minutes=2),
    schedule_to_close_timeout=timedelta(minutes=45),
    retry_policy=GENTLY,
    priority=Priority(priority_key=4),
)
"""One sweep of the reconciler: it asks providers one message after the other, and the next sweep may do the rest."""


def at(queue: str, patience: ActivityConfig, summary: str) -> ActivityConfig:
    """Return this patience for one call: on which task queue, and what the operator reads of it."""
    return {**patience, "task_queue": queue, "summary": summary}


def fair_to(sequence: str, patience: ActivityConfig) -> ActivityConfig:
    """Return this patience so that sequences take turns in the queue: a crowd in one does not hold up another."""
    rank = patience["priority"].priority_key
    return {**patience, "priority": Priority(priority_key=rank, fairness_key=sequence[:MOST_FAIR])}


MOST_FAIR = 64
"""Characters of a fairness key that Temporal takes; sequence ids are ASCII."""


TOO_LONG = 2_000
"""Events in one history after which a lead continues as new (half of what the server suggests).

Replay asks it again at every step: a smaller number is a changed order of commands for histories that passed it.
"""
BREATH = timedelta(milliseconds=1)
"""Added to every timer, so that a deadline has surely passed when it fires."""
