"""Writes the golden files anew: `python tests/authoring/golden/write.py`; read the difference before you keep it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.authoring.golden.people import ADA, NOBODY, composer, touch

HERE = Path(__file__).resolve().parent
PEOPLE = {"ada": ADA, "nobody": NOBODY}


async def golden() -> dict[str, str]:
    """Return file name -> content for every shipped message, for a known lead and for one with an address only."""
    made, _ = composer()
    found: dict[str, str] = {}
    for who, contact in PEOPLE.items():
        for name in made.files.names("email"):
            variant = "question" if name == "welcome" else ""
            mail = await made.compose(touch("email", name, variant=variant), contact, "anna", ())
            head = f"From: {mail.sender_name} <{mail.sender}>\nTo: {mail.to}\nSubject: {mail.subject}\n\n"
            found[f"{name}.{who}.txt"] = head + mail.text
            found[f"{name}.{who}.html"] = mail.html
        for name in made.files.names("sms"):
            text = await made.compose(touch("sms", name), contact, "number", ())
            found[f"sms.{name}.{who}.txt"] = f"{text.segments} segments\n{text.body}\n"
    return found


if __name__ == "__main__":
    for file, content in asyncio.run(golden()).items():
        (HERE / file).write_text(content, encoding="utf-8")
