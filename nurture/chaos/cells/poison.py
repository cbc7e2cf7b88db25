"""H: sequences, templates and people that are poison: each fails alone, with a reason, and soon."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from nurture.chaos.cell import Case, Cell, Turn
from nurture.chaos.commands import nurture
from nurture.chaos.crowd import Crowd
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.domain.errors import NurtureError
from nurture.domain.lead import Contact
from nurture.domain.touch import TouchState

REFUSED_WITHIN, ANSWERED_WITHIN = 20.0, 30.0
PROBLEMS = 1
_HEAD = "sequence: poison\npurpose: marketing\nenter: { by_hand: true }\nsteps:\n"
_LAUGHS = "\n".join(["a0: &a0 [ha, ha]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])
SEQUENCES: Mapping[str, str] = {
    "aliases": f"{_LAUGHS}\n{_HEAD}  - {{ id: one, email: quarterly-one }}\n",
    "huge": f"{_HEAD}  - {{ id: one, email: quarterly-one }}\n# {'x' * 1_000_000}\n",
    "circle": f"{_HEAD}  - {{ id: one, go_to: two }}\n  - {{ id: two, go_to: one }}\n",
    "key": f"{_HEAD}  - {{ id: one, emial: quarterly-one }}\n",
    "channel": f"{_HEAD}  - {{ id: one, pigeon: quarterly-one }}\n",
    "no-wait": f"{_HEAD}  - {{ id: one, email: quarterly-one, after: 0 minutes }}\n  - {{ id: two, go_to: one }}\n",
}
TEMPLATES: Mapping[str, str] = {
    "loop": "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "string": "{{ 'a' * 1000000000 }}",
    "undefined": "{{ lead.first_name.nothing.at_all }}",
    "escape": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
}


async def sequences(ground: Ground, case: Case) -> None:
    """H1: files that are poison are refused with their line, soon, while others are under way."""
    case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))
    folder = ground.folder / "poison"
    folder.mkdir()
    for name, text in SEQUENCES.items():
        (folder / f"{name}.yaml").write_text(text)
    began = time.monotonic()
    said = await nurture(ground, "validate", os.fspath(folder), "--root", os.fspath(ground.settings.root))
    case.seen["seconds"] = round(time.monotonic() - began, 1)
    case.demand(said.code == PROBLEMS, f"the poison was answered with {said}")
    for name in SEQUENCES:
        case.demand(f"{name}.yaml:" in said.words, f"{name}.yaml was not refused with its line")
    case.demand(case.seen["seconds"] < REFUSED_WITHIN, "the refusal took too long")


async def templates(ground: Ground, case: Case) -> None:
    """H2: a template turns to poison while people wait for it: their touch ends with a reason, others go on."""
    half = len(case.crowd.leads) // 2
    poisoned, healthy = case.crowd.part(0, half), case.crowd.part(half, len(case.crowd.leads))
    path = ground.settings.root / "templates" / "email" / "poison.md"
    good, began = path.read_text(), time.monotonic()
    for number, (name, words) in enumerate(TEMPLATES.items()):
        path.write_text(f"{good}\n{words}\n")
        crowd = poisoned.part(number * half // len(TEMPLATES), (number + 1) * half // len(TEMPLATES))
        await ground.enrol(crowd, "poison-mail")

        async def ended(leads: tuple[str, ...] = crowd.leads) -> bool:
            rows = await ground.house.store.ledger.rows(states=[TouchState.SUPPRESSED])
            return {row.touch.lead for row in rows if row.code == "broken"} >= set(leads)

        case.demand(await until(ended, 30.0), f"the template {name} did not end its touches as broken")
    path.write_text(good)
    case.seen["seconds for all"] = round(time.monotonic() - began, 1)
    case.crowd = healthy
    await ground.enrol(healthy, case.cell.sequence)


async def people(ground: Ground, case: Case) -> None:
    """H3: a few people whose records are nonsense, among many who are well."""
    bad = Crowd(tuple(f"bad-{name}" for name in ("nameless", "long", "zone", "number")), {})
    well = Contact("bad-nameless", country="GR", timezones=("Europe/Athens",))
    await ground.house.store.leads.save(
        [
            well,
            replace(well, id="bad-long", email="long@example.com", first_name="x" * 65_536),
            replace(well, id="bad-zone", email="zone@example.com", timezones=("Mars/Olympus",)),
            replace(well, id="bad-number", phone="not a number"),
        ]
    )
    for lead in bad.leads:
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                case.seen[lead] = await ground.house.enrol(lead, case.cell.sequence, "chaos") or "entered"
        except NurtureError as refusal:
            case.seen[lead] = f"refused: {refusal}"[:80]
        except TimeoutError:
            case.wrong.append(f"whether {lead} may enter was not answered within {ANSWERED_WITHIN:.0f} s")
    await ground.enrol(case.crowd, case.cell.sequence)


def cells() -> Iterable[Cell]:
    """Return the cells of this letter."""
    refused = "refused with its line, exit code 1, people under way unaffected"
    yield Cell("H1", sequences, refused, starred=True, leads=(6, 60), turn=Turn.BESIDE)
    ended = "the touch ends as broken with its reason, everybody else is served"
    yield Cell("H2", templates, ended, starred=True, leads=(16, 80), turn=Turn.BESIDE)
    yield Cell("H3", people, "everybody else is done", leads=(96, 996))
