"""A lead's file: read when its workflow wakes, written when its stage moves, kept when it comes to rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from nurture.domain import ports
from nurture.domain.clock_facts import clocks_of
from nurture.domain.errors import Invalid, NotFound, NurtureError
from nurture.domain.gates import GateFacts, why_unreachable
from nurture.domain.lead import Channel, Contact, Lead, Purpose, lead_of
from nurture.domain.orders import LeadFile, SequenceFile, Standing
from nurture.domain.policies import Policies
from nurture.domain.rulings import Ruling
from nurture.domain.touch import TouchState
from nurture.domain.wallclock import zone_of

_PURPOSES = (Purpose.MARKETING, Purpose.SALES)
_ASKED = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)


class Leads:
    """Reads and writes people; every write is by the lead's id and safe to repeat."""

    def __init__(
        self,
        leads: ports.Leads,
        ledger: ports.Ledger,
        library: ports.Library,
        clock: ports.Clock,
        document: Callable[[], Mapping[str, Any]],
        policies: Callable[[], Policies],
    ) -> None:
        self._leads, self._ledger, self._library, self._clock = leads, ledger, library, clock
        self._document, self._policies = document, policies

    @activity.defn(name="recall")
    async def recall(self, lead: str) -> LeadFile:
        """Return what the planner must know of a lead: facts without names, policies, and the state it rested with.

        A lead that is not in the store is a failure for good; so is one whose clock nobody can read.
        """
        contact = await self._leads.find(lead)
        if contact is None:
            raise _for_good(NotFound(f"There is no lead {lead}", remedy="Import it before you enrol it"))
        try:
            _ = [zone_of(zone) for zone in contact.timezones]
        except Invalid as flaw:
            raise _for_good(flaw) from flaw
        snapshot, facts = await self._leads.snapshot(lead) or "", await self._facts(contact)
        return LeadFile(
            lead=facts,
            stage=contact.stage,
            policies=planners_share(self._document(), facts, self._clock.now().year),
            snapshot=snapshot,
            documents=await self._documents(snapshot),
        )

    @activity.defn(name="place")
    async def place(self, standing: Standing) -> None:
        """Write the lead's stage, score and owner."""
        await self._leads.place(
            standing.lead,
            stage=standing.stage,
            reason=standing.reason,
            score=standing.score,
            now=self._clock.now(),
            owner=standing.owner,
        )

    @activity.defn(name="rest")
    async def rest(self, standing: Standing, snapshot: str) -> None:
        """Keep the planner's state until something happens to this lead again; of an erased one nothing is kept.

        A lead at rest wants nothing sent: what was put off at the last gate, and not wished for again, ends here.
        """
        try:
            await self.place(standing)
            await self._end_what_was_put_off(standing.lead)
            await self._leads.put_to_rest(standing.lead, snapshot, standing.rulings)
        except NotFound:
            activity.logger.info("lead %s was erased: its workflow ends without a trace", standing.lead)

    async def _end_what_was_put_off(self, lead: str) -> None:
        for row in await self._ledger.rows(lead=lead, states=(TouchState.INTENT,)):
            if row.touch.again:
                continue  # a resend may have left the first time: the reconciler settles it
            why, now = "its journey went on before it could leave", self._clock.now()
            await self._ledger.withhold(row.touch, TouchState.CANCELLED, now, code="moved_on", reason=why)

    @activity.defn(name="write_down")
    async def write_down(self, lead: str, rulings: tuple[Ruling, ...]) -> None:
        """Keep what the planner decided and why; of an erased lead nothing is kept."""
        try:
            await self._leads.write_down(lead, rulings)
        except NotFound:
            activity.logger.info("lead %s was erased: its decisions are not kept", lead)

    @activity.defn(name="sequence")
    async def sequence(self, sequence: str) -> SequenceFile:
        """Return the latest version of a sequence. A sequence that is not there is a failure for good."""
        found = await self._library.fetch(sequence)
        if found is None:
            flaw = NotFound(
                f'There is no sequence "{sequence}"', remedy="Add it to sequences/ and run nurture validate"
            )
            raise _for_good(flaw)
        return SequenceFile(sequence, *found)

    async def _facts(self, contact: Contact) -> Lead:
        consents, suppressions = await self._leads.consents(contact.id), await self._leads.suppressions(contact.id)
        facts = GateFacts(contact, consents, suppressions)
        return lead_of(contact, closed_channels(facts, self._policies(), self._clock.now()))

    async def _documents(self, snapshot: str) -> dict[str, Mapping[str, Any]]:
        """Return the sequence versions that the journeys of a kept state are pinned to."""
        pinned = {(j["sequence"], j["version"]) for j in json.loads(snapshot)["journeys"]} if snapshot else set()
        found = {version: await self._library.fetch(sequence, version) for sequence, version in sorted(pinned)}
        return {version: file[1] for version, file in found.items() if file is not None}


def closed_channels(facts: GateFacts, policies: Policies, now: datetime) -> dict[str, str]:
    """Return each channel that neither marketing nor sales may use at `now` (UTC), with the code of the reason.

    Which of the two may is asked at the wire, where the purpose of the touch is known.
    """
    closed = {}
    for channel in _ASKED:
        nos = [why_unreachable(facts, policies, channel, purpose, now) for purpose in _PURPOSES]
        if nos[0] and all(nos):
            closed[str(channel)] = str(nos[0].code)
    return closed


def _for_good(flaw: NurtureError) -> ApplicationError:
    """What is not in the store, or wrong there, is not mended by waiting: no retry."""
    return ApplicationError(str(flaw), type=type(flaw).__name__, non_retryable=True)


def planners_share(document: Mapping[str, Any], lead: Lead, year: int) -> dict[str, Any]:
    """Return the part of the policies the planner decides by: no team, no senders, only this country's holidays.

    In the place of `calendars.zones` there are their clocks and that of the lead's own zone, as of `year`.
    """
    calendars = dict(document.get("calendars") or {})
    dates = calendars.get("holiday_dates") or {}
    calendars["holiday_dates"] = {lead.country: dates[lead.country]} if lead.country in dates else {}
    calendars["clocks"] = clocks_of([*calendars.pop("zones", ()), lead.timezone], year)
    calendars.pop("quiet_hours", None)
    return {
        "calendars": calendars,
        **{name: document[name] for name in ("score", "stages", "consent") if name in document},
    }
