"""A database from before senders were held to anything: what it knows of the past counts from the first day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from alembic import command
from sqlalchemy import Connection, text

from nurture.store.migrate import _config, connect

SENT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _to(conn: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, revision)


def _past(conn: Connection) -> None:
    """Write two touches, a complaint, a hard and a soft bounce, and a booked day."""
    moment = SENT if conn.dialect.name == "postgresql" else SENT.isoformat(timespec="microseconds")
    day = SENT.date() if conn.dialect.name == "postgresql" else SENT.date().isoformat()
    for number in (1, 2):
        touch = {"id": f"t{number}", "ref": f"r{number}", "lead": f"l{number}"}
        names = "id, ref, lead, sequence, step, channel, touch, state, sender"
        values = ":id, :ref, :lead, 's', 'a', 'email', '{}', 'sent', 'anna'"
        conn.execute(text(f"INSERT INTO touches ({names}) VALUES ({values})"), touch)
    facts = [("e1", "complained", "t1", True), ("e2", "bounced", "t2", True), ("e3", "bounced", "t1", False)]
    for event, kind, touch, silences in facts:
        conn.execute(
            text(
                "INSERT INTO events (id, kind, lead, at, touch, silences, stored_at)"
                " VALUES (:event, :kind, 'l', :at, :touch, :silences, :at)"
            ),
            {"event": event, "kind": kind, "touch": touch, "silences": silences, "at": moment},
        )
    booked = {"day": day, "at": moment}
    conn.execute(text("INSERT INTO sender_days (sender, day, booked, last_at) VALUES ('anna', :day, 1, :at)"), booked)
    slot = "INSERT INTO sender_slots (touch, sender, pool, lead, day, at) VALUES ('t1', 'anna', 'p', 'l1', :day, :at)"
    conn.execute(text(slot), booked)


def _found(conn: Connection) -> tuple[list[tuple[str, str, str]], list[str]]:
    faults = conn.execute(text("SELECT id, sender, kind FROM sender_faults ORDER BY id")).all()
    first = conn.execute(text("SELECT first_at FROM sender_days")).scalars().all()
    return [tuple(row) for row in faults], [str(at)[:10] for at in first]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("empty_postgres")
    return f"sqlite:///{tmp_path}/old.db"


async def test_complaints_and_hard_bounces_of_the_past_are_counted(url):
    database = connect(url)
    try:
        await database.write(lambda conn: _to(conn, "0001"))
        await database.write(_past)
        await database.write(lambda conn: _to(conn, "0004"))
        faults, first = await database.read(_found)
    finally:
        await database.close()

    assert faults == [("e1", "anna", "complaint"), ("e2", "anna", "bounce")]
    assert first == [date(2026, 3, 2).isoformat()]
