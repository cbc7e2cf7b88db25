"""The witness in the database: it orders stops and marks by their commits, whatever their timestamps say."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from nurture.chaos.nemesis import BLIND, BUDGET, OFFSET, REORDERED, STRUCK, Orders
from nurture.chaos.witness import marks_after_stops, seat


@pytest.fixture
async def path(tmp_path):
    path = tmp_path / "nurture.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE touches (id TEXT, lead TEXT, state TEXT)")
        db.execute("CREATE TABLE events (lead TEXT, kind TEXT)")
        db.executemany(
            "INSERT INTO touches VALUES (?, ?, 'intent')", [("one", "ada"), ("two", "ada"), ("three", "ben")]
        )
    db.close()
    await seat(url(path))
    await seat(url(path))
    return path


def url(path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def write(path, statement: str, *values: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute(statement, values)
    db.close()


def move(path, touch: str, state: str) -> None:
    write(path, "UPDATE touches SET state = ? WHERE id = ?", state, touch)


async def test_a_mark_after_a_stop_is_noted_and_one_before_is_not(path):
    move(path, "one", "wire")
    write(path, "INSERT INTO events VALUES ('ada', 'opted_out')")
    move(path, "one", "sent")
    move(path, "two", "wire")
    move(path, "three", "wire")
    assert await marks_after_stops(url(path), ["ada", "ben"]) == ["two"]
    assert await marks_after_stops(url(path), ["ben"]) == []


def test_orders_move_the_clock_and_choose_the_build(tmp_path):
    orders = Orders(tmp_path)
    assert (orders.offset().total_seconds(), orders.is_build(BLIND)) == (0, False)
    (tmp_path / OFFSET).write_text("-86400")
    (tmp_path / BLIND).write_text("1")
    assert (orders.offset().total_seconds(), orders.is_build(BLIND)) == (-86_400, True)
    assert not orders.is_build(REORDERED)


def test_orders_name_who_is_struck_and_for_how_long_a_touch_is_tried(tmp_path):
    orders = Orders(tmp_path)
    assert (orders.struck(), orders.budget()) == ([], None)
    (tmp_path / STRUCK).write_text("ada\nben\n")
    (tmp_path / BUDGET).write_text("60")
    assert (orders.struck(), orders.budget()) == (["ada", "ben"], timedelta(minutes=1))


def test_a_process_dies_the_time_it_is_told_to_and_once(tmp_path, monkeypatch):
    dead: list[int] = []
    monkeypatch.setattr("nurture.chaos.nemesis.os.kill", lambda pid, _sign: dead.append(pid))
    orders = Orders(tmp_path)
    orders.come_to("before-sent")
    (tmp_path / "before-sent").write_text("2")
    orders.come_to("before-sent")
    assert dead == []
    orders.come_to("before-sent")
    orders.come_to("before-sent")
    assert len(dead) == 1
    assert not (tmp_path / "before-sent").exists()
