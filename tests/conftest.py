"""How hard hypothesis looks; for a night: `pytest --hypothesis-profile nightly -o faulthandler_timeout=7200`."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("nightly", max_examples=2_000, deadline=None)
