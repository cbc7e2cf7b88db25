"""What a row proves or lets us assume about consent; a bare "yes" proves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nurture.domain.consent import Basis, Consent
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.intake.cells import moment, snake_case, yes_no
from nurture.intake.leadmap import ConsentColumns, Inquiry, LeadMap

_MAIL, _MARKETING = Channel.EMAIL, Purpose.MARKETING  # looked up once, not once a person


@dataclass(frozen=True, slots=True)
class Claim:
    """What the row lets us assume for e-mail: its basis and how we came by it.

    `days` may end it earlier than policies/consent.yaml says for the person's country; None leaves it to the policy.
    """

    basis: Basis
    how: str
    days: int | None = None

    def receipt(self, contact: Contact, now: datetime, proof: str = "") -> Consent:
        """Return the consent receipt; it counts from the day the lead came in, else from `now` (UTC).

        Without a day of its own it is `assumed`: the same claim of a later import or sync does not renew it. `proof` is
        where the row can be looked up.
        """
        since, dated = contact.created_at or now, contact.created_at is not None
        ends = since + timedelta(days=self.days) if self.days else None
        basis, how, source = self.basis, self.how, contact.source
        return Consent(
            contact.id, _MAIL, _MARKETING, basis, since, how, "", source, ends, proof=proof, assumed=not dated
        )


def claim_of(origin: str, source: str, leadmap: LeadMap) -> Claim | None:
    """Return what we may assume of a lead that reached us by `origin` (if blank, judged by `source`), or None."""
    if asked(origin or source, leadmap.inquiry):
        return Claim(Basis.INQUIRY, f"import: {snake_case(origin or source)}", leadmap.inquiry.days)
    return Claim(leadmap.basis, "import: claimed by the map") if leadmap.basis else None


def asked(origin: str, inquiry: Inquiry) -> bool:
    """Whether a lead of this origin asked us: one of the inquiry's words is in it as a word."""
    padded = f"_{snake_case(origin)}_"
    return any(f"_{word}_" in padded for word in inquiry.words)


def consents_of(
    lead: str, claims: Sequence[tuple[str, ConsentColumns]], proof: Mapping[str, str]
) -> tuple[tuple[Consent, ...], list[str]]:
    """Return the consents the row proves, and a note for each yes without a date and a source (L7).

    `claims` are the cells that say yes or no, `proof` is the row by column name.
    """
    consents: list[Consent] = []
    notes: list[str] = []
    for cell, columns in claims:
        if not _says_yes(cell):
            continue
        given_at, source = _date(proof.get(columns.date, "")), proof.get(columns.source, "")
        if given_at is None or not source:
            notes.append(f"consent to {columns.channel} without a date and a source is not taken as consent")
            continue
        wording = proof.get(columns.wording, "")
        consents.append(
            Consent(lead, columns.channel, Purpose.MARKETING, columns.basis, given_at, "import", wording, source)
        )
    return tuple(consents), notes


def _says_yes(cell: str) -> bool:
    try:
        return yes_no(cell)
    except ValueError:
        return False


def _date(cell: str) -> datetime | None:
    try:
        return moment(cell)
    except ValueError:
        return None
