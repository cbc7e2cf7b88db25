"""The people, senders and links that composer tests speak of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from nurture.authoring.composer import JinjaComposer, SenderFacts
from nurture.domain.lead import Channel, Contact
from nurture.domain.touch import LedgerRow, Touch, TouchState, touch_id, touch_ref

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates"
SECRET = b"a secret for tests, 32 bytes long"
PUBLIC = "https://go.acme.example"
ANNA = SenderFacts(
    "Anna Keller", "anna@hello.example.com", "Acme Workspace GmbH\nBeispielstraße 12\n10115 Berlin", "Acme Workspace"
)
NUMBER = SenderFacts("Acme", "+12015550190", "", "Acme Workspace")
ADA = Contact(
    "lead-ada",
    email="ada@example.com",
    phone="+12015550123",
    first_name="Ada",
    last_name="Byron",
    company="Analytical Engines",
    language="en",
    country="GB",
    fields={"trial_ends_at": "2026-12-03", "title": "CTO"},
)
NOBODY = Contact("lead-660001", email="lead660001@example.com", phone="+12015550100")


class LinkBook:
    """Remembers targets like the store does: the id is a hash of name and URL."""

    def __init__(self) -> None:
        self.targets: dict[str, tuple[str, str]] = {}

    async def keep(self, urls: Mapping[str, str]) -> Mapping[str, str]:
        ids = {name: hashlib.sha256(f"{name}\0{url}".encode()).hexdigest()[:16] for name, url in urls.items()}
        self.targets |= {ids[name]: (url, name) for name, url in urls.items()}
        return ids

    async def target(self, link: str) -> tuple[str, str] | None:
        return self.targets.get(link)


def composer(templates: Path = TEMPLATES, **more) -> tuple[JinjaComposer, LinkBook]:
    """Return a composer on a template folder, and the links it stored."""
    book = LinkBook()
    senders = {"anna": ANNA, "number": NUMBER}
    made = JinjaComposer(
        templates, secret=SECRET, public_url=PUBLIC, mail_domain="mail.example.com", senders=senders, links=book, **more
    )
    return made, book


def touch(channel: str, template: str, *, variant: str = "", step: str = "") -> Touch:
    """Return a touch of one lead that says `template` on `channel`."""
    way, where = Channel(channel), step or template
    return Touch(
        touch_id("lead-ada", "trial", 1, where, 1, way),
        "lead-ada",
        "trial",
        "v1",
        where,
        way,
        template,
        variant=variant,
    )


def row(sent: Touch, message_id: str, subject: str = "", references: tuple[str, ...] = ()) -> LedgerRow:
    """Return what the ledger keeps of a sent touch."""
    return LedgerRow(
        sent,
        touch_ref(sent.id),
        TouchState.SENT,
        1,
        message_id,
        "hash",
        "anna",
        "ada@example.com",
        subject,
        references=references,
    )


def written(root: Path, files: Mapping[str, str]) -> Path:
    """Write templates below `root`, with a plain layout, and return the template folder."""
    folder = root / "templates"
    layout = {
        "email/_layout.html": "<html><body>{{ body }}<p>{{ postal_address }} "
        '<a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>',
        "email/_layout.txt": "{{ body }}\n{{ postal_address }}\n{{ unsubscribe_url }}\n",
    }
    for name, text in {**layout, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
