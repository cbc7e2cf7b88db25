"""Text messages and WhatsApp templates: brand and opt-out words, tracked links, segments, approved variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nurture.authoring.composer_files import WhatsAppTemplate
from nurture.authoring.composer_headers import SenderFacts
from nurture.authoring.composer_links import LinkList, mark_text
from nurture.authoring.composer_marks import Values, fill, link_mark, split
from nurture.authoring.composer_text import Text
from nurture.authoring.sms_segments import MAX_BODY, cheaper, segments
from nurture.domain.errors import Invalid
from nurture.domain.lead import Contact
from nurture.domain.messages import Sms, WhatsApp

OPT_OUT = "Reply STOP to opt out, HELP for help."
"""What the first text of a program must say (T14)."""
DEFAULT_VALIDITY = 14_400
_VALIDITY = range(1, 36_001)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_PLACEHOLDER = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


def text_of(template: Text, variables: Mapping[str, Any], links: LinkList) -> str:
    """Render a text message on one block of lines, with marks for values and links. Raises Invalid."""
    lines = (line.strip() for line in cheaper(template.render(variables)).splitlines())
    return mark_text("\n".join(lines).strip(), links)


def finished_sms(
    marked: str, values: Values, targets: Mapping[str, str], *,
    contact: Contact, sender: SenderFacts, first: bool, validity: int, callback: str,
) -> Sms:  # fmt: skip
    """Put values and links in and count the segments. Raises Invalid when it is empty or longer than 1,600."""
    table = {mark: cheaper(text) for mark, text in values.as_text(narrow=True).items()}
    body = fill(split(marked), {**table, **targets})
    if not body.strip():
        raise Invalid("the text message is empty")
    body = _introduced(body, sender.brand or sender.name) if first else body
    if len(body) > MAX_BODY:
        raise Invalid(f"the text message has {len(body):,} characters, allowed are {MAX_BODY:,}", remedy="Shorten it")
    return Sms(
        to=phone_number(contact, "the lead"), sender=sender.address, body=body, segments=segments(body).count,
        validity=clamped(validity), status_callback=callback,
    )  # fmt: skip


def variables_of(template: WhatsAppTemplate, variables: Mapping[str, Any], links: LinkList) -> dict[str, str]:
    """Render the variables of a WhatsApp template, with marks for values and links. Raises Invalid."""
    return {name: mark_text(text.render(variables).strip(), links) for name, text in template.variables.items()}


def finished_whatsapp(
    template: WhatsAppTemplate, marked: Mapping[str, str], values: Values, targets: Mapping[str, str], *,
    contact: Contact, sender: SenderFacts, validity: int, callback: str,
) -> WhatsApp:  # fmt: skip
    """Put values and links into the variables. WhatsApp refuses empty ones, line breaks and runs of blanks."""
    table = {**values.as_text(), **targets}
    filled = {name: " ".join(fill(split(text), table).split()) for name, text in marked.items()}
    for name, text in filled.items():
        if not text:
            raise Invalid(f'{template.path}: the variable "{name}" is empty', remedy='Add `| or_else("…")`')
    return WhatsApp(
        to=phone_number(contact, "the lead"), sender=sender.address, content_sid=template.content_sid, variables=filled,
        body=approved_text(template, filled),
        validity=clamped(validity), status_callback=callback,
    )  # fmt: skip


def approved_text(template: WhatsAppTemplate, variables: Mapping[str, str]) -> str:
    """Return the approved text as the person will see it."""
    return _PLACEHOLDER.sub(lambda found: variables.get(found[1], found[0]), template.text).strip()


def asked_variables(template_text: str) -> set[str]:
    """Return the names of the variables an approved text asks for."""
    return {found[1] for found in _PLACEHOLDER.finditer(template_text)}


def link_targets(links: LinkList, urls: Mapping[str, str]) -> dict[str, str]:
    """Return mark -> URL for the links of one message."""
    return {link_mark(place): urls[link.name] for place, link in enumerate(links.found)}


def phone_number(contact: Contact, whose: str) -> str:
    """Return the number a text goes to. Raises Invalid when there is none in E.164."""
    if not contact.phone:
        raise Invalid(f"{whose} has no phone number")
    if not _NUMBER.fullmatch(contact.phone):
        raise Invalid(f"the phone number of {whose} is not in E.164", remedy="Import it again with its country code")
    return contact.phone


def clamped(validity: int) -> int:
    """Return seconds as Twilio accepts them: 1 to 36,000 (T13)."""
    return max(_VALIDITY.start, min(validity, _VALIDITY.stop - 1))


def _introduced(body: str, brand: str) -> str:
    named = body if brand.casefold() in body.casefold() else f"{brand}: {body}"
    return named if "reply stop" in named.casefold() else f"{named}\n{OPT_OUT}"
