"""Which column of a file means what: the map that a guess proposes, a person confirms and a YAML file keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nurture.domain.consent import Basis
from nurture.domain.lead import Channel
from nurture.intake.cells import Kind

PHONE_CHANNELS = (Channel.CALL, Channel.SMS, Channel.WHATSAPP)
"""What "do not call" closes: the US rules treat a text as a call (47 CFR 64.1200)."""


class Part(StrEnum):
    """What a column may fill."""

    EMAIL = "email"
    PHONE = "phone"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    COMPANY = "company"
    COUNTRY = "country"
    REGION = "region"
    LANGUAGE = "language"
    TIMEZONE = "timezone"
    SOURCE = "source"
    ORIGIN = "origin"  # how the lead reached us (form, chat, list, …): may be an enquiry
    OWNER = "owner"
    PROSPECT_ID = "prospect_id"
    CREATED_AT = "created_at"
    OPT_OUT = "opt_out"
    CONSENT = "consent"
    FIELD = "field"  # anything conditions may ask, under its own name
    SKIP = "skip"


ONCE = frozenset(Part) - {Part.OPT_OUT, Part.CONSENT, Part.FIELD, Part.SKIP}
"""Parts that only one column can fill."""


@dataclass(frozen=True, slots=True)
class ConsentColumns:
    """A column that claims consent for `channel`, and the columns that prove it: when, where, which words were shown.

    Without a date and a source the claim is not taken as consent (rules-of-the-road L7).
    """

    channel: Channel
    date: str = ""
    source: str = ""
    wording: str = ""
    basis: Basis = Basis.EXPRESS


@dataclass(frozen=True, slots=True)
class Column:
    """What one column fills. `confidence` (0 to 1) and `why` are a guess's; a written map is sure.

    `name` is the field's name for Part.FIELD; `channels` are closed by a yes in an opt-out column.
    """

    header: str
    part: Part
    name: str = ""
    kind: Kind = Kind.AUTO
    channels: tuple[Channel, ...] = ()
    consent: ConsentColumns | None = None
    confidence: float = 1.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """When a lead counts as having asked us, and for how long that lasts.

    `words` are looked for in the origin (in the source when there is no origin). `days` may shorten what
    policies/consent.yaml says under `lifetimes` for the person's country.
    """

    words: tuple[str, ...] = (
        *("form", "landing_page", "api", "chat", "enquiry", "inquiry", "contact_us"),
        *("demo", "demo_request", "click2call", "sign_up", "signup", "trial", "download"),
    )
    days: int | None = None


@dataclass(frozen=True, slots=True)
class LeadMap:
    """How a file becomes people. Defaults fill what a row leaves open; "" when there is none.

    `system` names where prospect ids come from, so that 1001 of two systems are two people. `basis` is what the company
    claims for every row that did not ask us (soft_opt_in, legitimate_interest, …); None claims nothing.
    """

    columns: tuple[Column, ...]
    system: str = ""
    source: str = ""
    country: str = ""
    language: str = ""
    timezone: str = ""
    encoding: str = ""
    delimiter: str = ""
    basis: Basis | None = None
    inquiry: Inquiry = Inquiry()

    def problems(self, headers: Mapping[str, int] | None = None) -> list[str]:
        """Return what keeps this map from working: parts filled twice, no address at all, columns the file lacks."""
        parts = [column.part for column in self.columns]
        found = [f"two columns fill {part}" for part in sorted(ONCE) if parts.count(part) > 1]
        if not {Part.EMAIL, Part.PHONE} & set(parts):
            found.append("no column holds an e-mail address or a phone number")
        if headers is not None:
            found += [f"the file has no column {name!r}" for name in self._needed() if name not in headers]
        return found

    def _needed(self) -> list[str]:
        proofs = [c.consent for c in self.columns if c.consent]
        named = [name for proof in proofs for name in (proof.date, proof.source, proof.wording) if name]
        return [c.header for c in self.columns if c.part is not Part.SKIP] + named
