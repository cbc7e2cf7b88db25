"""Loaded by Python first of all when this folder is on PYTHONPATH: hands a process its orders, if it has any."""

import os
from pathlib import Path

if os.environ.get("CHAOS_ORDERS"):
    from nurture.chaos.nemesis import install

    install(Path(os.environ["CHAOS_ORDERS"]))
