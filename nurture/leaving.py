"""Leaving a process that talked to Temporal."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Flush and end the process at once with `code`.

    The SDK's native threads may abort an interpreter that is shutting down (exit code 134, sdk-python issue 300): a
    command that did its work must not fail for that.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
