"""D7: WhatsApp takes free text for 24 hours after the person's last message; what goes is decided at the wire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from nurture.chaos.acts import Act, Moment
from nurture.chaos.cell import Case, Cell
from nurture.chaos.cells.texts import first
from nurture.chaos.crowd import Crowd
from nurture.chaos.doors import Doors
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.chaos.text_stand_in import refuses, too_many
from nurture.domain.whatsapp_session import SESSION
from nurture.local.journal import read_journal

CLOSED = 63_016
WORDS, TEMPLATE = "Body", "ContentSid"
TUESDAY = datetime(2026, 3, 3, 15, tzinfo=UTC)
"""Ten in the morning in New York: no quiet hours come between the first message and the end of its session."""


async def closes(ground: Ground, case: Case) -> None:
    """D7: some wrote and get words; the session of others is closed, closes while they wait, or never was."""
    quarter = len(case.crowd.leads) // 4
    wrote, refused, waiting, strangers = (case.crowd.part(n * quarter, (n + 1) * quarter) for n in range(4))
    async with Doors(ground) as doors:
        for part in (wrote, refused, waiting):
            for phone in part.phones.values():
                status = await doors.text(f"whatsapp:{phone}", "START")
                case.demand(status == 200, f"a message by WhatsApp was answered with {status}")
    opened = ground.house.clock.now()

    def busy(moment: Moment) -> Act | None:
        queued = moment.to in waiting.addresses and ground.house.clock.now() < opened + SESSION
        return too_many(2) if queued else None

    ground.texts.temper.add(first([refuses(CLOSED)], refused))
    ground.texts.temper.add(busy)
    await ground.enrol(case.crowd, case.cell.sequence)

    async def all_got_one() -> bool:
        return _got(ground).keys() >= set(case.crowd.phones.values())

    case.demand(await until(all_got_one, 120.0), "not everybody got a message")

    async def once_and_right() -> None:
        _judge(ground, case, wrote, WORDS, "whose session is open")
        _judge(ground, case, refused, TEMPLATE, "whose session Twilio says is closed")
        _judge(ground, case, waiting, TEMPLATE, "whose session closed while it waited")
        _judge(ground, case, strangers, TEMPLATE, "who never wrote")

    case.afterwards.append(once_and_right)


def _judge(ground: Ground, case: Case, part: Crowd, kind: str, who: str) -> None:
    got = _got(ground)
    for lead, phone in part.phones.items():
        case.demand(got.get(phone) == [kind], f"{lead}, {who}, got {got.get(phone)}, and one {kind} is right")
    case.seen[who] = f"{sum(got.get(phone) == [kind] for phone in part.phones.values())} {kind}"


def _got(ground: Ground) -> dict[str, list[str]]:
    """Return number -> of what kind each message was that the stand-in accepted."""
    got: dict[str, list[str]] = {}
    for entry in read_journal(ground.folder / "texts.jsonl"):
        kind = WORDS if entry["form"].get(WORDS) else TEMPLATE
        got.setdefault(str(entry["to"]).removeprefix("whatsapp:"), []).append(kind)
    return got


def cells() -> Iterable[Cell]:
    """Return the cell."""
    yield Cell(
        "D7",
        closes,
        "words inside the session, the template outside it or after 63016, once each",
        leads=(12, 60),
        sequence="one-whatsapp",
        texts=True,
        touches=1,
        day=24.0,
        begins=TUESDAY,
    )
