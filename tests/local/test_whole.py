"""The whole product once, small: eight made-up people for three days, on real Temporal, through every door."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from nurture.local.demo import Show, Wish, demonstrate
from nurture.local.screen import Screen

ROOT = Path(__file__).parents[2]


async def test_a_small_demo_keeps_every_promise(tmp_path):
    said: list[str] = []
    looks = []
    wish = Wish(ROOT, tmp_path, limit=8, days=3, seed=3)
    outcome = await demonstrate(wish, Show(said.append, looks.append, lambda _: None))
    document = outcome.document()
    assert outcome.broken.is_kept, outcome.broken
    Screen(plain=True, console=Console(file=(page := io.StringIO()), width=120)).end(outcome)
    assert "Every row of the ledger is as the engine wrote it" in page.getvalue()
    assert document["leads"] == {"read": 8, "imported": 8, "merged": 0, "rejected": 0}
    assert document["touches"]["email"] > 0
    promised = {"lost", "twice", "after_stop", "outside_window", "over_cap", "uncertain"}
    assert set(document["promises"]) == promised
    assert sum(document["stages"].values()) == 8
    assert outcome.restarts == 0
    assert looks[-1].day >= 3
    assert (tmp_path / "mail.jsonl").read_text().count("\n") >= document["touches"]["email"]
