"""From a touch and a person to a finished e-mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nurture.authoring.composer_files import EmailTemplate, TemplateFiles
from nurture.authoring.composer_headers import Post, SenderFacts, headers, in_header, mailbox, subject_line
from nurture.authoring.composer_layout import Skeleton, laid_out
from nurture.authoring.composer_links import Link
from nurture.authoring.composer_marks import (
    BRAND,
    CONFIRM,
    LANGUAGE,
    PIXEL,
    POSTAL,
    PREHEADER,
    SENDER,
    UNSUBSCRIBE,
    Values,
    fill,
    link_mark,
    split,
)  # fmt: skip
from nurture.authoring.composer_text import Text
from nurture.authoring.markdown import escape as escaped
from nurture.authoring.sandbox import did_you_mean
from nurture.domain.errors import Invalid
from nurture.domain.lead import Contact
from nurture.domain.messages import Email
from nurture.domain.touch import LedgerRow, Touch, touch_ref

_PIXEL = '<img src="{url}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">'


@dataclass(frozen=True, slots=True)
class Draft:
    """An e-mail in words, before its links are known: what `finished` needs."""

    subject: str
    preheader: str
    from_name: str
    skeleton: Skeleton
    values: Values


def drafted(files: TemplateFiles, touch: Touch, variables: Mapping[str, Any], values: Values) -> Draft:
    """Render every part of the e-mail of a touch. Raises Invalid."""
    template = files.email(touch.template)
    body = template.body.render(variables) + (_button(touch.wording) if touch.wording else "")
    page = template.html.render(variables) if template.html else ""
    skeleton = laid_out(body, page, files.layout(".html"), files.layout(".txt"), template.path)
    return Draft(
        subject_of(template, touch.variant).render(variables).strip(),
        _line(template.preheader, variables, values),
        template.from_name.render(variables).strip() if template.from_name else "",
        skeleton,
        values,
    )


def _button(wording: str) -> str:
    """Return what the engine adds to a confirmation: the words that are agreed to, and the way to agree to them."""
    return f"\n\n> {escaped(wording)}\n\n[Yes, I agree]({CONFIRM}){{.button}}\n\nIf this was not you, do nothing.\n"


def subject_of(template: EmailTemplate, variant: str) -> Text:
    """Return the subject for a variant; without one the control's, else the first. Raises Invalid: unknown variant."""
    subjects = template.subjects
    if variant in subjects:
        return subjects[variant]
    if variant and "" not in subjects:
        raise Invalid(
            f'{template.path}: no subject for the variant "{variant}"', remedy=did_you_mean(variant, list(subjects))
        )
    return subjects.get("") or subjects.get("control") or next(iter(subjects.values()))


def finished(
    draft: Draft, touch: Touch, contact: Contact, sender: SenderFacts, post: Post, thread: Sequence[LedgerRow],
    ids: Mapping[str, str] | None,
) -> Email:  # fmt: skip
    """Put values, links and headers in. `ids` are link ids by name; None leaves links and opens untracked (S2)."""
    if not sender.postal.strip():
        raise Invalid("the sender has no postal address (L9)", remedy="Add it in policies/senders.yaml")
    ref = touch_ref(touch.id)
    unsubscribe = post.unsubscribe(ref)
    own = _own_marks(draft, contact, sender, unsubscribe) | {CONFIRM: post.confirm(ref)}
    links = _targets(draft, post, ref, ids)
    pixel = "" if ids is None else _PIXEL.format(url=escape(post.pixel(ref)))
    html = draft.values.as_html() | {mark: escape(text) for mark, text in (own | links).items()} | {PIXEL: pixel}
    return Email(
        to=mailbox(contact.email, "the lead"),
        sender=mailbox(sender.address, "the sender"),
        sender_name=in_header("From", draft.from_name or sender.name),
        subject=subject_line(draft.subject, thread),
        text=fill(draft.skeleton.text, draft.values.as_text() | own | links),
        html=fill(draft.skeleton.html, html),
        message_id=post.message_id(touch),
        envelope_from=post.envelope_from(ref),
        reply_to=post.reply_to(ref),
        headers=headers(unsubscribe, thread),
    )


def _line(text: Text | None, variables: Mapping[str, Any], values: Values) -> str:
    return fill(split(text.render(variables)), values.as_text()).strip() if text else ""


def _own_marks(draft: Draft, contact: Contact, sender: SenderFacts, unsubscribe: str) -> dict[str, str]:
    return {
        UNSUBSCRIBE: unsubscribe,
        POSTAL: ", ".join(line.strip() for line in sender.postal.splitlines() if line.strip()),
        PREHEADER: draft.preheader,
        BRAND: sender.brand or sender.name,
        SENDER: draft.from_name or sender.name,
        LANGUAGE: contact.language if contact.language.isalpha() else "en",
    }


def _targets(draft: Draft, post: Post, ref: str, ids: Mapping[str, str] | None) -> dict[str, str]:
    def target(link: Link) -> str:
        return draft.values.in_url(link.url) if ids is None else post.click(ref, ids[link.name])

    return {link_mark(place): target(link) for place, link in enumerate(draft.skeleton.named())}
