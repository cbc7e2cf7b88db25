"""`nurture web`: the web app, the mail door for replies and bounces, and the relay."""

from __future__ import annotations

import os
import sys


def command() -> None:
    """Serve links, webhooks, the API, the reps' inbox and the mail listener, as NURTURE_* says, until Ctrl-C."""
    # The command line and the web app are neighbours that do not know each other: this process becomes the web app.
    os.execv(sys.executable, [sys.executable, "-m", "nurture.web"])
