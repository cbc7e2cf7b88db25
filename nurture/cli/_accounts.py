"""Decisions laid out: for machines as plain values, for people as a few lines under each touch and non-touch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nurture.cli._desk import clock
from nurture.domain.accounts import Account
from nurture.domain.rulings import STANDS, Ruling
from nurture.domain.wallclock import zone_of

if TYPE_CHECKING:
    from nurture.domain.clock import TimeScale
    from nurture.domain.consent import Consent, Suppression
    from nurture.domain.lead import Contact
    from nurture.domain.touch import LedgerRow
    from nurture.wiring import House

_UNSAID = frozenset({"due", "step since", "heard", "caps", "timezone", "version", "until", "outcome"})
"""Inputs that the lines for people say elsewhere, or in other words."""
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?\+00:00")


class Teller:
    """Tells decisions about one person with the clock they were made by and the consents of that moment."""

    def __init__(
        self, scale: TimeScale, contact: Contact, consents: Sequence[Consent], noes: Sequence[Suppression]
    ) -> None:
        self.scale, self.consents, self.noes = scale, consents, noes
        self.zone = contact.timezones[0] if contact.timezones else "UTC"

    @classmethod
    async def of(cls, house: House, contact: Contact) -> Teller:
        """Read what the store knows of a person's consents."""
        leads = house.store.leads
        return cls(house.clock.scale, contact, await leads.consents(contact.id), await leads.suppressions(contact.id))

    def moment(self, at: datetime, zone: str = "") -> dict[str, Any]:
        """Return a moment by every clock: ours (UTC), the lead's local one, and the one on the wall."""
        place = zone or self.zone
        real = self.scale.real(at)
        local = at.astimezone(zone_of(place))
        kind = "real" if self.scale.real_origin is None else f"simulated, {self.scale.factor:g} times as fast"
        return {"at": at, "local": local, "zone": place, "wall": real, "kind": kind}

    def decision(self, ruling: Ruling) -> dict[str, Any]:
        """Return one decision whole."""
        inputs = dict(ruling.inputs)
        inputs |= self.permissions([name[4:] for name in inputs if name.startswith("way ")], ruling.at)
        return {
            "sequence": ruling.sequence,
            "version": ruling.version,
            "run": ruling.run,
            "step": ruling.step,
            "visit": ruling.visit,
            "kind": ruling.kind,
            "rule": ruling.rule,
            "why": ruling.why,
            "inputs": inputs,
            "clock": self.moment(ruling.at, ruling.zone),
            "until": ruling.until,
            "to": None if ruling.to == STANDS else ruling.to,
            "touch": ruling.touch,
        }

    def account(self, account: Account) -> dict[str, Any]:
        """Return what became of one step: its fate, the decision that made it so, and all others on the way."""
        decided = self.decision(account.decided) if account.decided else {}
        told = {"sequence": account.way.sequence, "run": account.way.run, "step": account.step, "visit": account.visit}
        where = {"decided_at": account.decided.step if account.decided else account.step, "fate": account.fate}
        return decided | told | where | {"decisions": [self.decision(each) for each in account.way_there]}

    def touch(self, account: Account, row: LedgerRow) -> dict[str, Any]:
        """Return the same of a touch; what only the ledger knows stands in for decisions that were not kept."""
        at = row.wire_at or row.settled_at or row.intent_at
        touch = row.touch
        known = {
            "stage": touch.stage,
            "score": touch.score,
            "window": touch.window,
            "timezone": touch.timezone,
            "heard": touch.heard,
            "not_after": touch.not_after,
            "caps": [list(cap) for cap in touch.caps],
        }
        told = self.account(account)
        seen = known | told.get("inputs", self.permissions([touch.channel], at) if at else {})
        rule = {"rule": row.code or "step", "kind": "ledger", "clock": self.moment(at, touch.timezone) if at else {}}
        return rule | told | {"inputs": seen, "why": touch.why or told.get("why", "")}

    def permissions(self, channels: Sequence[str], at: datetime) -> dict[str, str]:
        """Return for each channel which receipt allowed it at `at` (UTC), and which no forbade it."""
        said: dict[str, str] = {}
        for channel in channels:
            given = [each for each in self.consents if each.channel == channel and each.given_at <= at]
            noes = [no for no in self.noes if no.channel in (None, channel) and no.since <= at]
            said[f"consent {channel}"] = (
                f"{given[-1].basis} of {given[-1].given_at:%Y-%m-%d} by {given[-1].how or 'nobody knows what'}"
                if given
                else "none"
            )
            if noes:
                said[f"no to {channel}"] = f"{noes[-1].why.replace('_', ' ')} on {noes[-1].since:%Y-%m-%d}"
        return said


def decided_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield for people which rule decided, what it looked at, and when by which clock."""
    yield f"      rule {told['rule']}; looked at: {facts_in_words(told['inputs'])}"
    when = told["clock"]
    local = f"{when['local']:%a %d %b %H:%M} in {when['zone']}"
    wall = "" if when["kind"] == "real" else f"; on the wall {when['wall']:%Y-%m-%d %H:%M:%S} UTC"
    yield f"      decided {clock(when['at'])} UTC, {local}{wall}"


def facts_in_words(inputs: Mapping[str, Any]) -> str:
    """Return the inputs in one line, by name: `score 12, stage lead, window office-hours`."""
    said = (
        f"{name} {_word(value)}" for name, value in sorted(inputs.items()) if name not in _UNSAID and _is_said(value)
    )
    return ", ".join(said) or "nothing but the plan"


def _is_said(value: Any) -> bool:
    return value is not None and value != "" and value != []


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return _MOMENT.sub(r"\1 \2 UTC", str(value))


def not_made_lines(accounts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the steps that made no touch and left no row, each with the decision that made it so."""
    lines = []
    for told in accounts:
        lines.append(f"  {told['step']} of {told['sequence']}: {told['fate']}, {told['why']}")
        where = "" if told["decided_at"] == told["step"] else f" at {told['decided_at'] or 'the end'}"
        lines += [line.replace("      decided", f"      decided{where}", 1) for line in decided_lines(told)]
    return lines
