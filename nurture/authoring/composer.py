"""Turns a touch and a person into words: the composer of every channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nurture.authoring.composer_facts import LeadView, Trusted
from nurture.authoring.composer_files import TemplateFiles
from nurture.authoring.composer_headers import Post, SenderFacts
from nurture.authoring.composer_links import LinkList
from nurture.authoring.composer_mail import drafted, finished, subject_of
from nurture.authoring.composer_marks import UNSUBSCRIBE, Values
from nurture.authoring.composer_phone import (
    DEFAULT_VALIDITY,
    approved_text,
    finished_sms,
    finished_whatsapp,
    link_targets,
    text_of,
    variables_of,
)  # fmt: skip
from nurture.authoring.composer_words import written_words
from nurture.authoring.preview import Shown
from nurture.domain.errors import Invalid
from nurture.domain.lead import Channel, Contact
from nurture.domain.messages import Email, Message, Sms, WhatsApp
from nurture.domain.ports import Links
from nurture.domain.touch import LedgerRow, Touch, touch_ref

__all__ = ["JinjaComposer", "SenderFacts"]


@dataclass(frozen=True, slots=True)
class _Job:
    """What one rendering works on."""

    touch: Touch
    contact: Contact
    sender: SenderFacts
    thread: Sequence[LedgerRow]
    values: Values
    variables: Mapping[str, Any]
    validity: int
    keep: Callable[[Mapping[str, str]], Awaitable[Mapping[str, str]]] | None


class JinjaComposer:
    """Renders the files of one template folder. Implements `ports.Composer`; knows no clock and no database."""

    def __init__(
        self,
        templates: Path,
        *,
        secret: bytes,
        public_url: str,
        mail_domain: str,
        senders: Mapping[str, SenderFacts],
        links: Links,
        known_fields: frozenset[str] | None = None,
        untracked: frozenset[str] = frozenset(),
    ) -> None:
        """Take plain values: `senders` by id, `known_fields` leads may have (None: any name may be one).

        In the countries of `untracked` (ISO 3166 alpha-2; "" is an unknown country) links and opens are not tracked.
        Raises Misconfigured without a secret.
        """
        self.files = TemplateFiles(templates)
        self._post = Post(secret, public_url.rstrip("/"), mail_domain)
        self._senders, self._links = senders, links
        self._known, self._untracked = known_fields, untracked

    async def compose(
        self,
        touch: Touch,
        contact: Contact,
        sender: str,
        thread: Sequence[LedgerRow],
        *,
        validity: int = DEFAULT_VALIDITY,
    ) -> Message:
        """Render the message of a touch. `thread` are the earlier rows of its conversation, oldest first.

        A text message without an earlier one in `thread` opens a program: it carries brand and opt-out words.
        `validity` are the seconds until quiet hours begin. Raises Invalid when the template is missing or asks for
        something that is not there, when an address is missing, or when a value could break out of its place.
        """
        keep = None if contact.country in self._untracked else self._links.keep
        return await self._message(self._job(touch, contact, sender, thread, validity, keep))

    def words(self, template: str, contact: Contact, extra: Mapping[str, Any]) -> tuple[str, str]:
        """Render a call script or hand-off note and return (title, Markdown body).

        `template` is `call/pricing`, `handoff/hot-lead`, just the name, or `text:` and a Jinja line of a sequence that
        is a title alone. A hand-off without a note of its own gets `handoff/_default.md`. A value that the lead has
        not is named in words, never an error. Raises Invalid.
        """
        return written_words(self.files, template, LeadView(contact, self._known), extra)

    async def show(self, touch: Touch, contact: Contact, sender: str, thread: Sequence[LedgerRow]) -> Shown:
        """Render a touch for a preview: the message, the words a person will see, and the subject of every variant.

        Nothing is tracked and no link is stored: looking at a preview is no click and no open. Raises Invalid.
        """
        if not touch.channel.is_message:
            title, body = self.words(f"call/{touch.template}", contact, {"score": touch.score})
            return Shown(title=title, text=body)
        # A text is billed by its length, so its preview shows a link as long as the real one.
        untracked = touch.channel is Channel.EMAIL or contact.country in self._untracked
        job = self._job(touch, contact, sender, thread, DEFAULT_VALIDITY, None if untracked else _look_alike)
        message = await self._message(job)
        if isinstance(message, WhatsApp):
            return Shown(message, text=approved_text(self.files.whatsapp(touch.template), message.variables))
        return Shown(message, subjects=self._subjects(job) if isinstance(message, Email) else {})

    async def _message(self, job: _Job) -> Message:
        match job.touch.channel:
            case Channel.EMAIL:
                return await self._email(job)
            case Channel.SMS:
                return await self._sms(job)
            case Channel.WHATSAPP:
                return await self._whatsapp(job)
        raise Invalid(f'a "{job.touch.channel}" is done by a person; there is no message to compose')

    def _subjects(self, job: _Job) -> dict[str, str]:
        template = self.files.email(job.touch.template)
        variants = [name for name in template.subjects if name]
        return {
            name: subject_of(template, name).render({**job.variables, "variant": name}).strip() for name in variants
        }

    async def _email(self, job: _Job) -> Email:
        draft = drafted(self.files, job.touch, job.variables, job.values)
        urls = draft.skeleton.links.urls(job.values)
        ids = None if job.keep is None else await job.keep(urls)
        return finished(draft, job.touch, job.contact, job.sender, self._post, job.thread, ids)

    async def _sms(self, job: _Job) -> Sms:
        links = LinkList(f"{self.files.root.name}/sms/{job.touch.template}.txt")
        marked = text_of(self.files.sms(job.touch.template), job.variables, links)
        return finished_sms(
            marked, job.values, await self._targets(links, job),
            contact=job.contact, sender=job.sender, validity=job.validity, callback=self._reports_to(job),
            first=all(row.touch.channel is not Channel.SMS for row in job.thread),
        )  # fmt: skip

    async def _whatsapp(self, job: _Job) -> WhatsApp:
        template = self.files.whatsapp(job.touch.template)
        links = LinkList(template.path)
        marked = variables_of(template, job.variables, links)
        return finished_whatsapp(
            template, marked, job.values, await self._targets(links, job),
            contact=job.contact, sender=job.sender, validity=job.validity, callback=self._reports_to(job),
        )  # fmt: skip

    def _reports_to(self, job: _Job) -> str:
        return self._post.status_callback(touch_ref(job.touch.id))

    async def _targets(self, links: LinkList, job: _Job) -> dict[str, str]:
        urls = links.urls(job.values)
        if job.keep is not None:
            ref, ids = touch_ref(job.touch.id), await job.keep(urls)
            urls = {name: self._post.click(ref, ids[name]) for name in urls}
        return link_targets(links, urls)

    def _job(
        self,
        touch: Touch,
        contact: Contact,
        sender: str,
        thread: Sequence[LedgerRow],
        validity: int,
        keep: Callable[[Mapping[str, str]], Awaitable[Mapping[str, str]]] | None,
    ) -> _Job:
        facts = self._senders.get(sender)
        if facts is None:
            raise Invalid(f'there is no sender "{sender}"', remedy="Look into policies/senders.yaml")
        values = Values()
        variables = {
            "lead": LeadView(contact, self._known),
            "sender": {"name": Trusted(facts.name), "address": Trusted(facts.address)},
            "brand": Trusted(facts.brand or facts.name),
            "variant": Trusted(touch.variant),
            "score": touch.score,
            "stage": touch.stage or contact.stage,
            "unsubscribe_url": UNSUBSCRIBE,
            "_values": values,
        }
        return _Job(touch, contact, facts, thread, values, variables, validity, keep)


async def _look_alike(urls: Mapping[str, str]) -> Mapping[str, str]:
    return dict.fromkeys(urls, "0" * 16)
