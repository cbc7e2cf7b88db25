"""G2: both ends of summer time and a leap day, at the very hour: windows that are missing, or come twice;
people who move to another time zone between two letters, and a place whose clock is moved by law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from nurture.chaos import nemesis
from nurture.chaos.cell import Case, Cell, Strike
from nurture.chaos.cells.longer import DRAINS_WITHIN
from nurture.chaos.crowd import Crowd
from nurture.chaos.doors import Doors
from nurture.chaos.ground import Ground
from nurture.chaos.letters import first_mails
from nurture.chaos.quiet import LONG
from nurture.domain.touch import Touch

ATHENS = ZoneInfo("Europe/Athens")
"""Where the people of this suite live: its clocks go from 3 to 4 in spring, and from 4 back to 3 in autumn."""
NEW_YORK = "America/New_York"
CAPE_VERDE = "Atlantic/Cape_Verde"
"""Its office hours begin three hours after those of Athens in winter: the first letters of a day leave in its night."""
IN_IT, AROUND_IT = "night-mails", "small-hours-mails"
"""A window from 3 to 4, and one from half past 2 to half past 4."""


def over(some: Mapping[str, date], never: Mapping[str, date]) -> Strike:
    """Return a strike: everybody is due three letters in the small hours, never two on one day.

    On the day of `some` (by sequence) letters must leave; on that of `never` the window does not exist.
    """

    async def strike(ground: Ground, case: Case) -> None:
        half = len(case.crowd.leads) // 2
        parts = {IN_IT: case.crowd.part(0, half), AROUND_IT: case.crowd.part(half, 2 * half)}
        case.crowd = case.crowd.part(0, 2 * half)
        for sequence, part in parts.items():
            await ground.enrol(part, sequence)

        async def days() -> None:
            left = await _left(ground, case)
            case.demand(max(left.values(), default=0) == 1, "somebody got two letters on one day, or nobody any")
            for sequence in parts:
                found = Counter(day for (_, of, day) in left if of == sequence)
                case.seen[sequence] = ", ".join(f"{count} on {day:%d %b}" for day, count in sorted(found.items()))
                on, not_on = some.get(sequence), never.get(sequence)
                case.demand(on is None or found[on] > 0, f"no letter of {sequence} left on {on}")
                case.demand(not_on is None or not found[not_on], f"a letter of {sequence} left on {not_on}")

        case.afterwards.append(days)

    return strike


async def _left(ground: Ground, case: Case) -> Counter[tuple[str, str, date]]:
    """Return how many letters of each sequence left for each lead on each day of Athens."""
    marks = await _marks(ground, case.crowd)
    return Counter((touch.lead, touch.sequence, at.astimezone(ATHENS).date()) for touch, at in marks)


async def people_move(ground: Ground, case: Case) -> None:
    """After the first letter every second person lives in New York; the others stay in Athens."""
    await ground.enrol(case.crowd, case.cell.sequence)
    await first_mails(ground, case, case.crowd.addresses, LONG)
    movers = case.crowd.part(0, len(case.crowd.leads) // 2)
    async with Doors(ground) as doors:
        answers = [await doors.moves(email, NEW_YORK) for email in movers.emails.values()]
    case.demand(set(answers) == {200}, f"somebody who moved was answered with {set(answers)}")
    case.afterwards.append(_in_the_hours_of(NEW_YORK, ground, case, movers))


async def law_moves_the_clock(ground: Ground, case: Case) -> None:
    """After the first letter both workers come back with a database in which Athens has long kept another time.

    What was decided in the light of the older one is thought through again in that of the newer one: the morning in
    which the first letters left is night there. The suite's own eye keeps the older database, so a letter may leave
    only in the hours that both have in common.
    """
    await ground.enrol(case.crowd, case.cell.sequence)
    await first_mails(ground, case, case.crowd.addresses, LONG)
    office = ground.house.policies.calendar("office-hours", CAPE_VERDE, "GR")
    at_night = sum(not office.is_open(at) for _, at in await _marks(ground, case.crowd))
    case.seen["letters in the night of the newer database"] = at_night
    case.demand(at_night > 0, "every letter left in the hours of both databases: it proves nothing")
    for worker in ground.workers.values():
        await worker.child.stop(DRAINS_WITHIN)
        nemesis.newer_zone(worker.orders, ATHENS.key, CAPE_VERDE)
        await worker.child.start()
    case.afterwards.append(_in_the_hours_of(CAPE_VERDE, ground, case, case.crowd))


async def _marks(ground: Ground, crowd: Crowd) -> list[tuple[Touch, datetime]]:
    """Return every wire mark of these people: the touch, and when (our time, UTC)."""
    rows = [row for lead in crowd.leads for row in await ground.house.store.ledger.rows(lead=lead)]
    return [(row.touch, row.wire_at) for row in rows if row.wire_at]


def _in_the_hours_of(zone: str, ground: Ground, case: Case, movers: Crowd) -> Callable[[], Awaitable[None]]:
    """Return a look at the letters that leave from now on: some for everybody who moved, in the office hours there.

    How many is left to the machine: on a slow one, somebody's second letter comes before the last one's first.
    """
    moved_at = ground.house.clock.now()

    async def hours() -> None:
        office = ground.house.policies.calendar("office-hours", zone, "GR")
        later = [(touch.lead, at) for touch, at in await _marks(ground, movers) if at > moved_at]
        early = [lead for lead, at in later if not office.is_open(at)]
        without = set(movers.leads) - {lead for lead, _ in later}
        case.seen |= {"moved": len(movers.leads), "letters after it": len(later)}
        case.demand(not without, f"{len(without)} of {len(movers.leads)} people got no letter after the move")
        case.demand(not early, f"{len(early)} letters left outside the office hours of the new home")

    return hours


def cells() -> Iterable[Cell]:
    """Return the cells: each season begins long enough before the night that matters for our parts to start."""
    once = "each letter once, inside its window, on a day that has one"
    march, october, leap = date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)
    plain = Cell("G2", over({}, {}), once, leads=(12, 12), sequence=IN_IT, touches=3, day=36.0)
    for variant, begins, strike in (
        ("spring", datetime(2026, 3, 27, 10, tzinfo=UTC), over({AROUND_IT: march}, {IN_IT: march})),
        ("autumn", datetime(2026, 10, 23, 10, tzinfo=UTC), over(dict.fromkeys((IN_IT, AROUND_IT), october), {})),
        ("leap", datetime(2028, 2, 27, 6, tzinfo=UTC), over(dict.fromkeys((IN_IT, AROUND_IT), leap), {})),
    ):
        yield replace(plain, strike=strike, variant=variant, begins=begins)
    home = "each letter once, after the move in the hours of the new home"
    moves = Cell("G2", people_move, home, "moves", leads=(12, 60), sequence="office-mails", day=24.0)
    yield moves
    both = "each letter once, in the hours of both databases; no history that cannot be thought again"
    before_dawn = datetime(2026, 3, 3, 1, tzinfo=UTC)
    newer = replace(moves, variant="database", day=48.0, begins=before_dawn)
    yield replace(newer, strike=law_moves_the_clock, criterion=both)
