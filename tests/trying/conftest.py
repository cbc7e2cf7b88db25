"""Rooms for the tests of this folder."""

from __future__ import annotations

import pytest

from tests.trying.room import Room


@pytest.fixture
def room(tmp_path) -> Room:
    return Room(tmp_path)
