"""`python -m nurture.web`: the web app of the settings, until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio

from nurture.leaving import leave
from nurture.logs import speak_json
from nurture.settings import Settings
from nurture.web.serving import serve

if __name__ == "__main__":
    speak_json()
    asyncio.run(serve(Settings()))
    leave(0)
