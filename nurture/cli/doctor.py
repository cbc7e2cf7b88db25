"""`nurture doctor`: what stands in the way of sending, from the settings to the DNS, each with its way out."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from nurture.cli._desk import AsJson, aligned, note, say_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nurture.doctor.findings import Finding

Offline = Annotated[bool, typer.Option("--offline", help="Ask nothing outside of this machine.")]


def command(offline: Offline = False, as_json: AsJson = False) -> None:
    """Look at settings, secrets, store, Temporal, senders and policies, then at DNS, relay, Twilio and the web app.

    Nothing is written or sent, and no secret is shown. Exit code 1 when a check fails; warnings do not fail.

    Example: `nurture doctor --offline`
    """
    found = asyncio.run(_examine(offline))
    tally = Counter(str(finding.level) for finding in found)
    if as_json:
        say_json({"findings": [asdict(finding) for finding in found], "tally": dict(tally)})
    else:
        print("\n".join(_lines(found)))
        print(f"{tally['fail']} to repair, {tally['warn']} to look at, {tally['ok']} fine, {tally['skip']} not asked.")
    if tally["fail"]:
        raise typer.Exit(1)


async def _examine(offline: bool) -> Sequence[Finding]:
    from nurture.doctor.examination import examine
    from nurture.settings import Settings

    if not offline:
        note("asking the DNS, the relay, Twilio, Temporal and the web app …")
    return await examine(Settings(), offline=offline)


def _lines(found: Sequence[Finding]) -> Iterator[str]:
    table = aligned([(finding.level, finding.check, finding.fact) for finding in found], indent="")
    for finding, line in zip(found, table, strict=True):
        yield line
        if finding.remedy:
            yield f"      {finding.remedy}."
